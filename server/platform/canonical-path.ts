import type { MiddlewareHandler } from 'hono';
import { AppError } from './errors.ts';
import type { HttpEnv } from './http.ts';

/**
 * A path that can only be read in one way. None of our routes needs an escape, a matrix parameter or an empty segment,
 * so whatever has one is unknown, before any handler or any other reader can disagree about what it means.
 */
export function isCanonicalPath(path: string): boolean {
  return (
    /^(\/[A-Za-z0-9._@,+~=-]*)+$/.test(path) &&
    !/\/(\/|\.\.?(\/|$))/.test(path) &&
    (path === '/' || !path.endsWith('/'))
  );
}

/** Judges the path as it came over the wire, before URL parsing has resolved `..`. */
export const canonicalPathsOnly: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const raw = c.env?.incoming?.url ?? c.req.url.replace(/^[a-z]+:\/\/[^/?#]*/i, '');
  if (!isCanonicalPath(raw.split(/[?#]/)[0] ?? '')) throw new AppError('not-found');
  await next();
};
