import { sql, integer, sqliteTable, text } from '../platform/drizzle.ts';

export const auditEvents = sqliteTable('audit_events', {
  seq: integer('seq').primaryKey(),
  at: integer('at').notNull(),
  prevHash: text('prev_hash').notNull(),
  payloadHash: text('payload_hash').notNull(),
  salt: text('salt'),
  payload: text('payload'),
  hash: text('hash').notNull(),
  actorId: text('actor_id').generatedAlwaysAs(sql`json_extract(payload, '$.actor.id')`),
  action: text('action').generatedAlwaysAs(sql`json_extract(payload, '$.action')`),
  targetId: text('target_id').generatedAlwaysAs(sql`json_extract(payload, '$.target.id')`),
  outcome: text('outcome').generatedAlwaysAs(sql`json_extract(payload, '$.outcome')`),
});

export const auditCheckpointKeys = sqliteTable('audit_checkpoint_keys', {
  serialNumber: text('serial_number').primaryKey(),
  certificate: text('certificate').notNull(),
});

export const auditCheckpoints = sqliteTable('audit_checkpoints', {
  seq: integer('seq').primaryKey(),
  at: integer('at').notNull(),
  hash: text('hash').notNull(),
  serialNumber: text('serial_number').notNull(),
  signature: text('signature').notNull(),
});
