import { Hono } from 'hono';
import { z } from 'zod';
import { readBytes } from './platform/body.ts';
import type { Clock } from './platform/clock.ts';
import type { HttpEnv } from './platform/http.ts';
import { createRateLimiter } from './platform/rate-limiter.ts';

const MAX_REPORT_BYTES = 16 * 1024;
const short = z
  .string()
  .max(4096)
  .transform((text) => text.slice(0, 200))
  .optional();

/** CSP Level 3 §5.3; only what helps to find the place, cut short, is logged. */
const report = z.object({
  'csp-report': z.object({
    'effective-directive': short,
    'violated-directive': short,
    'blocked-uri': short,
    'document-uri': short,
    'source-file': short,
    'line-number': z.number().optional(),
  }),
});

/** Reports come without our Origin header in some browsers, so this route stands before the check. */
export function createCspReportRoutes(deps: { clock: Clock }): { app: Hono<HttpEnv>; count: () => number } {
  const app = new Hono<HttpEnv>();
  const limiter = createRateLimiter({ capacity: 20, refillPerS: 0.2 }, deps.clock);
  let count = 0;
  app.post('/api/csp-report', async (c) => {
    if (limiter.take(c.get('address')) > 0) return c.body(null, 204);
    const parsed = report.safeParse(parseJson(await readBytes(c, MAX_REPORT_BYTES)));
    count += 1;
    c.get('log').warn('csp/violated', { count, ...(parsed.success ? parsed.data['csp-report'] : {}) });
    return c.body(null, 204);
  });
  return { app, count: () => count };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // Anybody can send anything here; the schema says what counts.
    return null;
  }
}
