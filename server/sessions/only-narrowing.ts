import type { MiddlewareHandler } from 'hono';
import type { AccessEnv } from '../access/access.middleware.ts';
import type { SignIn } from '../access/sign-ins.ts';
import { AppError } from '../platform/errors.ts';
import type { SharerId, SessionsService } from './sessions.service.ts';

interface Route {
  method: string;
  path: string;
  /** Only with the id of the request that the session belongs to. */
  isOwnRequest?: true;
}

/**
 * What a sharer can still change on the portal while somebody else's hand could be theirs: only what makes less be
 * shared, and words to the one who helps. A route that is not listed waits until then.
 */
const NARROWING_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/api/sessions/:id/end' },
  { method: 'POST', path: '/api/sessions/:id/pause' },
  { method: 'POST', path: '/api/sessions/:id/take-back' },
  { method: 'POST', path: '/api/requests/:id/messages', isOwnRequest: true },
  { method: 'POST', path: '/api/sign-out' },
];

const READING = new Set(['GET', 'HEAD']);
const ROUTES = NARROWING_ROUTES.map((route) => ({
  ...route,
  pattern: new RegExp(`^${route.path.replace(':id', '([^/]+)')}$`),
}));

/**
 * While a grant lives that lets an agent operate the sharer's computer, every sign-in of that sharer can only narrow:
 * the agent may be the one who clicks (D4). Comes behind `currentPerson` and before all routes.
 */
export function onlyNarrowing({
  bindingSessions,
}: Pick<SessionsService, 'bindingSessions'>): MiddlewareHandler<AccessEnv> {
  return async (c, next) => {
    const signIn = c.get('signIn');
    if (signIn !== null && !READING.has(c.req.method)) {
      const binding = bindingSessions(sharerOf(signIn));
      const requestIds = binding.map(({ requestId }) => requestId);
      if (binding.length > 0 && !isNarrowing(c.req, requestIds)) throw new AppError('session.only-narrowing');
    }
    await next();
  };
}

const sharerOf = (signIn: SignIn): SharerId =>
  signIn.kind === 'guest' ? { guestSessionId: signIn.sessionId } : { personId: signIn.personId };

function isNarrowing({ method, path }: { method: string; path: string }, requestIds: readonly string[]): boolean {
  return ROUTES.some((route) => {
    const match = route.method === method ? route.pattern.exec(path) : null;
    return match !== null && (route.isOwnRequest !== true || requestIds.includes(match[1] ?? ''));
  });
}
