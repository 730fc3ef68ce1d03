import { asc, eq } from '../platform/drizzle.ts';
import type { Tx } from '../platform/database.ts';
import { handoversTable, type HandoverRow } from './desk.tables.ts';

export function insertHandover(tx: Tx, row: HandoverRow): void {
  tx.insert(handoversTable).values(row).run();
}

/** Oldest first. */
export function listHandovers(tx: Tx, requestId: string): HandoverRow[] {
  return tx
    .select()
    .from(handoversTable)
    .where(eq(handoversTable.requestId, requestId))
    .orderBy(asc(handoversTable.handedOverAt), asc(handoversTable.id))
    .all();
}
