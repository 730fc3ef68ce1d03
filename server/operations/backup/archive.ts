/** Reading a backup: what it must look like, and the first thing in it that does not. Writes nothing. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import {
  BACKUP_DATABASE,
  BACKUP_MANIFEST,
  BACKUP_SUMS,
  backupManifest,
  backupPath,
  backupSum,
  MAX_MANIFEST_BYTES,
  MAX_SUMS_BYTES,
  type BackupManifest,
} from '../../../protocol/backup.ts';
import { AGE_MAGIC, decryptWith } from './age.adapter.ts';
import { BackupError } from './backup-error.ts';
import { isLeftOut } from './backup.files.ts';
import { readTar, type TarEntry } from './tar.ts';

export interface ArchiveSource {
  file: string;
  /** Lines of an age identity file; needed only for an encrypted backup. */
  identities?: readonly string[];
}

/** A backup that was read to its end and is whole. */
export interface CheckedArchive {
  manifest: BackupManifest;
  /** SHA-256 by path, the manifest's own among them. */
  sums: ReadonlyMap<string, string>;
}

const MUST_HAVE = [BACKUP_DATABASE, 'authority/ca.crt', 'authority/ca.key'] as const;

/** The entries of a backup, decrypted where it is encrypted. Throws `BackupError` at what is no backup. */
export async function openArchive({
  file,
  identities = [],
}: ArchiveSource): Promise<AsyncGenerator<TarEntry, undefined>> {
  const isEncrypted = await beginsWith(file, AGE_MAGIC);
  if (isEncrypted && identities.length === 0)
    throw new BackupError(`${file} is encrypted: name the file with the age identity (--identity FILE)`);
  const bytes = createReadStream(file, { highWaterMark: 256 * 1024 });
  return readTar(isEncrypted ? await decryptWith(identities, bytes) : bytes);
}

async function beginsWith(file: string, text: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(text.length), 0, text.length, 0);
    return buffer.toString('latin1', 0, bytesRead) === text;
  } finally {
    await handle.close();
  }
}

/** Reads all of it and compares each file with its sum. */
export async function checkArchive(source: ArchiveSource): Promise<CheckedArchive> {
  const entries = await openArchive(source);
  const { manifest, sha256 } = await readManifest(entries, source.file);
  const found = new Map([[BACKUP_MANIFEST as string, sha256]]);
  const folders = new Set<string>();
  let bytes = 0;
  for await (const entry of entries) {
    if (entry.path === BACKUP_SUMS) {
      const sums = await readSums(entry);
      // What is behind the sums would be covered by nothing.
      for await (const extra of entries) throw new BackupError(`${extra.path} stands behind the sums`);
      return { manifest, sums: compare({ manifest, found, sums, bytes }) };
    }
    checkPath(entry, { found, folders });
    bytes += entry.bytes;
    if (found.size > manifest.files || bytes > manifest.bytes)
      throw new BackupError(`${entry.path} is more than the backup says it holds`);
    found.set(entry.path, await hashOf(entry));
  }
  throw new BackupError(`the archive ends without ${BACKUP_SUMS}: it is not complete`);
}

async function readManifest(
  entries: AsyncGenerator<TarEntry, undefined>,
  file: string,
): Promise<{ manifest: BackupManifest; sha256: string }> {
  const notOurs = (cause?: unknown): BackupError => new BackupError(`${file} is no backup of Handrail`, { cause });
  let first: TarEntry | undefined;
  try {
    first = (await entries.next()).value;
  } catch (cause) {
    throw notOurs(cause);
  }
  if (first?.path !== BACKUP_MANIFEST || first.bytes > MAX_MANIFEST_BYTES) throw notOurs();
  const bytes = await collect(first);
  try {
    const manifest = backupManifest.parse(JSON.parse(bytes.toString('utf8')));
    return { manifest, sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (cause) {
    throw new BackupError(`${BACKUP_MANIFEST} is damaged, or of a version that this one cannot read`, { cause });
  }
}

/** Path by path, so that the first one that could leave the directory or cover another ends it. */
function checkPath({ path }: TarEntry, seen: { found: ReadonlyMap<string, string>; folders: Set<string> }): void {
  const isOurs =
    backupPath.safeParse(path).success && (path === BACKUP_DATABASE || !isLeftOut(path.split('/')[0] ?? ''));
  if (!isOurs) throw new BackupError(`${JSON.stringify(path.slice(0, 200))} is not a path that a backup has`);
  const parents = [...parentsOf(path)];
  const isTwice = [path, ...parents].some((one) => seen.found.has(one)) || seen.folders.has(path);
  if (isTwice) throw new BackupError(`${path} is in the archive twice`);
  for (const parent of parents) seen.folders.add(parent);
}

function* parentsOf(path: string): Generator<string> {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) yield path.slice(0, end);
}

async function readSums(entry: TarEntry): Promise<Map<string, string>> {
  if (entry.bytes > MAX_SUMS_BYTES) throw new BackupError(`${BACKUP_SUMS} is too large`);
  const lines = (await collect(entry)).toString('utf8').split('\n').slice(0, -1);
  return new Map(
    lines.map((line, index) => {
      const [, sha256, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      const sum = backupSum.safeParse({ sha256, path });
      if (!sum.success) throw new BackupError(`line ${index + 1} of ${BACKUP_SUMS} cannot be read`);
      return [sum.data.path, sum.data.sha256];
    }),
  );
}

function compare(read: {
  manifest: BackupManifest;
  found: ReadonlyMap<string, string>;
  sums: Map<string, string>;
  bytes: number;
}): ReadonlyMap<string, string> {
  const { manifest, found, sums, bytes } = read;
  for (const [path, sha256] of found) {
    if (sums.get(path) === undefined) throw new BackupError(`${path} is not among the sums`);
    if (sums.get(path) !== sha256) throw new BackupError(`${path} is damaged: its content is not what the sums say`);
  }
  const missing = [...sums.keys(), ...MUST_HAVE].find((path) => !found.has(path));
  if (missing !== undefined) throw new BackupError(`${missing} is missing`);
  if (found.size !== manifest.files + 1 || bytes !== manifest.bytes)
    throw new BackupError('the archive holds less than it says');
  return sums;
}

async function hashOf(entry: TarEntry): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of entry.content) hash.update(part);
  return hash.digest('hex');
}

async function collect(entry: TarEntry): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of entry.content) parts.push(part);
  return Buffer.concat(parts);
}
