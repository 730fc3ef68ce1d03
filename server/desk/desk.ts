import { Hono } from 'hono';
import { join } from 'node:path';
import type { AccessEvents } from '../access/access.events.ts';
import type { AccessEnv } from '../access/access.middleware.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { Events } from '../platform/events.ts';
import type { LiveHub } from '../platform/live.ts';
import type { Random } from '../platform/random.ts';
import { systemTimers, type Timers } from '../platform/timers.ts';
import { createAttachmentsRoutes } from './attachments.routes.ts';
import { createAttachmentsService } from './attachments.service.ts';
import { createAttachmentStore } from './attachments.store.ts';
import { createCannedRepliesRoutes } from './canned-replies.routes.ts';
import { createCategoriesRoutes } from './categories.routes.ts';
import { createDeskNews, forwardTyping, type DeskNews } from './desk.news.ts';
import { createMessagesService, type MessagesService } from './messages.service.ts';
import { createPresenceBook } from './presence.ts';
import { createPresenceRoutes } from './presence.routes.ts';
import { createQueuesRoutes } from './queues.routes.ts';
import { NO_SESSIONS, type RequestSessions } from './request-sessions.ts';
import { createRequestsRoutes } from './requests.routes.ts';
import { createRequestsService, type RequestsService } from './requests.service.ts';

export interface DeskDeps {
  database: Database;
  clock: Clock;
  random: Random;
  audit: Audit;
  hub: LiveHub;
  events: Events<AccessEvents>;
  dataDirectory: string;
  /** Injected so that tests need not wait. */
  timers?: Timers;
}

export interface Desk {
  readonly requests: RequestsService;
  readonly messages: MessagesService;
  readonly news: DeskNews;
  readonly routes: Hono<AccessEnv>;
  /** The layer above says which sessions requests have, and ends them. Call once, before the first request. */
  useSessions(sessions: RequestSessions): void;
}

export function createDesk(deps: DeskDeps): Desk {
  let sessions = NO_SESSIONS;
  const current: RequestSessions = {
    newest: (tx, requestIds) => sessions.newest(tx, requestIds),
    requestMoved: (tx, requestId, move) => sessions.requestMoved(tx, requestId, move),
  };
  const news = createDeskNews(deps.hub);
  const messages = createMessagesService({ ...deps, news });
  const requests = createRequestsService({ ...deps, news, messages, sessions: current });
  const store = createAttachmentStore(join(deps.dataDirectory, 'attachments'));
  const attachments = createAttachmentsService({ ...deps, news, store });
  const presences = createPresenceBook({ timers: systemTimers, ...deps, news, sessions: current });
  forwardTyping(deps.hub, deps.database);
  deps.events.on('person/deactivated', ({ personId }) => requests.releaseAllOf(personId));

  const routes = new Hono<AccessEnv>();
  routes.route('/', createCategoriesRoutes(deps));
  routes.route('/', createRequestsRoutes(requests, messages));
  routes.route('/', createAttachmentsRoutes(attachments));
  routes.route('/', createQueuesRoutes({ ...deps, news }));
  routes.route('/', createPresenceRoutes(presences));
  routes.route('/', createCannedRepliesRoutes(deps));
  return {
    requests,
    messages,
    news,
    routes,
    useSessions: (used) => {
      sessions = used;
    },
  };
}
