import { integer, primaryKey, sqliteTable, text } from '../platform/drizzle.ts';
import { CATEGORY_ICONS, IMPACTS, PRIORITIES, REQUEST_STATES } from '../../protocol/api/desk.ts';

export const queuesTable = sqliteTable('queues', {
  id: text('id').primaryKey(),
  nameEn: text('name_en').notNull(),
  nameZh: text('name_zh').notNull(),
  isDefault: integer('is_default', { mode: 'boolean' }).notNull(),
  isActive: integer('is_active', { mode: 'boolean' }).notNull(),
  position: integer('position').notNull(),
});
export type QueueRow = typeof queuesTable.$inferSelect;

export const queueDepartmentsTable = sqliteTable(
  'queue_departments',
  { queueId: text('queue_id').notNull(), departmentId: text('department_id').notNull() },
  (table) => [primaryKey({ columns: [table.queueId, table.departmentId] })],
);

export const queueChoicesTable = sqliteTable(
  'queue_choices',
  { personId: text('person_id').notNull(), queueId: text('queue_id').notNull() },
  (table) => [primaryKey({ columns: [table.personId, table.queueId] })],
);

export const categoriesTable = sqliteTable('categories', {
  id: text('id').primaryKey(),
  nameEn: text('name_en').notNull(),
  nameZh: text('name_zh').notNull(),
  hintEn: text('hint_en').notNull(),
  hintZh: text('hint_zh').notNull(),
  icon: text('icon', { enum: CATEGORY_ICONS }).notNull(),
  isActive: integer('is_active', { mode: 'boolean' }).notNull(),
  position: integer('position').notNull(),
  /** Null: the default queue. */
  queueId: text('queue_id'),
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
  /** Never null: triggers see to it. */
  queueId: text('queue_id').notNull(),
  impact: text('impact', { enum: IMPACTS }).notNull(),
  priority: text('priority', { enum: PRIORITIES }).notNull(),
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
  /** A person's id or a queue's. */
  subjectId: text('subject_id'),
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

export const handoversTable = sqliteTable('handovers', {
  id: text('id').primaryKey(),
  requestId: text('request_id').notNull(),
  byId: text('by_id').notNull(),
  toAgentId: text('to_agent_id'),
  toQueueId: text('to_queue_id'),
  note: text('note').notNull(),
  handedOverAt: integer('handed_over_at').notNull(),
});
export type HandoverRow = typeof handoversTable.$inferSelect;

export const cannedRepliesTable = sqliteTable('canned_replies', {
  id: text('id').primaryKey(),
  /** Null: shared by the desk. */
  ownerId: text('owner_id'),
  title: text('title').notNull(),
  text: text('text').notNull(),
  changedAt: integer('changed_at').notNull(),
});
export type CannedReplyRow = typeof cannedRepliesTable.$inferSelect;
