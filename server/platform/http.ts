import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { matchedRoutes } from 'hono/route';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { ErrorBody } from '../../protocol/api/shared.ts';
import { AppError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { ConnectionEnds } from './client-address.ts';
import type { Random } from './random.ts';
import { isOurOrigin, type Origins } from './origin.ts';

/** What every handler finds in its context. `incoming` is Node's request; absent under `app.request()`. */
export interface HttpEnv {
  Bindings: { incoming?: { url?: string; socket: ConnectionEnds } };
  Variables: {
    requestId: string;
    log: Logger;
    /** The client's address: behind a trusted proxy the one that the proxy names. */
    address: string;
  };
}

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** An answered request without anything that names a person or a thing: `route` is the pattern, not the path. */
export interface AnsweredRequest {
  method: string;
  route: string;
  status: number;
  seconds: number;
}

export interface RequestContextDeps {
  log: Logger;
  random: Random;
  addressOf(connection: ConnectionEnds, forwardedFor: string | undefined): string;
  onAnswered?: (request: AnsweredRequest) => void;
}

/** Gives every request an id, its address and a logger; logs and counts the answer. Comes first. */
export function requestContext({ log, random, addressOf, onAnswered }: RequestContextDeps): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const startedAt = performance.now();
    const requestId = random.bytes(9).toString('base64url');
    c.set('requestId', requestId);
    const address = addressOf(c.env?.incoming?.socket ?? {}, c.req.header('x-forwarded-for'));
    c.set('address', address);
    c.set('log', log.with({ requestId, ...sessionOf(c.req.path) }));
    c.header('x-request-id', requestId);
    await next();
    const answered = { method: c.req.method, route: routeOf(c), status: c.res.status };
    const seconds = (performance.now() - startedAt) / 1000;
    onAnswered?.({ ...answered, seconds });
    const level = answered.status >= 500 ? 'warn' : UNSAFE.has(answered.method) ? 'info' : 'debug';
    c.get('log')[level]('http/answered', { ...answered, path: c.req.path, address, ms: Math.round(seconds * 1000) });
  };
}

/** Ids of sessions are no secrets; a session is what one looks for in a log. */
function sessionOf(path: string): { sessionId?: string } {
  const sessionId = /\/(ses_[a-z2-7]{20,32})(?:\/|$)/.exec(path)?.[1];
  return sessionId === undefined ? {} : { sessionId };
}

/** The pattern that answered; files of the user interface are `static`, what matched no pattern is `unknown`. */
function routeOf(c: Context): string {
  const pattern = matchedRoutes(c).findLast(({ path }) => !path.includes('*'))?.path;
  return pattern ?? (c.res.ok || c.res.status === 304 ? 'static' : 'unknown');
}

/** A page of another site cannot change anything: whatever writes must come from our origin, cookie or not. */
export function originCheck(origins: Origins): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    if (UNSAFE.has(c.req.method) && !isOurOrigin(c.req.header('origin'), origins))
      throw new AppError('auth.origin-refused');
    await next();
  };
}

// These serve every environment that extends `HttpEnv`, hence the plain `Context`.
function answer(c: Context, error: AppError): Response {
  const requestId: string | undefined = c.get('requestId');
  const body: ErrorBody = { code: error.code, requestId: requestId ?? '' };
  if (error.detail.fields !== undefined) body.fields = error.detail.fields;
  if (error.detail.retryAfterS !== undefined) {
    body.retryAfterS = error.detail.retryAfterS;
    c.header('retry-after', String(error.detail.retryAfterS));
  }
  c.header('cache-control', 'no-store');
  return c.json(body, error.status);
}

/** The one place where an error becomes an answer. Detail that is ours stays in the log under the request id. */
export function onError(error: Error, c: Context): Response {
  if (error instanceof AppError) return answer(c, error);
  if (error instanceof HTTPException) return answer(c, fromHono(error));
  const log: Logger | undefined = c.get('log');
  log?.error('http/failed', { method: c.req.method, path: c.req.path, error });
  return answer(c, new AppError('internal'));
}

const BY_STATUS: Readonly<Record<number, ErrorCode>> = { 404: 'not-found', 413: 'request.too-large' };

function fromHono(error: HTTPException): AppError {
  return new AppError(BY_STATUS[error.status] ?? 'request.invalid', {}, { cause: error });
}

/** Every unknown route looks the same as one that was never there. */
export function onNotFound(c: Context): Response {
  return answer(c, new AppError('not-found'));
}
