/** One WebSocket of a scripted peer, by its own rules: it sends what it likes and keeps all that it hears. */
import { WebSocket, type ClientOptions, type RawData } from 'ws';
import { eventually } from '../processes.ts';
import type { Appliance } from '../product.ts';

export interface Heard {
  type: string;
  [field: string]: unknown;
}

export class StreamSocket {
  readonly heard: Heard[] = [];
  readonly chunks: Buffer[] = [];
  /** Code and reason, once the server has closed it. */
  readonly closed: Promise<string>;
  readonly #socket: WebSocket;
  #isClosed = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve(`${code} ${reason.toString()}`.trim()));
    });
    void this.closed.then(() => (this.#isClosed = true));
    socket.on('error', () => undefined); // followed by close
    socket.on('message', (data: RawData, isBinary: boolean) => {
      // One Buffer: `binaryType` is the default.
      const bytes = data as Buffer;
      if (isBinary) this.chunks.push(bytes);
      else this.heard.push(JSON.parse(bytes.toString('utf8')) as Heard);
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** An object as JSON, a string as text, bytes as a chunk. */
  send(message: object | string | Uint8Array): void {
    const isRaw = typeof message === 'string' || message instanceof Uint8Array;
    this.#socket.send(isRaw ? message : JSON.stringify(message));
  }

  /** As text, though it need not be any. */
  sendAsText(bytes: Uint8Array): void {
    this.#socket.send(bytes, { binary: false });
  }

  /** Everything that was sent before has been read. */
  async flush(): Promise<void> {
    const answered = new Promise((resolve) => this.#socket.once('pong', resolve));
    this.#socket.ping();
    await Promise.race([answered, this.closed]);
  }

  /** The first message that fits, after the first `skip` messages. */
  async hears(what: string, fits: (message: Heard) => boolean, skip = 0): Promise<Heard> {
    return eventually(what, () => this.heard.slice(skip).find(fits));
  }

  /** What the relay said that it did not forward, by reason. */
  refusals(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { type, reason, count } of this.heard) {
      if (type === 'refused') counts.set(String(reason), (counts.get(String(reason)) ?? 0) + Number(count));
    }
    return counts;
  }

  drop(): void {
    this.#socket.terminate();
  }
}

/** An open socket, or the HTTP status with which it was refused. */
export function dial(product: Appliance, path: string, options: ClientOptions = {}): Promise<StreamSocket | number> {
  return new Promise((resolve, reject) => {
    const all = { origin: product.url, rejectUnauthorized: false, perMessageDeflate: false, ...options };
    const socket = new WebSocket(`${product.url.replace('https:', 'wss:')}${path}`, all);
    const peer = new StreamSocket(socket);
    socket.once('open', () => resolve(peer));
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.once('error', reject);
  });
}

export async function dialOpen(product: Appliance, path: string, options: ClientOptions = {}): Promise<StreamSocket> {
  const socket = await dial(product, path, options);
  if (typeof socket === 'number') throw new Error(`${path} was refused: ${socket}`);
  return socket;
}

/** How a join ends that should not succeed: an HTTP status, or code and reason of the closing. */
export async function outcomeOf(socket: StreamSocket | number, first: object | string | Uint8Array): Promise<string> {
  if (typeof socket === 'number') return String(socket);
  socket.send(first);
  const outcome = await eventually('an answer to the join', async () =>
    socket.isClosed ? socket.closed : socket.heard.find(({ type }) => type === 'welcome')?.type,
  );
  socket.drop();
  return outcome;
}
