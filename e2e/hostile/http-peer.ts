/** Speaks HTTP to the product as a script would: paths go out as they are written, from any address of this machine. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Agent, request, type RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { errorBody } from '../../protocol/api/shared.ts';
import type { Appliance } from '../product.ts';
import type { Caller } from '../session.ts';

export interface Answer {
  status: number;
  body: Buffer;
  /** Of an error of the API; undefined when the answer is none. */
  code: string | undefined;
}

export interface HttpPeerOptions {
  /** Address that the server sees, of 127.0.0.0/8. */
  from?: string;
  /** ALPN: whom the one port takes this for. */
  protocols?: readonly string[];
}

export class HttpPeer implements Caller {
  readonly #url: string;
  readonly #agent: Agent;
  readonly #tls: ConnectionOptions;
  #cookie = '';

  constructor(product: Appliance, { from, protocols }: HttpPeerOptions = {}) {
    this.#url = product.url;
    this.#tls = {
      ...(from !== undefined && { localAddress: from }),
      ...(protocols !== undefined && { ALPNProtocols: [...protocols] }),
    };
    this.#agent = new Agent({ keepAlive: true, maxSockets: 32 });
  }

  /** Whatever the answer is. Node writes the path as it stands. */
  async send(method: string, path: string, json?: unknown): Promise<Answer> {
    const body = json === undefined ? undefined : JSON.stringify(json);
    const headers = body !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    };
    const options = this.#options(method, path, headers || {});
    return new Promise((resolve, reject) => {
      const sent = request(options, (response) => {
        const parts: Buffer[] = [];
        this.#cookie = response.headers['set-cookie']?.[0]?.split(';')[0] ?? this.#cookie;
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => resolve(answerOf(response.statusCode ?? 0, Buffer.concat(parts))));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** The status of an answer to a WebSocket's handshake (RFC 6455 §4.1) on this path as it is written. */
  async upgrade(path: string): Promise<number> {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    };
    return new Promise((resolve, reject) => {
      const sent = request({ ...this.#options('GET', path, headers), agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('upgrade', (response, socket) => {
        socket.destroy();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  get<T>(path: string): Promise<T> {
    return this.#call<T>('GET', path);
  }

  post<T>(path: string, json: unknown = {}): Promise<T> {
    return this.#call<T>('POST', path, json);
  }

  async download(path: string): Promise<Buffer> {
    return (await this.send('GET', path)).body;
  }

  close(): Promise<void> {
    this.#agent.destroy();
    return Promise.resolve();
  }

  #options(method: string, path: string, headers: Record<string, string>): RequestOptions & ConnectionOptions {
    const port = Number(new URL(this.#url).port);
    return {
      ...this.#tls,
      agent: this.#agent,
      // Not the name, which may be IPv6.
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      rejectUnauthorized: false,
      method,
      path,
      headers: {
        host: `localhost:${port}`,
        origin: this.#url,
        accept: 'application/json',
        ...(this.#cookie !== '' && { cookie: this.#cookie }),
        ...headers,
      },
    };
  }

  async #call<T>(method: string, path: string, json?: unknown): Promise<T> {
    const { status, body } = await this.send(method, path, json);
    const text = body.toString('utf8');
    assert.ok(status >= 200 && status < 300, `${method} ${path}: ${status} ${text}`);
    // As in `session.ts`: the caller names the part of the answer that it uses.
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

function answerOf(status: number, body: Buffer): Answer {
  return { status, body, code: status < 400 ? undefined : codeOf(body) };
}

function codeOf(body: Buffer): string | undefined {
  try {
    return errorBody.safeParse(JSON.parse(body.toString('utf8'))).data?.code;
  } catch {
    // A page.
    return undefined;
  }
}
