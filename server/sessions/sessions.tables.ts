import { integer, primaryKey, sqliteTable, text } from '../platform/drizzle.ts';
import type { Policy } from '../../protocol/capabilities.ts';
import { END_REASONS, PAUSE_REASONS, SESSION_STATES } from '../../protocol/lifecycle.ts';
import { MODES } from '../../protocol/capabilities.ts';
import { PURPOSES } from '../../protocol/grant.ts';
import { REACHES, type ScopeFact } from '../../protocol/scope.ts';

export const sessionTransitionsTable = sqliteTable(
  'session_transitions',
  {
    fromState: text('from_state', { enum: SESSION_STATES }).notNull(),
    toState: text('to_state', { enum: SESSION_STATES }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.fromState, table.toState] })],
);

export const sessionsTable = sqliteTable('sessions', {
  id: text('id').primaryKey(),
  requestId: text('request_id').notNull(),
  state: text('state', { enum: SESSION_STATES }).notNull(),
  previousState: text('previous_state', { enum: SESSION_STATES }),
  stateSince: integer('state_since').notNull(),
  reason: text('reason').notNull(),
  requestedMode: text('requested_mode', { enum: MODES }).notNull(),
  policy: text('policy', { mode: 'json' }).$type<Policy>().notNull(),
  sharerId: text('sharer_id').notNull(),
  isGuest: integer('is_guest', { mode: 'boolean' }).notNull().default(false),
  agentId: text('agent_id').notNull(),
  agentSerial: text('agent_serial').notNull(),
  agentCertificate: text('agent_certificate').notNull(),
  deviceSerial: text('device_serial'),
  devicePlatform: text('device_platform'),
  helperVersion: text('helper_version'),
  createdAt: integer('created_at').notNull(),
  startedAt: integer('started_at'),
  endedAt: integer('ended_at'),
  endReason: text('end_reason', { enum: END_REASONS }),
  pauseReason: text('pause_reason', { enum: PAUSE_REASONS }),
  bytes: integer('bytes').notNull().default(0),
  pictureFrames: integer('picture_frames').notNull().default(0),
  inputFrames: integer('input_frames').notNull().default(0),
});
export type SessionRow = typeof sessionsTable.$inferSelect;

export const sessionGrantsTable = sqliteTable(
  'session_grants',
  {
    sessionId: text('session_id').notNull(),
    id: text('id').notNull(),
    capability: text('capability').notNull(),
    holder: text('holder').notNull(),
    reach: text('reach', { enum: REACHES }).notNull(),
    scope: text('scope', { mode: 'json' }).$type<ScopeFact>().notNull(),
    purpose: text('purpose', { enum: PURPOSES }).notNull(),
    notAfter: integer('not_after').notNull(),
    consentText: text('consent_text'),
    grantedAt: integer('granted_at').notNull(),
    revokedAt: integer('revoked_at'),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.id] })],
);
export type SessionGrantRow = typeof sessionGrantsTable.$inferSelect;

export const invitationsTable = sqliteTable('invitations', {
  sessionId: text('session_id').primaryKey(),
  secretHash: text('secret_hash'),
  codeHmac: text('code_hmac'),
  expiresAt: integer('expires_at').notNull(),
  codeExpiresAt: integer('code_expires_at').notNull(),
  redeemedAt: integer('redeemed_at'),
});

export const helperTokensTable = sqliteTable('helper_tokens', {
  tokenHash: text('token_hash').primaryKey(),
  sessionId: text('session_id').notNull(),
  expiresAt: integer('expires_at').notNull(),
  closedAt: integer('closed_at'),
});
