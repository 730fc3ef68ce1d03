import type { Status, StatusCertificate, StatusWarning } from '../../protocol/api/status.ts';
import { FULL_DISK_BYTES } from './readiness.ts';

const DAY_MS = 24 * 3_600_000;
const LOW_DISK_BYTES = 2 * 1024 * 1024 * 1024;
/** Share of the disk that should stay free. */
const LOW_DISK_PART = 0.05;
/** A working day without a backup is bad luck, a week is a habit. */
const OLD_BACKUP_MS = 7 * DAY_MS;
/** Checkpoints are signed a minute after an event; a quarter of an hour without one is a fault. */
const LATE_CHECKPOINT_MS = 15 * 60_000;

/**
 * How long before its end a certificate is worth a warning. The server's own is renewed 30 days before by itself, so one
 * that is still there later was not; the company's has to be asked for; a new CA has to reach every browser.
 */
const WARN_BEFORE_MS: Readonly<Record<StatusCertificate['kind'], number>> = {
  portal: 30 * DAY_MS,
  server: 14 * DAY_MS,
  authority: 180 * DAY_MS,
  checkpoint: 30 * DAY_MS,
};

export interface Judged {
  status: Omit<Status, 'warnings'>;
  /** When the organisation was set up; null before. */
  setUpAt: number | null;
  /** When the first event came that no checkpoint has signed; null when all are. */
  unsignedSince: number | null;
  /** The port on which health and metrics should be answered and are not; null when all is well. */
  silentPort: number | null;
}

/** What an operator should do something about, most urgent first. */
export function judgeStatus({ status, setUpAt, unsignedSince, silentPort }: Judged): StatusWarning[] {
  const { at } = status;
  return [
    ...judgeDisk(status.storage),
    ...status.certificates.flatMap((certificate) => judgeCertificate(certificate, at)),
    ...judgeBackup(status.backup, { at, setUpAt }),
    ...(unsignedSince !== null && at - unsignedSince > LATE_CHECKPOINT_MS
      ? [{ code: 'checkpoint-late' as const, at: status.audit.checkpoint?.at ?? null }]
      : []),
    ...(status.helpers.length === 0 ? [{ code: 'helper-missing' as const }] : []),
    ...(silentPort === null ? [] : [{ code: 'metrics-unavailable' as const, port: silentPort }]),
  ];
}

function judgeDisk({ freeBytes, totalBytes }: Status['storage']): StatusWarning[] {
  if (freeBytes < FULL_DISK_BYTES) return [{ code: 'disk-full', freeBytes }];
  const isLow = freeBytes < Math.min(LOW_DISK_BYTES, totalBytes * LOW_DISK_PART);
  return isLow ? [{ code: 'disk-low', freeBytes }] : [];
}

function judgeCertificate({ kind, notAfter }: StatusCertificate, now: number): StatusWarning[] {
  if (notAfter <= now) return [{ code: 'certificate-ended', kind, at: notAfter }];
  return notAfter - now < WARN_BEFORE_MS[kind] ? [{ code: 'certificate-ends', kind, at: notAfter }] : [];
}

/** Nobody has anything to lose on the first day. */
function judgeBackup(
  backup: Status['backup'],
  { at, setUpAt }: { at: number; setUpAt: number | null },
): StatusWarning[] {
  if (setUpAt === null || at - setUpAt < DAY_MS) return [];
  if (backup === null) return [{ code: 'backup-missing' }];
  return at - backup.at > OLD_BACKUP_MS ? [{ code: 'backup-old', at: backup.at }] : [];
}
