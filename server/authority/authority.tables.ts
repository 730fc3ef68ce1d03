import { integer, sqliteTable, text } from '../platform/drizzle.ts';

export const certificatesTable = sqliteTable('certificates', {
  serialNumber: text('serial_number').primaryKey(),
  kind: text('kind', { enum: ['server', 'identity', 'device', 'checkpoint'] }).notNull(),
  subjectId: text('subject_id').notNull(),
  publicKeySha256: text('public_key_sha256').notNull(),
  pem: text('pem').notNull(),
  notBefore: integer('not_before').notNull(),
  notAfter: integer('not_after').notNull(),
  revokedAt: integer('revoked_at'),
  revokedReason: text('revoked_reason'),
});
