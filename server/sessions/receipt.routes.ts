import { Hono } from 'hono';
import { sessionId } from '../../protocol/api/desk.ts';
import { requireSignInOrGuest, type AccessEnv } from '../access/access.middleware.ts';
import { readParam } from '../platform/body.ts';
import { AppError } from '../platform/errors.ts';
import type { SessionsService } from './sessions.service.ts';

export function createReceiptRoutes({ receipt }: Pick<SessionsService, 'receipt'>): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  app.get('/api/sessions/:id/receipt', requireSignInOrGuest, (c) => {
    const signIn = c.get('signIn');
    if (signIn === null) throw new AppError('auth.required');
    // In lines, since the page offers the same bytes as a file that people open.
    const text = `${JSON.stringify(receipt(signIn, readParam(c, 'id', sessionId)), null, 2)}\n`;
    return c.body(text, 200, { 'content-type': 'application/json' });
  });
  return app;
}
