import type { RawDatabase } from '../../platform/database.ts';

/**
 * Everything in a restored database that would still open something is closed here, in plain SQL on columns that every
 * version has had since 0001: a backup made before an upgrade is restored without migrating it, so that one can go back.
 * A test compares this with all columns of the present schema that can hold a secret.
 */
export interface Voided {
  signIns: number;
  passwordLinks: number;
  invitations: number;
  helperTokens: number;
  sessions: { id: string; sharer: string; startedAt: number | null }[];
  certificates: { serialNumber: string; kind: 'identity' | 'device'; subjectId: string; label: string }[];
}

/** Of the reasons that every version can show, the one that says that it was neither side. */
export const RESTORED_END_REASON = 'server-restarted';
const REVOKED_REASON = 'restored from a backup';

/** Inside a transaction of the caller. */
export function voidWhatOpens(raw: RawDatabase, now: number): Voided {
  const change = (sql: string, ...values: unknown[]): number => raw.prepare(sql).run(...values).changes;
  return {
    signIns: change('DELETE FROM sign_ins'),
    passwordLinks: change('DELETE FROM password_links'),
    invitations: change(
      `UPDATE invitations SET secret_hash = NULL, code_hmac = NULL
       WHERE secret_hash IS NOT NULL OR code_hmac IS NOT NULL`,
    ),
    helperTokens: change('UPDATE helper_tokens SET closed_at = ? WHERE closed_at IS NULL', now),
    sessions: endSessions(raw, now),
    certificates: revokeCertificates(raw, now),
  };
}

function endSessions(raw: RawDatabase, now: number): Voided['sessions'] {
  const open = raw
    .prepare<[], Voided['sessions'][number]>(
      `SELECT s.id, p.name AS sharer, s.started_at AS startedAt
       FROM sessions s JOIN people p ON p.id = s.sharer_id WHERE s.state <> 'ended' ORDER BY s.created_at`,
    )
    .all();
  raw.prepare('UPDATE session_grants SET revoked_at = ? WHERE revoked_at IS NULL').run(now);
  raw
    .prepare(
      `UPDATE sessions SET previous_state = state, state = 'ended', state_since = ?, ended_at = ?, end_reason = ?,
         pause_reason = NULL
       WHERE state <> 'ended'`,
    )
    .run(now, now, RESTORED_END_REASON);
  return open;
}

function revokeCertificates(raw: RawDatabase, now: number): Voided['certificates'] {
  const live = raw
    .prepare<[number], Voided['certificates'][number]>(
      `SELECT c.serial_number AS serialNumber, c.kind, c.subject_id AS subjectId, COALESCE(p.name, '') AS label
       FROM certificates c LEFT JOIN people p ON p.id = c.subject_id
       WHERE c.kind IN ('identity', 'device') AND c.revoked_at IS NULL AND c.not_after > ?
       ORDER BY c.kind DESC, c.not_before`,
    )
    .all(now);
  raw
    .prepare(
      `UPDATE certificates SET revoked_at = ?, revoked_reason = ?
       WHERE kind IN ('identity', 'device') AND revoked_at IS NULL AND not_after > ?`,
    )
    .run(now, REVOKED_REASON, now);
  return live;
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
