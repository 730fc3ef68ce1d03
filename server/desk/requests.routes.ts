import { Hono } from 'hono';
import { createRequest, requestId, sendMessage, setPriority, takeRequest } from '../../protocol/api/desk.ts';
import { handOver } from '../../protocol/api/queues.ts';
import { requireRole, requireSignIn, type AccessEnv } from '../access/access.middleware.ts';
import { readJson, readParam } from '../platform/body.ts';
import type { MessagesService } from './messages.service.ts';
import { DESK_ROLES } from './request-rights.ts';
import type { RequestsService } from './requests.service.ts';

/** Requests, the queue and the chat. Who may see what is decided in the services; to all others it does not exist. */
export function createRequestsRoutes(requests: RequestsService, messages: MessagesService): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  const requireDesk = requireRole(...DESK_ROLES);

  app.post('/api/requests', requireSignIn, async (c) =>
    c.json(requests.create(c.get('person'), await readJson(c, createRequest)), 201),
  );
  app.get('/api/requests', requireSignIn, (c) => c.json({ requests: requests.listMine(c.get('person')) }));
  app.get('/api/queue', requireDesk, (c) => c.json(requests.queue(c.get('person'))));
  app.get('/api/requests/:id', requireSignIn, (c) =>
    c.json(requests.detail(c.get('person'), readParam(c, 'id', requestId))),
  );

  app.post('/api/requests/:id/take', requireDesk, async (c) => {
    const { takeOver = false } = await readJson(c, takeRequest);
    return c.json(requests.take(c.get('person'), readParam(c, 'id', requestId), { takeOver }));
  });
  app.post('/api/requests/:id/release', requireDesk, (c) =>
    c.json(requests.release(c.get('person'), readParam(c, 'id', requestId))),
  );
  app.post('/api/requests/:id/solve', requireDesk, (c) =>
    c.json(requests.solve(c.get('person'), readParam(c, 'id', requestId))),
  );
  app.post('/api/requests/:id/hand-over', requireDesk, async (c) => {
    const id = readParam(c, 'id', requestId);
    return c.json(requests.handOver(c.get('person'), id, await readJson(c, handOver)));
  });
  app.get('/api/requests/:id/handovers', requireDesk, (c) =>
    c.json({ handovers: requests.handovers(c.get('person'), readParam(c, 'id', requestId)) }),
  );
  app.post('/api/requests/:id/priority', requireDesk, async (c) => {
    const id = readParam(c, 'id', requestId);
    const { priority } = await readJson(c, setPriority);
    return c.json(requests.setPriority(c.get('person'), id, priority));
  });
  app.post('/api/requests/:id/cancel', requireSignIn, (c) =>
    c.json(requests.cancel(c.get('person'), readParam(c, 'id', requestId))),
  );

  app.get('/api/requests/:id/messages', requireSignIn, (c) =>
    c.json({ messages: messages.list(c.get('person'), readParam(c, 'id', requestId)) }),
  );
  app.post('/api/requests/:id/messages', requireSignIn, async (c) => {
    const id = readParam(c, 'id', requestId);
    return c.json(messages.send(c.get('person'), id, await readJson(c, sendMessage)), 201);
  });

  return app;
}
