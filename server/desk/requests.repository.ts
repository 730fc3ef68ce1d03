import { and, asc, count, desc, eq, inArray, lt, or, type SQL } from '../platform/drizzle.ts';
import type { RequestState } from '../../protocol/api/desk.ts';
import type { Tx } from '../platform/database.ts';
import { requestsTable, type RequestRow } from './desk.tables.ts';

/** Closed requests on the desk: the newest, enough for a day of one team. */
const CLOSED_ON_DESK = 50;

export function insertRequest(
  tx: Tx,
  row: Omit<RequestRow, 'state' | 'agentId' | 'takenAt' | 'closedAt' | 'lastMessageAt'>,
): void {
  tx.insert(requestsTable)
    .values({ ...row, state: 'waiting' })
    .run();
}

export function findRequest(tx: Tx, id: string): RequestRow | undefined {
  return tx.select().from(requestsTable).where(eq(requestsTable.id, id)).get();
}

/** An employee's own, newest first. */
export function listRequestsOf(tx: Tx, employeeId: string): RequestRow[] {
  return tx
    .select()
    .from(requestsTable)
    .where(eq(requestsTable.employeeId, employeeId))
    .orderBy(desc(requestsTable.createdAt), desc(requestsTable.id))
    .limit(200)
    .all();
}

/** Everything open oldest first, and the newest closed. */
export function listDesk(tx: Tx): { open: RequestRow[]; closed: RequestRow[] } {
  const open = tx
    .select()
    .from(requestsTable)
    .where(inArray(requestsTable.state, ['waiting', 'taken']))
    .orderBy(asc(requestsTable.createdAt), asc(requestsTable.id))
    .all();
  const closed = tx
    .select()
    .from(requestsTable)
    .where(inArray(requestsTable.state, ['solved', 'cancelled']))
    .orderBy(desc(requestsTable.closedAt))
    .limit(CLOSED_ON_DESK)
    .all();
  return { open, closed };
}

/** How many wait before this one: older, or as old and earlier by id. */
export function countAhead(tx: Tx, row: Pick<RequestRow, 'id' | 'createdAt'>): number {
  const isEarlier = or(
    lt(requestsTable.createdAt, row.createdAt),
    and(eq(requestsTable.createdAt, row.createdAt), lt(requestsTable.id, row.id)),
  );
  const found = tx
    .select({ ahead: count() })
    .from(requestsTable)
    .where(and(eq(requestsTable.state, 'waiting'), isEarlier))
    .get();
  return found?.ahead ?? 0;
}

export interface RequestExpectation {
  states: readonly RequestState[];
  agentId?: string;
}

export type RequestChange = Partial<Omit<RequestRow, 'id'>> & { state: RequestState };

/** Compare and set: undefined when the request was no longer as expected. */
export function moveRequest(
  tx: Tx,
  { id, from, to }: { id: string; from: RequestExpectation; to: RequestChange },
): RequestRow | undefined {
  const conditions: (SQL | undefined)[] = [eq(requestsTable.id, id), inArray(requestsTable.state, [...from.states])];
  if (from.agentId !== undefined) conditions.push(eq(requestsTable.agentId, from.agentId));
  return tx
    .update(requestsTable)
    .set(to)
    .where(and(...conditions))
    .returning()
    .get();
}

export function noteLastMessage(tx: Tx, id: string, at: number): void {
  tx.update(requestsTable).set({ lastMessageAt: at }).where(eq(requestsTable.id, id)).run();
}
