import { z } from './zod.ts';
import { timeMs } from './api/shared.ts';

/**
 * The first entry of a backup, `handrail-backup.json`: what the archive says of itself before anything is read from it. The
 * last entry, `SHA256SUMS`, is in the format of sha256sum(1), so that a backup can be checked without Handrail.
 */
export const BACKUP_MANIFEST = 'handrail-backup.json';
export const BACKUP_SUMS = 'SHA256SUMS';
export const BACKUP_DATABASE = 'handrail.db';

export const MAX_MANIFEST_BYTES = 64 * 1024;
/** A line is a hash, two spaces and a path: enough for half a million files. */
export const MAX_SUMS_BYTES = 128 * 1024 * 1024;

export const backupManifest = z.strictObject({
  format: z.literal('handrail backup 1'),
  /** Of the product that made it. */
  version: z.string().max(64),
  madeAt: timeMs,
  /** The newest migration of the database, for example `0003_sessions`. */
  schema: z.string().max(128),
  /** Everything but the manifest itself and the sums. */
  files: z.number().int().positive(),
  bytes: z.number().int().nonnegative(),
  /** Where the audit chain ended, to compare with what was noted elsewhere. */
  auditHead: z.strictObject({ seq: z.number().int().nonnegative(), hash: z.string().regex(/^[0-9a-f]{64}$/) }),
  /** SHA-256 of the internal CA's certificate, hex: which appliance this is. */
  caFingerprint: z.string().regex(/^[0-9a-f]{64}$/),
});
export type BackupManifest = z.infer<typeof backupManifest>;

/** Paths inside a backup: letters, digits, dot, dash, underscore; never empty, hidden or climbing; at most six deep. */
export const backupPath = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*){0,5}$/);

/** One line of the sums. */
export const backupSum = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), path: backupPath });
export type BackupSum = z.infer<typeof backupSum>;
