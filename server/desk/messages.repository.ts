import { and, asc, eq } from '../platform/drizzle.ts';
import type { Tx } from '../platform/database.ts';
import { messagesTable, type MessageRow } from './desk.tables.ts';
import { noteLastMessage } from './requests.repository.ts';

/** A chat in the order in which it arrived. */
export function listMessages(tx: Tx, requestId: string): MessageRow[] {
  return tx
    .select()
    .from(messagesTable)
    .where(eq(messagesTable.requestId, requestId))
    .orderBy(asc(messagesTable.seq))
    .all();
}

/** What this author's page has sent under this id before. */
export function findResent(
  tx: Tx,
  by: { requestId: string; authorId: string; clientId: string },
): MessageRow | undefined {
  return tx
    .select()
    .from(messagesTable)
    .where(
      and(
        eq(messagesTable.requestId, by.requestId),
        eq(messagesTable.authorId, by.authorId),
        eq(messagesTable.clientId, by.clientId),
      ),
    )
    .get();
}

export function insertMessage(tx: Tx, row: Omit<MessageRow, 'seq'>): void {
  tx.insert(messagesTable).values(row).run();
  if (row.kind === 'chat') noteLastMessage(tx, row.requestId, row.sentAt);
}
