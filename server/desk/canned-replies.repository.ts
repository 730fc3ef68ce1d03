import { asc, eq, isNull, or, sql } from '../platform/drizzle.ts';
import type { Tx } from '../platform/database.ts';
import { cannedRepliesTable, type CannedReplyRow } from './desk.tables.ts';

/** Those of the whole desk and this person's own, by title. */
export function listCannedReplies(tx: Tx, ownerId: string): CannedReplyRow[] {
  return tx
    .select()
    .from(cannedRepliesTable)
    .where(or(isNull(cannedRepliesTable.ownerId), eq(cannedRepliesTable.ownerId, ownerId)))
    .orderBy(asc(sql`${cannedRepliesTable.title} COLLATE NOCASE`), asc(cannedRepliesTable.id))
    .all();
}

export function findCannedReply(tx: Tx, id: string): CannedReplyRow | undefined {
  return tx.select().from(cannedRepliesTable).where(eq(cannedRepliesTable.id, id)).get();
}

export function insertCannedReply(tx: Tx, row: CannedReplyRow): void {
  tx.insert(cannedRepliesTable).values(row).run();
}

export function updateCannedReply(tx: Tx, row: CannedReplyRow): void {
  tx.update(cannedRepliesTable).set(row).where(eq(cannedRepliesTable.id, row.id)).run();
}

export function deleteCannedReply(tx: Tx, id: string): void {
  tx.delete(cannedRepliesTable).where(eq(cannedRepliesTable.id, id)).run();
}
