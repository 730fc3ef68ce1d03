import { createHash, X509Certificate } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BACKUP_DATABASE,
  BACKUP_MANIFEST,
  BACKUP_SUMS,
  type BackupManifest,
  type BackupSum,
} from '../../../protocol/backup.ts';
import type { Clock } from '../../platform/clock.ts';
import { copyDatabase, openDatabase } from '../../platform/database.ts';
import { encryptFor } from './age.adapter.ts';
import { BackupError } from './backup-error.ts';
import { listBackupFiles, SNAPSHOT_FOLDER } from './backup.files.ts';
import { readSnapshotFacts, type SnapshotFacts } from './backup.repository.ts';
import { lockMaintenance } from './maintenance-lock.ts';
import { TAR_END, tarHeader, tarPadding } from './tar.ts';

export interface BackupOptions {
  dataDir: string;
  /** Must not exist. Written beside it under a temporary name and renamed when it is whole. */
  file: string;
  /** age recipients; none: the archive can be read by whoever has it. */
  recipients?: readonly string[];
  /** Of the product. */
  version: string;
  clock: Clock;
}

export interface BackupMade {
  manifest: BackupManifest;
  /** Of the archive as it lies there. */
  bytes: number;
  sha256: string;
  isEncrypted: boolean;
  /** Attachments that the database names and the disk does not have: lost before, not by this. */
  lost: string[];
}

/**
 * Everything of a data directory in one archive, also while a server runs on it. The copy of the database comes first: a
 * file is on the disk before a row names it and stays there, so whatever the copy names is among the files read afterwards.
 */
export async function makeBackup(options: BackupOptions): Promise<BackupMade> {
  const { dataDir, file } = options;
  if (existsSync(file)) throw new BackupError(`${file} exists already: choose another name`);
  const unlock = lockMaintenance(dataDir);
  const folder = join(dataDir, SNAPSHOT_FOLDER);
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o700 });
    return await packWhole(options, await takeSnapshot(dataDir, join(folder, BACKUP_DATABASE)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
    unlock();
  }
}

interface Source {
  path: string;
  file: string;
  bytes: number;
  modifiedAt: number;
}

interface Snapshot extends SnapshotFacts {
  file: string;
}

async function takeSnapshot(dataDir: string, file: string): Promise<Snapshot> {
  const original = join(dataDir, BACKUP_DATABASE);
  if (!existsSync(original)) throw new BackupError(`there is no ${original}: is this the data directory?`);
  await copyDatabase(original, file);
  const copy = openDatabase(file);
  try {
    return { file, ...readSnapshotFacts(copy) };
  } finally {
    copy.close();
  }
}

async function packWhole(options: BackupOptions, snapshot: Snapshot): Promise<BackupMade> {
  const { dataDir, file, recipients = [] } = options;
  const sources = [
    toSource(BACKUP_DATABASE, snapshot.file),
    ...listBackupFiles(dataDir).map((path) => toSource(path, join(dataDir, path))),
  ];
  const manifest = describe(options, snapshot, sources);
  const archive = pack(manifest, sources);
  const isEncrypted = recipients.length > 0;
  const written = await writeWhole(file, isEncrypted ? await encryptFor(recipients, archive) : archive);
  const present = new Set(sources.map(({ path }) => path));
  const lost = snapshot.attachments.filter((name) => !present.has(`attachments/${name}`));
  return { manifest, ...written, isEncrypted, lost };
}

function toSource(path: string, file: string): Source {
  const { size, mtimeMs } = statSync(file);
  return { path, file, bytes: size, modifiedAt: Math.trunc(mtimeMs) };
}

function describe(
  { dataDir, version, clock }: BackupOptions,
  { schema, auditHead }: Snapshot,
  sources: readonly Source[],
): BackupManifest {
  const ca = new X509Certificate(readFileSync(join(dataDir, 'authority', 'ca.crt')));
  return {
    format: 'handrail backup 1',
    version,
    madeAt: clock.now(),
    schema,
    files: sources.length,
    bytes: sources.reduce((sum, { bytes }) => sum + bytes, 0),
    auditHead: { seq: auditHead.seq, hash: auditHead.hash },
    caFingerprint: createHash('sha256').update(ca.raw).digest('hex'),
  };
}

async function* pack(manifest: BackupManifest, sources: readonly Source[]): AsyncGenerator<Buffer, void> {
  const sums: BackupSum[] = [];
  const { madeAt } = manifest;
  async function* addText(path: string, text: string): AsyncGenerator<Buffer, void> {
    const content = Buffer.from(text, 'utf8');
    yield tarHeader({ path, bytes: content.length, modifiedAt: madeAt });
    yield Buffer.concat([content, tarPadding(content.length)]);
    sums.push({ path, sha256: createHash('sha256').update(content).digest('hex') });
  }
  yield* addText(BACKUP_MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  for (const source of sources) {
    yield tarHeader(source);
    const hash = createHash('sha256');
    for await (const part of readExactly(source)) {
      hash.update(part);
      yield part;
    }
    yield tarPadding(source.bytes);
    sums.push({ path: source.path, sha256: hash.digest('hex') });
  }
  yield* addText(BACKUP_SUMS, sums.map(({ sha256, path }) => `${sha256}  ${path}\n`).join(''));
  yield TAR_END;
}

/** As many bytes as the header promised: a file that has grown since is of an upload that no row names yet. */
async function* readExactly({ path, file, bytes }: Source): AsyncGenerator<Buffer, void> {
  if (bytes === 0) return;
  let missing = bytes;
  for await (const part of createReadStream(file, { end: bytes - 1 })) {
    missing -= (part as Buffer).length;
    yield part as Buffer;
  }
  if (missing > 0) throw new BackupError(`${path} became shorter while it was read: make the backup again`);
}

/** Readable by the owner alone; there completely or not at all, and on the disk before it is there. */
async function writeWhole(
  file: string,
  archive: AsyncIterable<Uint8Array>,
): Promise<{ bytes: number; sha256: string }> {
  const draft = `${file}.partial`;
  rmSync(draft, { force: true });
  try {
    const written = await writeDraft(draft, archive);
    renameSync(draft, file);
    return written;
  } finally {
    rmSync(draft, { force: true });
  }
}

async function writeDraft(
  draft: string,
  archive: AsyncIterable<Uint8Array>,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  // `wx`: never through a link that somebody has put there.
  const handle = await open(draft, 'wx', 0o600);
  try {
    for await (const part of archive) {
      hash.update(part);
      bytes += part.length;
      await handle.writeFile(part);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}
