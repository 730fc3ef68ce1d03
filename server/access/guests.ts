import type { Context } from 'hono';
import type { Tx } from '../platform/database.ts';
import { giveCookie, type AccessEnv } from './access.middleware.ts';
import type { SignIns } from './sign-ins.ts';

/**
 * Signs the visitor in as guest of one session and sets the cookie. Call inside the transaction that redeems the
 * invitation, and only when nobody is signed in (`c.get('signIn') === null`, or a guest of another session).
 */
export function createGuestSignIn(signIns: SignIns, at: { c: Context<AccessEnv>; tx: Tx; sessionId: string }): void {
  const before = at.c.get('signIn');
  if (before !== null) signIns.end(at.tx, before.signInId);
  giveCookie(at.c, signIns.begin(at.tx, { guestSessionId: at.sessionId }));
}
