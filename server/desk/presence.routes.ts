import { Hono } from 'hono';
import { setPresence } from '../../protocol/api/queues.ts';
import { requireRole, type AccessEnv } from '../access/access.middleware.ts';
import { readJson } from '../platform/body.ts';
import type { PresenceBook } from './presence.ts';
import { DESK_ROLES } from './request-rights.ts';

export function createPresenceRoutes(presences: PresenceBook): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  const requireDesk = requireRole(...DESK_ROLES);

  app.get('/api/desk/agents', requireDesk, (c) => c.json({ agents: presences.agents() }));
  app.put('/api/desk/presence', requireDesk, async (c) => {
    const { presence } = await readJson(c, setPresence);
    presences.say(c.get('person').personId, presence);
    return c.json({ agents: presences.agents() });
  });

  return app;
}
