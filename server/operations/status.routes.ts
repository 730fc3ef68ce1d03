import { Hono } from 'hono';
import { requireRole, type AccessEnv } from '../access/access.middleware.ts';
import type { Operations } from './operations.ts';

/** The status page's only route. */
export function createStatusRoutes({ operations }: { operations: Pick<Operations, 'status'> }): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  app.get('/api/status', requireRole('admin'), async (c) => {
    c.header('cache-control', 'no-store');
    return c.json(await operations.status());
  });
  return app;
}
