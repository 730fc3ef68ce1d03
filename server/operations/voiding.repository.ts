import type { RawDatabase } from '../platform/database.ts';

/**
 * Everything in a database that would still open something is closed here, while no server runs on it. In plain SQL on
 * columns that every version has had since 0001: a backup made before an upgrade is restored without migrating it, so that
 * one can go back. A test compares this with all columns of the present schema that can hold a secret. Call inside a
 * transaction.
 */
export interface EndedSession {
  id: string;
  sharer: string;
  startedAt: number | null;
}

export interface RevokedCertificate {
  serialNumber: string;
  kind: 'identity' | 'device';
  subjectId: string;
  label: string;
}

export interface VoidedLinks {
  passwordLinks: number;
  invitations: number;
  helperTokens: number;
}

/** Of the reasons that every version can show, the one that says that it was neither side. */
export const OFFLINE_END_REASON = 'server-restarted';

const change = (raw: RawDatabase, sql: string, ...values: unknown[]): number => raw.prepare(sql).run(...values).changes;

/** How many there were. */
export function endSignIns(raw: RawDatabase): number {
  return change(raw, 'DELETE FROM sign_ins');
}

/** One-time password links, invitations by link and by spoken code, helper downloads. */
export function voidLinks(raw: RawDatabase, now: number): VoidedLinks {
  return {
    passwordLinks: change(raw, 'DELETE FROM password_links'),
    invitations: change(
      raw,
      `UPDATE invitations SET secret_hash = NULL, code_hmac = NULL
       WHERE secret_hash IS NOT NULL OR code_hmac IS NOT NULL`,
    ),
    helperTokens: change(raw, 'UPDATE helper_tokens SET closed_at = ? WHERE closed_at IS NULL', now),
  };
}

/** Every session that has not ended, with its grants. */
export function endSessions(raw: RawDatabase, now: number): EndedSession[] {
  const open = raw
    .prepare<[], EndedSession>(
      `SELECT s.id, p.name AS sharer, s.started_at AS startedAt
       FROM sessions s JOIN people p ON p.id = s.sharer_id WHERE s.state <> 'ended' ORDER BY s.created_at`,
    )
    .all();
  change(raw, 'UPDATE session_grants SET revoked_at = ? WHERE revoked_at IS NULL', now);
  change(
    raw,
    `UPDATE sessions SET previous_state = state, state = 'ended', state_since = ?, ended_at = ?, end_reason = ?,
       pause_reason = NULL
     WHERE state <> 'ended'`,
    now,
    now,
    OFFLINE_END_REASON,
  );
  return open;
}

/** Certificates of people and devices that would still be valid, those of people first. */
export function revokeCertificates(raw: RawDatabase, at: { now: number; reason: string }): RevokedCertificate[] {
  const live = raw
    .prepare<[number], RevokedCertificate>(
      `SELECT c.serial_number AS serialNumber, c.kind, c.subject_id AS subjectId, COALESCE(p.name, '') AS label
       FROM certificates c LEFT JOIN people p ON p.id = c.subject_id
       WHERE c.kind IN ('identity', 'device') AND c.revoked_at IS NULL AND c.not_after > ?
       ORDER BY c.kind DESC, c.not_before`,
    )
    .all(at.now);
  change(
    raw,
    `UPDATE certificates SET revoked_at = ?, revoked_reason = ?
     WHERE kind IN ('identity', 'device') AND revoked_at IS NULL AND not_after > ?`,
    at.now,
    at.reason,
    at.now,
  );
  return live;
}

/** Certificates of the server itself: of this kind, as many as still counted. */
export function revokeOwnCertificates(
  raw: RawDatabase,
  kind: 'server' | 'checkpoint',
  at: { now: number; reason: string },
): string[] {
  return raw
    .prepare<[number, string, string], { serialNumber: string }>(
      `UPDATE certificates SET revoked_at = ?, revoked_reason = ? WHERE kind = ? AND revoked_at IS NULL
       RETURNING serial_number AS serialNumber`,
    )
    .all(at.now, at.reason, kind)
    .map(({ serialNumber }) => serialNumber);
}

/** Numbers of the migrations that have been applied. */
export function readAppliedNumbers(raw: RawDatabase): number[] {
  return raw
    .prepare<[], { number: number }>('SELECT number FROM schema_migrations ORDER BY number')
    .all()
    .map(({ number }) => number);
}

/** Null: SQLite finds nothing wrong with the file. */
export function findDamage(raw: RawDatabase): string | null {
  const result: unknown = raw.pragma('integrity_check(1)', { simple: true });
  return result === 'ok' ? null : String(result);
}
