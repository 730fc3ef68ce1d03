import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
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

export interface RequestContextDeps {
  log: Logger;
  random: Random;
  addressOf(connection: ConnectionEnds, forwardedFor: string | undefined): string;
}

/** Gives every request an id, its address and a logger; logs slow and failed ones. Comes first. */
export function requestContext(deps: RequestContextDeps): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const requestId = deps.random.bytes(9).toString('base64url');
    c.set('requestId', requestId);
    const address = deps.addressOf(c.env?.incoming?.socket ?? {}, c.req.header('x-forwarded-for'));
    c.set('address', address);
    c.set('log', deps.log.with({ requestId }));
    c.header('x-request-id', requestId);
    await next();
    const { method, path } = c.req;
    c.get('log').debug('http/answered', { method, path, status: c.res.status, address });
  };
}

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

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
