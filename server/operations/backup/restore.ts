import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BACKUP_DATABASE, BACKUP_MANIFEST, BACKUP_SUMS, type BackupManifest } from '../../../protocol/backup.ts';
import { createAudit, type Audit, type AuditParty } from '../../audit/audit.ts';
import { verifyAudit, type AuditVerdict } from '../../audit/verify.ts';
import { readCaCertificates } from '../../authority/ca-files.ts';
import type { Clock } from '../../platform/clock.ts';
import { openDatabase, type Database, type RawDatabase, type Tx } from '../../platform/database.ts';
import { readMigrations } from '../../platform/migrations.ts';
import type { Random } from '../../platform/random.ts';
import { checkArchive, openArchive, type ArchiveSource, type CheckedArchive } from './archive.ts';
import { BackupError } from './backup-error.ts';
import { RESTORING_FOLDER } from './backup.files.ts';
import { appendEnds } from '../voiding.ts';
import {
  endSessions,
  endSignIns,
  findDamage,
  readAppliedNumbers,
  revokeCertificates,
  voidLinks,
  type EndedSession,
  type RevokedCertificate,
  type VoidedLinks,
} from '../voiding.repository.ts';
import type { TarEntry } from './tar.ts';

export interface RestoreOptions extends ArchiveSource {
  /** Must be empty or not there. */
  dataDir: string;
  /** Who restores, for the audit chain. */
  operator: AuditParty;
  clock: Clock;
  random: Random;
}

/** What a restored backup has closed. */
export interface Voided extends VoidedLinks {
  signIns: number;
  sessions: EndedSession[];
  certificates: RevokedCertificate[];
}

export interface Restored {
  manifest: BackupManifest;
  voided: Voided;
  /** Of the chain as it was in the backup. */
  verdict: AuditVerdict;
  auditHead: { seq: number; hash: string };
}

/** Beside what is written: a file system that is full to the last byte is no use to anybody. */
const SPARE_BYTES = 64 * 1024 * 1024;

/**
 * Fills an empty data directory. The archive is read twice: once to the end without writing anything, and again into a
 * folder of its own, of which everything is moved to its place at the end, the database last.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { dataDir } = options;
  requireEmpty(dataDir);
  const checked = await checkArchive(options);
  requireKnownSchema(checked.manifest);
  const isOwn = !existsSync(dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const staging = join(dataDir, RESTORING_FOLDER);
  let restored: Restored;
  try {
    requireSpace(dataDir, checked.manifest.bytes);
    await extract(options, checked, staging);
    restored = settle(options, checked.manifest, staging);
  } catch (error) {
    rmSync(isOwn ? dataDir : staging, { recursive: true, force: true });
    throw error;
  }
  // Should this be cut off, the folder stays, and no server starts beside it.
  moveIntoPlace(staging, dataDir);
  return restored;
}

/** A new disk has its `lost+found`. */
function requireEmpty(dataDir: string): void {
  if (!existsSync(dataDir)) return;
  const names = readdirSync(dataDir).filter((name) => name !== 'lost+found');
  if (names.includes(RESTORING_FOLDER))
    throw new BackupError(`an earlier restore into ${dataDir} did not finish: empty the directory and try again`);
  if (names.length > 0)
    throw new BackupError(`${dataDir} is not empty (${names.slice(0, 3).join(', ')}): restore into an empty directory`);
}

/** The archive's word is enough to refuse; the database itself is asked once it is there. */
function requireKnownSchema({ schema, version }: BackupManifest): void {
  const newest = readMigrations().at(-1)?.number ?? 0;
  if (Number(schema.slice(0, 4)) > newest) throw newerSchema(schema, version);
}

const newerSchema = (schema: string, version: string): BackupError =>
  new BackupError(
    `the backup was made by a newer Handrail (${version}, schema ${schema}): restore it with that version`,
  );

function requireSpace(dataDir: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(dataDir);
  const freeBytes = bavail * bsize;
  if (freeBytes < bytes + SPARE_BYTES)
    throw new BackupError(`the backup needs ${bytes} bytes and ${dataDir} has ${freeBytes} free`);
}

async function extract(source: ArchiveSource, { sums }: CheckedArchive, staging: string): Promise<void> {
  mkdirSync(staging, { mode: 0o700 });
  for await (const entry of await openArchive(source)) {
    if (entry.path === BACKUP_MANIFEST || entry.path === BACKUP_SUMS) continue;
    const expected = sums.get(entry.path);
    // Every path was judged by the check; one that is new was not there then.
    if (expected === undefined) throw new BackupError('the archive was changed while it was read');
    const file = join(staging, entry.path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if ((await writeEntry(file, entry)) !== expected)
      throw new BackupError('the archive was changed while it was read');
  }
}

/** Returns the SHA-256 of what is on the disk. */
async function writeEntry(file: string, { content }: TarEntry): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const part of content) {
      hash.update(part);
      await handle.writeFile(part);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

/** What a restored database needs before anybody may start a server on it, in one transaction. */
function settle(options: RestoreOptions, manifest: BackupManifest, staging: string): Restored {
  const { clock, random, operator } = options;
  const database = openDatabase(join(staging, BACKUP_DATABASE));
  try {
    requireSound(database, manifest);
    const caCertificate = readCaCertificates(staging);
    const verdict = verifyAudit(database.raw, { caCertificate });
    const audit = createAudit({ clock, random });
    const settled = database.transaction((tx) => {
      const by = { tx, audit, operator };
      const restored = appendRestored(by, manifest, verdict);
      const voided = voidWhatOpens(database.raw, clock.now());
      const auditHead = appendEnds({ tx, audit, now: clock.now() }, voided) ?? restored;
      return { voided, auditHead };
    });
    return { manifest, verdict, ...settled };
  } finally {
    // The last connection writes the log back and removes it.
    database.close();
  }
}

function requireSound({ raw }: Database, { schema, version }: BackupManifest): void {
  const damage = findDamage(raw);
  if (damage !== null) throw new BackupError(`the database in the backup is damaged: ${damage}`);
  const known = new Set(readMigrations().map(({ number }) => number));
  if (readAppliedNumbers(raw).some((number) => !known.has(number))) throw newerSchema(schema, version);
}

const REVOKED_REASON = 'restored from a backup';

function voidWhatOpens(raw: RawDatabase, now: number): Voided {
  return {
    signIns: endSignIns(raw),
    ...voidLinks(raw, now),
    sessions: endSessions(raw, now),
    certificates: revokeCertificates(raw, { now, reason: REVOKED_REASON }),
  };
}

interface By {
  tx: Tx;
  audit: Audit;
  operator: AuditParty;
}

function appendRestored({ tx, audit, operator }: By, manifest: BackupManifest, verdict: AuditVerdict) {
  const { madeAt: backupMadeAt, version: backupVersion, auditHead } = manifest;
  const detail = { backupMadeAt, backupVersion, headSeq: auditHead.seq, headHash: auditHead.hash };
  const isAuditIntact = verdict.isIntact;
  return audit.append(tx, { actor: operator, action: 'appliance/restored', detail: { ...detail, isAuditIntact } });
}

/** The database last: a directory without it is not one that a server would take for complete. */
function moveIntoPlace(staging: string, dataDir: string): void {
  const names = readdirSync(staging).toSorted((a, b) => Number(a === BACKUP_DATABASE) - Number(b === BACKUP_DATABASE));
  for (const name of names) renameSync(join(staging, name), join(dataDir, name));
  rmSync(staging, { recursive: true });
}
