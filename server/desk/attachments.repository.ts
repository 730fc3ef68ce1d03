import { asc, count, eq, inArray } from '../platform/drizzle.ts';
import type { Attachment } from '../../protocol/api/desk.ts';
import type { Tx } from '../platform/database.ts';
import { attachmentsTable, type AttachmentRow } from './desk.tables.ts';

export function insertAttachment(tx: Tx, row: AttachmentRow): void {
  tx.insert(attachmentsTable).values(row).run();
}

export function findAttachment(tx: Tx, id: string): AttachmentRow | undefined {
  return tx.select().from(attachmentsTable).where(eq(attachmentsTable.id, id)).get();
}

export function countAttachments(tx: Tx, requestId: string): number {
  const found = tx
    .select({ attachments: count() })
    .from(attachmentsTable)
    .where(eq(attachmentsTable.requestId, requestId))
    .get();
  return found?.attachments ?? 0;
}

/** The attachments of several requests at once, oldest first. */
export function listAttachments(tx: Tx, requestIds: readonly string[]): AttachmentRow[] {
  if (requestIds.length === 0) return [];
  return tx
    .select()
    .from(attachmentsTable)
    .where(inArray(attachmentsTable.requestId, [...requestIds]))
    .orderBy(asc(attachmentsTable.addedAt), asc(attachmentsTable.id))
    .all();
}

export function toAttachment({ id, name, kind, bytes, sha256, addedAt }: AttachmentRow): Attachment {
  return { id, name, kind, bytes, sha256, addedAt };
}
