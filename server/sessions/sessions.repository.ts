import { and, asc, count, desc, eq, inArray, isNull, ne, or, sql } from '../platform/drizzle.ts';
import type { GrantFact } from '../../protocol/capabilities.ts';
import type { EndReason, PauseReason, SessionState } from '../../protocol/lifecycle.ts';
import type { Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import type { NewGrant } from './session.machine.ts';
import { sessionGrantsTable, sessionsTable, type SessionGrantRow, type SessionRow } from './sessions.tables.ts';

export type NewSession = Pick<
  SessionRow,
  | 'id'
  | 'requestId'
  | 'reason'
  | 'requestedMode'
  | 'policy'
  | 'sharerId'
  | 'agentId'
  | 'agentSerial'
  | 'agentCertificate'
  | 'createdAt'
>;

/** Every session begins as requested; the database knows no other beginning. */
export function insertSession(tx: Tx, session: NewSession): void {
  tx.insert(sessionsTable)
    .values({ ...session, state: 'requested', stateSince: session.createdAt })
    .run();
}

export function findSession(tx: Tx, id: string): SessionRow | undefined {
  return tx.select().from(sessionsTable).where(eq(sessionsTable.id, id)).get();
}

/** For a session that exists; its absence is the caller's fault. */
export function readSession(tx: Tx, id: string): SessionRow {
  const row = findSession(tx, id);
  if (row === undefined) throw new AppError('not-found');
  return row;
}

export function findByDeviceSerial(tx: Tx, serialNumber: string): SessionRow | undefined {
  return tx.select().from(sessionsTable).where(eq(sessionsTable.deviceSerial, serialNumber)).get();
}

export function findOpenSessionOf(tx: Tx, requestId: string): SessionRow | undefined {
  return tx
    .select()
    .from(sessionsTable)
    .where(and(eq(sessionsTable.requestId, requestId), ne(sessionsTable.state, 'ended')))
    .get();
}

export function listOpenSessions(tx: Tx): SessionRow[] {
  return tx.select().from(sessionsTable).where(ne(sessionsTable.state, 'ended')).all();
}

/** How many sessions are in each state that is not the end. */
export function countOpenSessions(tx: Tx): Map<SessionState, number> {
  const rows = tx
    .select({ state: sessionsTable.state, sessions: count() })
    .from(sessionsTable)
    .where(ne(sessionsTable.state, 'ended'))
    .groupBy(sessionsTable.state)
    .all();
  return new Map(rows.map(({ state, sessions }) => [state, sessions]));
}

/** Open sessions in which this person has a side. */
export function listOpenSessionsOf(tx: Tx, personId: string): SessionRow[] {
  const hasSide = or(eq(sessionsTable.agentId, personId), eq(sessionsTable.sharerId, personId));
  return tx
    .select()
    .from(sessionsTable)
    .where(and(ne(sessionsTable.state, 'ended'), hasSide))
    .all();
}

export function newestSessionsOf(
  tx: Tx,
  requestIds: readonly string[],
): Map<string, { id: string; state: SessionState }> {
  if (requestIds.length === 0) return new Map();
  const rows = tx
    .select({ requestId: sessionsTable.requestId, id: sessionsTable.id, state: sessionsTable.state })
    .from(sessionsTable)
    .where(inArray(sessionsTable.requestId, [...requestIds]))
    .orderBy(desc(sessionsTable.createdAt), desc(sql`rowid`))
    .all();
  const newest = new Map<string, { id: string; state: SessionState }>();
  for (const { requestId, id, state } of rows) if (!newest.has(requestId)) newest.set(requestId, { id, state });
  return newest;
}

export interface SessionMove {
  id: string;
  from: SessionState;
  to: SessionState;
  at: number;
  pauseReason: PauseReason | null;
  endReason: EndReason | null;
}

/** Compare and set, one statement: undefined when the session was no longer in `from`. */
export function moveSession(tx: Tx, move: SessionMove): SessionRow | undefined {
  const { to, at } = move;
  return tx
    .update(sessionsTable)
    .set({
      state: to,
      previousState: move.from,
      stateSince: at,
      pauseReason: move.pauseReason,
      endReason: move.endReason,
      ...(to === 'active' ? { startedAt: sql<number>`COALESCE(${sessionsTable.startedAt}, ${at})` } : {}),
      ...(to === 'ended' ? { endedAt: at } : {}),
    })
    .where(and(eq(sessionsTable.id, move.id), eq(sessionsTable.state, move.from)))
    .returning()
    .get();
}

export type SessionChange = Partial<
  Pick<
    SessionRow,
    'isGuest' | 'deviceSerial' | 'devicePlatform' | 'helperVersion' | 'bytes' | 'pictureFrames' | 'inputFrames'
  >
>;

/** What may change without a transition. */
export function updateSession(tx: Tx, id: string, change: SessionChange): void {
  tx.update(sessionsTable).set(change).where(eq(sessionsTable.id, id)).run();
}

export type StoredGrant = GrantFact & Pick<NewGrant, 'purpose'>;

export function listGrants(tx: Tx, sessionId: string): StoredGrant[] {
  return tx
    .select()
    .from(sessionGrantsTable)
    .where(eq(sessionGrantsTable.sessionId, sessionId))
    .all()
    .map(({ id, capability, holder, reach, purpose, notAfter, revokedAt }) => ({
      id,
      capability,
      holder,
      reach,
      purpose,
      notAfter,
      isRevoked: revokedAt !== null,
    }));
}

/** Everything that is known of the rights of a session, in the order in which they were given. */
export function listGrantRows(tx: Tx, sessionId: string): SessionGrantRow[] {
  return tx
    .select()
    .from(sessionGrantsTable)
    .where(eq(sessionGrantsTable.sessionId, sessionId))
    .orderBy(asc(sessionGrantsTable.grantedAt), asc(sql`rowid`))
    .all();
}

export function insertGrant(tx: Tx, sessionId: string, { grant, at }: { grant: NewGrant; at: number }): void {
  const { id, capability, holder, scope, purpose, notAfter, consentText = null } = grant;
  tx.insert(sessionGrantsTable)
    .values({
      id,
      sessionId,
      capability,
      holder,
      reach: scope.reach,
      scope,
      purpose,
      notAfter,
      consentText,
      grantedAt: at,
    })
    .run();
}

export function revokeGrants(tx: Tx, sessionId: string, { ids, at }: { ids: readonly string[]; at: number }): void {
  tx.update(sessionGrantsTable)
    .set({ revokedAt: at })
    .where(
      and(
        eq(sessionGrantsTable.sessionId, sessionId),
        inArray(sessionGrantsTable.id, [...ids]),
        isNull(sessionGrantsTable.revokedAt),
      ),
    )
    .run();
}
