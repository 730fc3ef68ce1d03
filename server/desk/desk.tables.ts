import { integer, sqliteTable, text } from '../platform/drizzle.ts';
import { CATEGORY_ICONS, REQUEST_STATES } from '../../protocol/api/desk.ts';

export const categoriesTable = sqliteTable('categories', {
  id: text('id').primaryKey(),
  nameEn: text('name_en').notNull(),
  nameZh: text('name_zh').notNull(),
  hintEn: text('hint_en').notNull(),
  hintZh: text('hint_zh').notNull(),
  icon: text('icon', { enum: CATEGORY_ICONS }).notNull(),
  isActive: integer('is_active', { mode: 'boolean' }).notNull(),
  position: integer('position').notNull(),
});

export const requestsTable = sqliteTable('requests', {
  id: text('id').primaryKey(),
  employeeId: text('employee_id').notNull(),
  categoryId: text('category_id').notNull(),
  symptom: text('symptom').notNull(),
  tried: text('tried').notNull(),
  expected: text('expected').notNull(),
  state: text('state', { enum: REQUEST_STATES }).notNull(),
  agentId: text('agent_id'),
  createdAt: integer('created_at').notNull(),
  takenAt: integer('taken_at'),
  closedAt: integer('closed_at'),
  lastMessageAt: integer('last_message_at'),
});
export type RequestRow = typeof requestsTable.$inferSelect;

export const messagesTable = sqliteTable('messages', {
  seq: integer('seq').primaryKey({ autoIncrement: true }),
  id: text('id').notNull(),
  requestId: text('request_id').notNull(),
  kind: text('kind', { enum: ['chat', 'system'] }).notNull(),
  authorId: text('author_id'),
  text: text('text').notNull(),
  clientId: text('client_id').notNull(),
  sentAt: integer('sent_at').notNull(),
});
export type MessageRow = typeof messagesTable.$inferSelect;

export const attachmentsTable = sqliteTable('attachments', {
  id: text('id').primaryKey(),
  requestId: text('request_id').notNull(),
  addedBy: text('added_by').notNull(),
  name: text('name').notNull(),
  kind: text('kind', { enum: ['image', 'text', 'archive'] }).notNull(),
  mediaType: text('media_type').notNull(),
  bytes: integer('bytes').notNull(),
  sha256: text('sha256').notNull(),
  storedAs: text('stored_as').notNull(),
  addedAt: integer('added_at').notNull(),
});
export type AttachmentRow = typeof attachmentsTable.$inferSelect;
