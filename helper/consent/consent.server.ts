/**
 * Serves the consent window on loopback, to one page and nobody else: exact Host and Origin, a code that is redeemed
 * once for a bearer token, no cookies. A second attempt with the code means that somebody else knew it, so everything
 * is closed then. What happens is told by `onPageOpen`, `onAction`, `onPageGone` and `onBreach`.
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from '../../protocol/zod.ts';
import type { PageFiles } from './consent.page.ts';
import {
  consentAction,
  isActionOffered,
  type ConsentAction,
  type ConsentView,
  type Language,
} from './consent.views.ts';
import { isNarrowing, isSameQuestion } from './page/answers.ts';

export interface ConsentServerOptions {
  language: Language;
  page: PageFiles;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Unguessable, fresh at each call. */
  secret: () => string;
  onAction: (action: ConsentAction) => void;
  /** The page is there and sees what `show` sends. */
  onPageOpen: () => void;
  /** The page went away: closed, reloaded or crashed. */
  onPageGone: () => void;
  /** The right code came twice: somebody else on this device knew it. */
  onBreach: () => void;
  onError: (error: unknown) => void;
}

export interface ConsentServer {
  /** Where the page is, with the code in the fragment: give it to the window alone. */
  readonly address: string;
  show(view: ConsentView): void;
  close(): Promise<void>;
}

/** 64 areas with long paths. */
const MAX_BODY_BYTES = 64 * 1024;
const redemption = z.strictObject({ code: z.string().max(128) });

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), display-capture=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** An answer without a body. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`refused with ${status}`);
    this.status = status;
  }
}

export async function startConsentServer(options: ConsentServerOptions): Promise<ConsentServer> {
  const server = createServer({ requestTimeout: 10_000 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  return new PageServer(server, options);
}

class PageServer implements ConsentServer {
  readonly #server: Server;
  readonly #options: ConsentServerOptions;
  readonly #host: string;
  readonly #code: string;
  #isCodeUsed = false;
  #token: string | undefined;
  #stream: ServerResponse | undefined;
  #view: ConsentView = { step: 'connecting', message: 'starting' };
  /** One answer a question: a second click or a replay is refused. */
  #isAnswered = false;

  constructor(server: Server, options: ConsentServerOptions) {
    this.#server = server;
    this.#options = options;
    // Bound above to an address of the Internet family, so neither null nor a pipe.
    this.#host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#code = options.secret();
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch((error: unknown) => {
        const status = error instanceof Refusal ? error.status : 500;
        if (status === 500) options.onError(error);
        if (response.headersSent) response.destroy();
        else response.writeHead(status, { ...HEADERS, connection: 'close' }).end();
      });
    });
  }

  get address(): string {
    return `http://${this.#host}/#${this.#code}`;
  }

  show(view: ConsentView): void {
    if (!isSameQuestion(view, this.#view) || view.step === 'live') this.#isAnswered = false;
    this.#view = view;
    this.#push();
  }

  async close(): Promise<void> {
    this.#token = undefined;
    this.#stream?.end();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #push(): void {
    this.#stream?.write(`${JSON.stringify(this.#view)}\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.host !== this.#host) throw new Refusal(403);
    const origin = request.headers.origin;
    const isOurs = origin === `http://${this.#host}`;
    if (request.method === 'GET') {
      if (origin !== undefined && !isOurs) throw new Refusal(403);
      return this.#servePage(request.url ?? '', response);
    }
    if (request.method !== 'POST') throw new Refusal(404);
    if (!isOurs) throw new Refusal(403);
    await this.#servePost(request, response);
  }

  #servePage(path: string, response: ServerResponse): void {
    const file = Object.hasOwn(this.#options.page, path) ? this.#options.page[path] : undefined;
    if (file === undefined) throw new Refusal(404);
    response.writeHead(200, { ...HEADERS, 'content-type': file.contentType }).end(file.body);
  }

  async #servePost(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers['content-type'] !== 'application/json') throw new Refusal(403);
    switch (request.url) {
      case '/redeem':
        return this.#redeem(await readJson(request), response);
      case '/views':
        this.#authorise(request);
        await readJson(request);
        return this.#openStream(response);
      case '/action':
        this.#authorise(request);
        return this.#take(await readJson(request), response);
      default:
        throw new Refusal(404);
    }
  }

  #redeem(body: unknown, response: ServerResponse): void {
    const parsed = redemption.safeParse(body);
    if (!parsed.success || !isEqualSecret(parsed.data.code, this.#code)) throw new Refusal(403);
    if (this.#isCodeUsed) {
      this.#token = undefined;
      this.#stream?.end();
      this.#options.onBreach();
      throw new Refusal(403);
    }
    this.#isCodeUsed = true;
    this.#token = this.#options.secret();
    sendJson(response, { token: this.#token, language: this.#options.language });
  }

  #authorise(request: IncomingMessage): void {
    const given = request.headers.authorization ?? '';
    if (this.#token === undefined || !isEqualSecret(given, `Bearer ${this.#token}`)) throw new Refusal(403);
  }

  #openStream(response: ServerResponse): void {
    if (this.#stream !== undefined) throw new Refusal(403);
    this.#stream = response;
    response.writeHead(200, { ...HEADERS, 'content-type': 'application/x-ndjson' });
    response.on('close', () => this.#options.onPageGone());
    this.#push();
    this.#options.onPageOpen();
  }

  #take(body: unknown, response: ServerResponse): void {
    const parsed = consentAction.safeParse(body);
    if (!parsed.success) throw new Refusal(400);
    const isFree = isNarrowing(parsed.data) && parsed.data.type !== 'answer';
    if (!isActionOffered(this.#view, parsed.data, this.#options.now())) throw new Refusal(409);
    if (this.#isAnswered && !isFree) throw new Refusal(409);
    if (!isFree) this.#isAnswered = true;
    response.writeHead(204, HEADERS).end();
    this.#options.onAction(parsed.data);
  }
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { ...HEADERS, 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function isEqualSecret(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  // Without an encoding set, the parts of a request are buffers.
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) throw new Refusal(413);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new Refusal(400);
  }
}
