import type { Status, StatusCertificate, StatusWarning } from '../../../protocol/api/status.ts';

/** Whole days from now; none once it has ended. */
export function daysLeft({ notAfter }: StatusCertificate, now: number): number {
  return Math.max(0, Math.floor((notAfter - now) / (24 * 3_600_000)));
}

export type CertificateState = 'valid' | 'ends-soon' | 'ended';

/** As the server judges it: the page does not know how long before it warns. */
export function stateOfCertificate({ kind }: StatusCertificate, warnings: readonly StatusWarning[]): CertificateState {
  const own = warnings.find((warning) => 'kind' in warning && warning.kind === kind);
  if (own === undefined) return 'valid';
  return own.code === 'certificate-ended' ? 'ended' : 'ends-soon';
}

export interface StoragePart {
  key: 'database' | 'attachments' | 'backups' | 'other' | 'handrail' | 'others' | 'free';
  bytes: number;
}

/** The disk in three parts, and what Handrail has of it in four. */
export function partsOfStorage(storage: Status['storage']): { disk: StoragePart[]; data: StoragePart[] } {
  const { databaseBytes, attachmentBytes, backupBytes, otherBytes, freeBytes, totalBytes } = storage;
  const own = databaseBytes + attachmentBytes + backupBytes + otherBytes;
  return {
    disk: [
      { key: 'handrail', bytes: own },
      { key: 'others', bytes: Math.max(0, totalBytes - freeBytes - own) },
      { key: 'free', bytes: freeBytes },
    ],
    data: [
      { key: 'database', bytes: databaseBytes },
      { key: 'attachments', bytes: attachmentBytes },
      { key: 'backups', bytes: backupBytes },
      { key: 'other', bytes: otherBytes },
    ],
  };
}
