import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { createClientAddresses } from '../platform/client-address.ts';
import { createLogger } from '../platform/logger.ts';
import { createTestClock } from '../platform/test-clock.ts';
import type { ClientHello } from './client-hello.ts';
import { createFrontDoor, type FrontDoor } from './front-door.ts';
import { buildHello, toRecords, buildMessage } from './test-hello.ts';

const HELLO = buildHello({ serverName: 'desk.example', protocols: ['http/1.1'] });
const PROXY_LINE = 'PROXY TCP4 192.168.1.10 10.0.0.1 50000 443\r\n';

interface HandedOver {
  connection: Socket;
  hello: ClientHello | null;
}

let opened: FrontDoor | undefined;
let logged: string[];
let handedOver: HandedOver[];
afterEach(async () => {
  opened?.clear('all');
  await new Promise((resolve) => opened?.server.close(resolve));
});

async function open({ proxies = [], openingWithinMs }: { proxies?: string[]; openingWithinMs?: number } = {}) {
  logged = [];
  handedOver = [];
  const addresses = createClientAddresses(proxies);
  const first = Promise.withResolvers<HandedOver>();
  opened = createFrontDoor({
    handOver: (connection, hello) => {
      handedOver.push({ connection, hello });
      first.resolve({ connection, hello });
    },
    addresses,
    publicUrl: 'https://desk.example',
    clock: createTestClock(),
    log: createLogger({ format: 'json', level: 'info', now: () => 0, write: (line) => logged.push(line) }),
    ...(openingWithinMs !== undefined && { openingWithinMs }),
  });
  opened.server.listen(0, '127.0.0.1');
  await once(opened.server, 'listening');
  const { port } = opened.server.address() as AddressInfo;
  return { port, addresses, first: first.promise };
}

/** All that the server says to these bytes until it closes. */
async function answerTo(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  const client = connect(port, '127.0.0.1');
  let answer = '';
  client.setEncoding('latin1').on('data', (part: string) => (answer += part));
  client.on('error', () => undefined);
  for (const part of parts) client.write(part);
  // Not `once` of node:events, to which a reset connection is a failure.
  await new Promise((resolve) => client.once('close', resolve));
  return answer;
}

async function readAll(connection: Socket, length: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for await (const part of connection) {
    bytes = Buffer.concat([bytes, part as Buffer]);
    if (bytes.length >= length) return bytes;
  }
  return bytes;
}

describe('the front door hands over', () => {
  test('every byte that came, as if nothing had been read', async () => {
    const { port, first } = await open();
    const client = connect(port, '127.0.0.1');
    const sent = Buffer.concat([HELLO, Buffer.alloc(100_000, 0x17)]);
    client.write(sent);
    const { connection, hello } = await first;
    assert.deepEqual(hello, { serverName: 'desk.example', protocols: ['http/1.1'] });
    assert.ok((await readAll(connection, sent.length)).equals(sent));
    client.destroy();
  });

  test('a hello that comes one byte at a time, in records of one byte', async () => {
    const { port, first } = await open();
    const message = buildMessage({ protocols: ['h2'] });
    const sent = toRecords(
      message,
      Array.from({ length: 30 }, () => 1),
    );
    const client = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const byte of sent) await new Promise((resolve) => client.write(Buffer.of(byte), resolve));
    const { connection } = await first;
    assert.ok((await readAll(connection, sent.length)).equals(sent));
    client.destroy();
  });

  test('what follows the header of a trusted proxy, and keeps whom it is for', async () => {
    const { port, first, addresses } = await open({ proxies: ['127.0.0.1'] });
    const client = connect(port, '127.0.0.1');
    client.write(PROXY_LINE);
    client.write(HELLO);
    const { connection } = await first;
    assert.equal(addresses.ofConnection(connection), '192.168.1.10');
    assert.ok((await readAll(connection, HELLO.length)).equals(HELLO));
    client.destroy();
  });

  test('a trusted proxy’s own connection without header too', async () => {
    const { port, first, addresses } = await open({ proxies: ['127.0.0.1'] });
    const client = connect(port, '127.0.0.1');
    client.write(HELLO);
    assert.equal(addresses.ofConnection((await first).connection), '127.0.0.1');
    client.destroy();
  });
});

describe('the front door shows out', () => {
  test('whoever has not said what they want in time, however busy they look', async () => {
    const { port } = await open({ openingWithinMs: 60 });
    const client = connect(port, '127.0.0.1');
    client.on('error', () => undefined);
    let at = 0;
    const drip = setInterval(() => client.write(HELLO.subarray(at, (at += 1))), 5);
    await new Promise((resolve) => client.once('close', resolve));
    clearInterval(drip);
    assert.ok(at < HELLO.length);
    assert.deepEqual(handedOver, []);
  });

  test('whoever says nothing', async () => {
    const { port } = await open({ openingWithinMs: 20 });
    assert.equal(await answerTo(port), '');
  });

  test('what is neither TLS nor HTTP, and goes on', async () => {
    const { port } = await open();
    for (const garbage of ['SSH-2.0-x\r\n', Buffer.alloc(50), '\r\n\r\nhello', Buffer.alloc(100_000, 0x41)])
      assert.equal(await answerTo(port, garbage), '');
    assert.deepEqual(handedOver, []);
    assert.match(await answerTo(port, 'GET / HTTP/1.1\r\n\r\n'), /302/);
  });

  test('whoever plays the proxy; once a minute the log says what to set', async () => {
    const { port } = await open({ proxies: ['10.0.0.5'] });
    for (let count = 0; count < 30; count += 1) assert.equal(await answerTo(port, PROXY_LINE, HELLO), '');
    assert.deepEqual(handedOver, []);
    const lines = logged.filter((line) => line.includes('proxy-not-trusted'));
    assert.ok(lines.length >= 1 && lines.length <= 10, `${lines.length} lines`);
  });

  test('a request without TLS, with the address it should have used', async () => {
    const { port } = await open();
    const answer = await answerTo(port, 'GET /i HTTP/1.1\r\nHost: evil.example\r\n', '\r\n', Buffer.alloc(50_000));
    assert.match(answer, /^HTTP\/1\.1 302 Found\r\nLocation: https:\/\/desk\.example\/i\r\n/);
    assert.match(answer, /Handrail is at https:\/\/desk\.example\/i\n$/);
  });

  test('whoever is still waiting when it closes', async () => {
    const { port } = await open();
    const [quiet, known] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    for (const client of [quiet, known]) client.on('error', () => undefined);
    known.write(HELLO);
    await Promise.all([once(quiet, 'connect'), once(opened?.server ?? quiet, 'connection')]);
    while (handedOver.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = once(quiet, 'close');
    opened?.clear('waiting');
    await closed;
    assert.equal(known.destroyed, false);
    known.destroy();
  });
});
