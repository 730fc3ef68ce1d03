import { Hono, type Env, type MiddlewareHandler } from 'hono';
import { auditQuery } from '../../protocol/api/audit.ts';
import { readQuery } from '../platform/body.ts';
import type { Database } from '../platform/database.ts';
import { readAuditPage } from './audit.repository.ts';

/** `readersOnly` decides who may read: it comes from access, which this module does not know. */
export function createAuditRoutes<E extends Env>(deps: {
  database: Database;
  readersOnly: MiddlewareHandler<E>;
}): Hono<E> {
  const app = new Hono<E>();
  app.get('/api/audit', deps.readersOnly, (c) => {
    c.header('cache-control', 'no-store');
    return c.json(readAuditPage(deps.database.db, readQuery(c, auditQuery)));
  });
  return app;
}
