import { SWITCH_KINDS } from '../../protocol/api/edition.ts';
import { integer, primaryKey, sqliteTable, text } from '../platform/drizzle.ts';

export const editionOffTable = sqliteTable(
  'edition_off',
  { kind: text('kind', { enum: SWITCH_KINDS }).notNull(), subject: text('subject').notNull() },
  (table) => [primaryKey({ columns: [table.kind, table.subject] })],
);

export const editionVersionsTable = sqliteTable('edition_versions', {
  version: integer('version').primaryKey(),
  changedAt: integer('changed_at').notNull(),
  changedBy: text('changed_by').notNull(),
});
