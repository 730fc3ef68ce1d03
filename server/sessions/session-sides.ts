import type { SignIn } from '../access/sign-ins.ts';
import type { Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { requireAvailable } from './session-availability.ts';
import { findSession } from './sessions.repository.ts';
import type { SessionRow } from './sessions.tables.ts';

export type Side = 'sharer' | 'agent';

/** A guest is the sharer's side of the one session they came in for, until the employee accepts in person. */
export function sideOf(row: SessionRow, signIn: SignIn): Side | undefined {
  if (signIn.kind === 'guest') return row.isGuest && signIn.sessionId === row.id ? 'sharer' : undefined;
  if (signIn.personId === row.agentId) return 'agent';
  return signIn.personId === row.sharerId ? 'sharer' : undefined;
}

/**
 * The session and the caller's side of it. To anybody without a side it does not exist. Enough to look at what there is or
 * was, and to stop it; whoever wants more asks `readSessionAs`.
 */
export function readOwnSession(tx: Tx, sessionId: string, signIn: SignIn): { row: SessionRow; side: Side } {
  const row = findSession(tx, sessionId);
  const side = row && sideOf(row, signIn);
  if (row === undefined || side === undefined) throw new AppError('not-found');
  return { row, side };
}

/** As `readOwnSession`; the other side may see the session and not do this, and nobody where assistance is switched off. */
export function readSessionAs(tx: Tx, sessionId: string, who: { signIn: SignIn; side: Side }): SessionRow {
  const { row, side } = readOwnSession(tx, sessionId, who.signIn);
  requireAvailable(tx, row);
  if (side !== who.side) throw new AppError('auth.forbidden');
  return row;
}
