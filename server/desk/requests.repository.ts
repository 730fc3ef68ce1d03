import { and, asc, desc, eq, inArray, sql, type SQL } from '../platform/drizzle.ts';
import { PRIORITIES, type Priority, type RequestState } from '../../protocol/api/desk.ts';
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

/** How urgent, as a number: SQLite sorts texts by their letters. */
const RANK = sql`CASE ${requestsTable.priority} ${sql.join(
  PRIORITIES.map((priority, rank) => sql`WHEN ${priority} THEN ${rank}`),
  sql` `,
)} END`;
/** Who is next: the most urgent first, of those the oldest. */
const IN_TURN = [desc(RANK), asc(requestsTable.createdAt), asc(requestsTable.id)];

/** Everything open in turn, and the newest closed. */
export function listDesk(tx: Tx): { open: RequestRow[]; closed: RequestRow[] } {
  const open = tx
    .select()
    .from(requestsTable)
    .where(inArray(requestsTable.state, ['waiting', 'taken']))
    .orderBy(...IN_TURN)
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

/** Id of each waiting request → how many wait before it in its queue. */
export function readPlaces(tx: Tx): Map<string, number> {
  const { id, queueId } = requestsTable;
  const waiting = tx.select({ id, queueId }).from(requestsTable).where(eq(requestsTable.state, 'waiting'));
  const taken = new Map<string, number>();
  return new Map(
    waiting
      .orderBy(...IN_TURN)
      .all()
      .map((row) => {
        const ahead = taken.get(row.queueId) ?? 0;
        taken.set(row.queueId, ahead + 1);
        return [row.id, ahead];
      }),
  );
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

/** Compare and set: false when the request is closed, or was not of this priority. */
export function changePriority(tx: Tx, { id, from, to }: { id: string; from: Priority; to: Priority }): boolean {
  const isOpen = inArray(requestsTable.state, ['waiting', 'taken']);
  const changed = tx
    .update(requestsTable)
    .set({ priority: to })
    .where(and(eq(requestsTable.id, id), eq(requestsTable.priority, from), isOpen))
    .run();
  return changed.changes === 1;
}
