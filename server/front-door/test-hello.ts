/** ClientHellos for tests: what a real client sends, and ones built as RFC 8446 §4.1.2 writes them. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';

/** What Node's TLS client says first. */
export async function captureHello(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: '127.0.0.1', port, ...options });
  client.on('error', () => undefined);
  const [connection] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(connection, 'data')) as [Buffer];
  client.destroy();
  connection.destroy();
  server.close();
  return hello;
}

export interface HelloParts {
  serverName?: string;
  protocols?: readonly string[];
  /** Type and content of further extensions. */
  more?: readonly (readonly [number, Buffer])[];
  /** Behind the last field. */
  trailing?: Buffer;
}

export function buildMessage({ serverName, protocols, more = [], trailing = Buffer.alloc(0) }: HelloParts): Buffer {
  const extensions = [...more];
  if (serverName !== undefined)
    extensions.push([0, vector(2, Buffer.concat([Buffer.of(0), vector(2, Buffer.from(serverName, 'latin1'))]))]);
  if (protocols !== undefined)
    extensions.push([16, vector(2, Buffer.concat(protocols.map((name) => vector(1, Buffer.from(name, 'latin1')))))]);
  const body = Buffer.concat([
    Buffer.of(3, 3),
    Buffer.alloc(32, 7),
    vector(1, Buffer.alloc(32, 8)),
    vector(2, Buffer.of(0x13, 0x02)),
    vector(1, Buffer.of(0)),
    vector(2, Buffer.concat(extensions.map(([type, content]) => Buffer.concat([number(2, type), vector(2, content)])))),
    trailing,
  ]);
  return Buffer.concat([Buffer.of(1), vector(3, body)]);
}

/** In records of these sizes, what is left in one more. */
export function toRecords(message: Buffer, sizes: readonly number[] = []): Buffer {
  const records: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, message.length]) {
    const fragment = message.subarray(at, at + size);
    if (fragment.length > 0) records.push(Buffer.concat([Buffer.of(22, 3, 1), vector(2, fragment)]));
    at += size;
  }
  return Buffer.concat(records);
}

export const buildHello = (parts: HelloParts): Buffer => toRecords(buildMessage(parts));

function number(lengthBytes: number, value: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  bytes.writeUIntBE(value, 0, lengthBytes);
  return bytes;
}

function vector(lengthBytes: number, content: Buffer): Buffer {
  return Buffer.concat([number(lengthBytes, content.length), content]);
}
