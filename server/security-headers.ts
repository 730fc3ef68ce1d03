import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from './platform/http.ts';
import type { Origins } from './platform/origin.ts';

/** Half a year: long enough to protect, short enough to undo. */
const STRICT_TRANSPORT = 'max-age=15552000';

/**
 * On every answer. Scripts, styles and workers only from files of ours; pictures also from blobs and data of the page
 * itself; no frames, no plug-ins. HSTS only where `strictHost` is given: the name that a certificate of the company's
 * covers, on port 443. With the internal CA nobody could go on who has not been told of it yet; on another port it would
 * speak for whatever else has the same name.
 */
export function securityHeaders(origins: Origins, strictHost: string | null = null): MiddlewareHandler<HttpEnv> {
  const own = new Set([...origins].map((origin) => new URL(origin).host));
  const fallback = [...own][0] ?? 'localhost';
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    const host = c.req.header('host') ?? '';
    if (!headers.has('content-security-policy'))
      headers.set('content-security-policy', policyFor(own.has(host) ? host : fallback));
    if (host === strictHost) headers.set('strict-transport-security', STRICT_TRANSPORT);
    headers.set('x-content-type-options', 'nosniff');
    headers.set('referrer-policy', 'no-referrer');
    headers.set('x-frame-options', 'DENY');
    headers.set('cross-origin-opener-policy', 'same-origin');
    headers.set('cross-origin-resource-policy', 'same-origin');
    headers.set('permissions-policy', 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), payment=()');
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  };
}

/** `'self'` is enough for sockets in current browsers; older ones want the scheme spelled out. */
function policyFor(host: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    `connect-src 'self' wss://${host}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    'report-uri /api/csp-report',
  ].join('; ');
}
