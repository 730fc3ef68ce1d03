/** The HTTP API as the page in one person's browser calls it: their cookies, our origin, answers parsed by the protocol. */
import type { APIResponse, BrowserContext } from 'playwright-core';
import type { z } from 'zod';
import { attachment, type Attachment } from '../protocol/api/desk.ts';

export class Api {
  readonly url: string;
  readonly #context: BrowserContext;

  constructor(context: BrowserContext, url: string) {
    this.#context = context;
    this.url = url;
  }

  /** The answer as it comes, whatever its status. */
  async send(method: string, path: string, json?: unknown): Promise<APIResponse> {
    const body = json === undefined ? {} : { data: JSON.stringify(json) };
    const headers = { origin: this.url, accept: 'application/json', 'content-type': 'application/json' };
    return this.#context.request.fetch(this.url + path, { method, headers, ...body });
  }

  /** Any method; throws unless the answer is a success. */
  async call<S extends z.ZodType>(method: string, path: string, what: { answer: S; json?: unknown }) {
    const answer = await this.send(method, path, what.json);
    if (!answer.ok()) throw new Error(`${method} ${path} answers ${answer.status()}: ${await answer.text()}`);
    const text = await answer.text();
    return what.answer.parse(text === '' ? undefined : JSON.parse(text)) as z.infer<S>; // zod's own output type
  }

  async get<S extends z.ZodType>(path: string, answer: S): Promise<z.infer<S>> {
    return this.call('GET', path, { answer });
  }

  async post<S extends z.ZodType>(path: string, answer: S, json?: unknown): Promise<z.infer<S>> {
    return this.call('POST', path, { answer, json });
  }

  /** A file on a request; the name is sent as it is, so that a test can send any. */
  async attach(requestId: string, file: { name: string; bytes: Uint8Array<ArrayBuffer> }): Promise<Attachment> {
    const form = new FormData();
    form.append('file', new File([file.bytes], file.name));
    const encoded = new Response(form);
    const answer = await this.#context.request.post(`${this.url}/api/requests/${requestId}/attachments`, {
      headers: { origin: this.url, 'content-type': encoded.headers.get('content-type') ?? '' },
      data: Buffer.from(await encoded.arrayBuffer()),
    });
    if (!answer.ok()) throw new Error(`attaching ${file.name} answers ${answer.status()}: ${await answer.text()}`);
    return attachment.parse(await answer.json());
  }
}
