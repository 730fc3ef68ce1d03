/** The HTTP API without a browser: one person's cookie, our origin, answers parsed by the protocol. */
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { attachment, type Attachment } from '../protocol/api/desk.ts';

export interface PlainAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

interface Body {
  bytes: Buffer;
  type: string;
}

/** What is left out is as a page of the portal would have it. */
export interface PlainOptions {
  /** PEM of the authority that the server's certificate must come from. */
  ca: string;
  agent?: Agent;
}

export class PlainClient {
  readonly url: string;
  readonly ca: string;
  readonly #agent: Agent;
  cookie = '';

  constructor(url: string, { ca, agent }: PlainOptions) {
    this.url = url;
    this.ca = ca;
    this.#agent = agent ?? new Agent({ ca, keepAlive: true });
  }

  /** Somebody else on the same machine. */
  stranger(): PlainClient {
    return new PlainClient(this.url, { ca: this.ca, agent: this.#agent });
  }

  /** Closes what is kept open for the next request. */
  close(): void {
    this.#agent.destroy();
  }

  /** The answer as it comes, whatever its status. */
  send(method: string, path: string, json?: unknown): Promise<PlainAnswer> {
    const body =
      json === undefined ? undefined : { bytes: Buffer.from(JSON.stringify(json)), type: 'application/json' };
    return this.#exchange(method, path, body);
  }

  /** Any method; throws unless the answer is a success. */
  async call<S extends z.ZodType>(method: string, path: string, what: { answer: S; json?: unknown }) {
    const { status, text } = await this.send(method, path, what.json);
    if (status < 200 || status > 299) throw new Error(`${method} ${path} answers ${status}: ${text}`);
    return what.answer.parse(text === '' ? undefined : JSON.parse(text)) as z.infer<S>; // zod's own output type
  }

  async get<S extends z.ZodType>(path: string, answer: S): Promise<z.infer<S>> {
    return this.call('GET', path, { answer });
  }

  async post<S extends z.ZodType>(path: string, answer: S, json?: unknown): Promise<z.infer<S>> {
    return this.call('POST', path, { answer, json });
  }

  async attach(requestId: string, file: { name: string; bytes: Uint8Array<ArrayBuffer> }): Promise<Attachment> {
    const form = new FormData();
    form.append('file', new File([file.bytes], file.name));
    const encoded = new Response(form);
    const bytes = Buffer.from(await encoded.arrayBuffer());
    const type = encoded.headers.get('content-type') ?? '';
    const { status, text } = await this.#exchange('POST', `/api/requests/${requestId}/attachments`, { bytes, type });
    if (status > 299) throw new Error(`attaching ${file.name} answers ${status}: ${text}`);
    return attachment.parse(JSON.parse(text));
  }

  #exchange(method: string, path: string, body: Body | undefined): Promise<PlainAnswer> {
    const headers: Record<string, string> = { origin: this.url, accept: 'application/json' };
    if (this.cookie !== '') headers['cookie'] = this.cookie;
    if (body !== undefined) {
      headers['content-type'] = body.type;
      headers['content-length'] = String(body.bytes.length);
    }
    return new Promise((resolve, reject) => {
      const sent = request(this.url + path, { method, headers, agent: this.#agent, ca: this.ca }, (response) => {
        this.#keepCookie(response);
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      });
      sent.on('error', reject);
      sent.end(body?.bytes);
    });
  }

  #keepCookie(response: IncomingMessage): void {
    const given = response.headers['set-cookie']?.[0]?.split(';')[0];
    if (given !== undefined) this.cookie = given.endsWith('=') ? '' : given;
  }
}
