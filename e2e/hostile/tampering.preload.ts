/**
 * Loaded into the server's process before the server is: what it says to a device a test says in its name, with its keys
 * and on its connections. Everything that it hears from the device the test hears too.
 */
import { ServerResponse, type IncomingMessage } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { isMainThread } from 'node:worker_threads';
import { WebSocketServer, type WebSocket } from 'ws';
import type { ConnectionKind } from '../../protocol/frame.ts';
import { RELAY_PATHS } from '../../protocol/relay.ts';
import { TAMPERING_SOCKET, type TamperingOrder, type TamperingReport } from './tampering.ts';

interface Line {
  /** As the server would send it. */
  send: (data: string | Buffer) => void;
}

const lines: Partial<Record<ConnectionKind, Line>> = {};
let test: Socket | undefined;
let withheld: readonly string[] = [];
let enrolment: Record<string, unknown> = {};

function report(message: TamperingReport): void {
  test?.write(`${JSON.stringify(message)}\n`);
}

function obey(order: TamperingOrder): void {
  switch (order.type) {
    case 'say':
      return lines[order.kind]?.send(order.text ?? Buffer.from(order.base64 ?? '', 'base64'));
    case 'withhold':
      withheld = order.types;
      return;
    case 'enrolment':
      enrolment = order.changes;
      return;
  }
}

function typeOf(text: string): string {
  return (JSON.parse(text) as { type: string }).type;
}

function stand(kind: ConnectionKind, socket: WebSocket): void {
  const send = socket.send.bind(socket) as Line['send'];
  lines[kind] = { send };
  Object.assign(socket, {
    send: (data: string | Buffer) => {
      if (typeof data !== 'string' || !withheld.includes(typeOf(data))) send(data);
    },
  });
  socket.on('message', (data: Buffer, isBinary) => {
    report(isBinary ? { type: 'frame', kind } : { type: 'word', word: JSON.parse(data.toString('utf8')) as object });
  });
}

function kindOf({ url }: IncomingMessage): ConnectionKind | undefined {
  if (url === RELAY_PATHS.device.control) return 'control';
  return url === RELAY_PATHS.device.bulk ? 'bulk' : undefined;
}

function tamperWithSockets(): void {
  // Called with the server as `this` below.
  const { handleUpgrade } = WebSocketServer.prototype;
  Object.assign(WebSocketServer.prototype, {
    handleUpgrade(this: WebSocketServer, ...args: Parameters<typeof handleUpgrade>): void {
      const [request, socket, head, then] = args;
      const kind = kindOf(request);
      const standFirst: typeof then = (webSocket, of) => {
        if (kind !== undefined) stand(kind, webSocket);
        then(webSocket, of);
      };
      Reflect.apply(handleUpgrade, this, [request, socket, head, standFirst]);
    },
  });
}

function tamperWithEnrolment(): void {
  // Called with the response as `this` below.
  const { writeHead, end } = ServerResponse.prototype;
  const isMeant = ({ req }: ServerResponse): boolean => req.url === '/enrol' && Object.keys(enrolment).length > 0;
  Object.assign(ServerResponse.prototype, {
    writeHead(this: ServerResponse, status: number, headers: Record<string, string> = {}): ServerResponse {
      const kept = Object.entries(headers).filter(
        ([name]) => !isMeant(this) || name.toLowerCase() !== 'content-length',
      );
      return Reflect.apply(writeHead, this, [status, Object.fromEntries(kept)]) as ServerResponse;
    },
    end(this: ServerResponse, body?: unknown, ...rest: unknown[]): ServerResponse {
      const isTampered = isMeant(this) && typeof body === 'string';
      return Reflect.apply(end, this, [isTampered ? changed(body) : body, ...rest]) as ServerResponse;
    },
  });
}

function changed(body: string): string {
  const answer = JSON.parse(body) as { policy?: object };
  const { policy, ...others } = enrolment as { policy?: object };
  return JSON.stringify({ ...answer, ...others, policy: { ...answer.policy, ...policy } });
}

const path = process.env[TAMPERING_SOCKET];
if (isMainThread && path !== undefined) {
  tamperWithSockets();
  tamperWithEnrolment();
  const listening = createServer((socket) => {
    test = socket;
    createInterface(socket).on('line', (line) => {
      obey(JSON.parse(line) as TamperingOrder);
      report({ type: 'done' });
    });
  });
  listening.listen(path).unref();
}
