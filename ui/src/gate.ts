import type { Role } from '../../protocol/api/access.ts';
import type { Route } from './routes.ts';

export type GateDecision = { type: 'show' } | { type: 'not-found' } | { type: 'redirect'; to: string };

export interface Visitor {
  path: string;
  isSignedIn: boolean;
  isSetUp: boolean;
  guestSessionId: string | null;
  roles: readonly Role[];
  /** To whoever is signed in; to a stranger, whether it is to anybody. */
  isAssistanceAvailable: boolean;
}

/**
 * Which page somebody gets. A convenience alone: the server decides anew at every call. A page that one may not see is
 * the same as one that does not exist.
 */
export function gate(route: Pick<Route, 'access' | 'isAboutAssistance'> | null, visitor: Visitor): GateDecision {
  if (!visitor.isSetUp) return visitor.path === '/setup' ? { type: 'show' } : { type: 'redirect', to: '/setup' };
  if (!route || isSwitchedOff(route, visitor)) return { type: 'not-found' };
  if (route.access === 'anyone') return { type: 'show' };
  if (!visitor.isSignedIn) {
    const next = visitor.path === '/' ? '' : `?next=${encodeURIComponent(visitor.path)}`;
    return { type: 'redirect', to: `/sign-in${next}` };
  }
  if (visitor.guestSessionId !== null) return gateGuest(visitor.path, visitor.guestSessionId);
  if (route.access === 'guest' || route.access === 'person') return { type: 'show' };
  return route.access.some((role) => visitor.roles.includes(role)) ? { type: 'show' } : { type: 'not-found' };
}

function isSwitchedOff({ isAboutAssistance }: Pick<Route, 'isAboutAssistance'>, visitor: Visitor): boolean {
  return isAboutAssistance === true && !visitor.isAssistanceAvailable;
}

/** A guest reaches one session, its receipt, and nothing else. */
function gateGuest(path: string, sessionId: string): GateDecision {
  const own = `/sessions/${sessionId}`;
  if (path === own || path === `/receipt/${sessionId}`) return { type: 'show' };
  return path === '/' ? { type: 'redirect', to: own } : { type: 'not-found' };
}
