import { and, desc, eq, gt, isNull, ne } from '../platform/drizzle.ts';
import type { Tx } from '../platform/database.ts';
import { certificatesTable } from './authority.tables.ts';

export type CertificateRecord = typeof certificatesTable.$inferSelect;
export type CertificateKind = CertificateRecord['kind'];

export function insertCertificate(tx: Tx, record: Omit<CertificateRecord, 'revokedAt' | 'revokedReason'>): void {
  tx.insert(certificatesTable).values(record).run();
}

export function findCertificate(tx: Tx, serialNumber: string): CertificateRecord | null {
  const row = tx.select().from(certificatesTable).where(eq(certificatesTable.serialNumber, serialNumber)).get();
  return row ?? null;
}

/** The newest that still counts; null when there is none. */
export function findCurrent(
  tx: Tx,
  of: { kind: CertificateKind; subjectId: string; now: number },
): CertificateRecord | null {
  const row = tx
    .select()
    .from(certificatesTable)
    .where(
      and(
        eq(certificatesTable.kind, of.kind),
        eq(certificatesTable.subjectId, of.subjectId),
        isNull(certificatesTable.revokedAt),
        gt(certificatesTable.notAfter, of.now),
      ),
    )
    .orderBy(desc(certificatesTable.notBefore), desc(certificatesTable.notAfter))
    .limit(1)
    .get();
  return row ?? null;
}

/** Compare and set: false when it is unknown or already revoked. */
export function markRevoked(tx: Tx, serialNumber: string, at: { now: number; reason: string }): boolean {
  return (
    tx
      .update(certificatesTable)
      .set({ revokedAt: at.now, revokedReason: at.reason })
      .where(and(eq(certificatesTable.serialNumber, serialNumber), isNull(certificatesTable.revokedAt)))
      .run().changes === 1
  );
}

/** Serial numbers of what was revoked now. `exceptKey`: certificates for this key stay. */
export function markAllRevoked(
  tx: Tx,
  of: { kind: CertificateKind; subjectId: string; exceptKey?: string },
  at: { now: number; reason: string },
): string[] {
  return tx
    .update(certificatesTable)
    .set({ revokedAt: at.now, revokedReason: at.reason })
    .where(
      and(
        eq(certificatesTable.kind, of.kind),
        eq(certificatesTable.subjectId, of.subjectId),
        isNull(certificatesTable.revokedAt),
        gt(certificatesTable.notAfter, at.now),
        of.exceptKey === undefined ? undefined : ne(certificatesTable.publicKeySha256, of.exceptKey),
      ),
    )
    .returning({ serialNumber: certificatesTable.serialNumber })
    .all()
    .map((row) => row.serialNumber);
}
