import { SYSTEM, type Audit } from '../audit/audit.ts';
import type { Tx } from '../platform/database.ts';
import { OFFLINE_END_REASON, type EndedSession, type RevokedCertificate } from './voiding.repository.ts';

/** One event for each certificate and each session that was ended offline, as if they had ended one by one. */
export function appendEnds(
  { tx, audit, now }: { tx: Tx; audit: Audit; now: number },
  { sessions, certificates }: { sessions: readonly EndedSession[]; certificates: readonly RevokedCertificate[] },
): { seq: number; hash: string } | null {
  let last: { seq: number; hash: string } | null = null;
  for (const { serialNumber, kind, subjectId, label } of certificates) {
    const target = { id: subjectId, label };
    const action = kind === 'identity' ? 'identity/revoked' : 'certificate/revoked';
    last = audit.append(tx, { actor: SYSTEM, action, target, detail: { serialNumber } });
  }
  for (const { id, sharer, startedAt } of sessions) {
    const durationS = startedAt === null ? 0 : Math.max(0, Math.round((now - startedAt) / 1000));
    const detail = { reason: OFFLINE_END_REASON, durationS };
    last = audit.append(tx, { actor: SYSTEM, action: 'session/ended', target: { id, label: sharer }, detail });
  }
  return last;
}
