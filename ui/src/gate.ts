import type { Role } from '../../protocol/api/access.ts';
import type { Route } from './routes.ts';

export type GateDecision = { type: 'show' } | { type: 'not-found' } | { type: 'redirect'; to: string };

export interface Visitor {
  path: string;
  isSignedIn: boolean;
  isSetUp: boolean;
  guestSessionId: string | null;
  roles: readonly Role[];
}

/**
 * Which page somebody gets. A convenience alone: the server decides anew at every call. A page that one may not see is
 * the same as one that does not exist.
 */
export function gate(route: Pick<Route, 'access'> | null, visitor: Visitor): GateDecision {
  if (!visitor.isSetUp) return visitor.path === '/setup' ? { type: 'show' } : { type: 'redirect', to: '/setup' };
  if (!route) return { type: 'not-found' };
  if (route.access === 'anyone') return { type: 'show' };
  if (!visitor.isSignedIn) {
    const next = visitor.path === '/' ? '' : `?next=${encodeURIComponent(visitor.path)}`;
    return { type: 'redirect', to: `/sign-in${next}` };
  }
  if (visitor.guestSessionId !== null) return gateGuest(visitor.path, `/sessions/${visitor.guestSessionId}`);
  if (route.access === 'guest' || route.access === 'person') return { type: 'show' };
  return route.access.some((role) => visitor.roles.includes(role)) ? { type: 'show' } : { type: 'not-found' };
}

/** A guest reaches one session and nothing else. */
function gateGuest(path: string, own: string): GateDecision {
  if (path === own) return { type: 'show' };
  return path === '/' ? { type: 'redirect', to: own } : { type: 'not-found' };
}
