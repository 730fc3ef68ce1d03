/**
 * The helper's own file when it runs as the packaged program. A small launcher (ops/package/launcher) unpacks it, so
 * `process.execPath` says nothing. On Linux the launcher leaves its own file open and names the descriptor; on Windows,
 * where a running file stays where it is, it names the path. The last 32 bytes of the file, without what a signature
 * adds, are the SHA-256 of all the others.
 */
import { createHash } from 'node:crypto';
import { fstatSync, openSync, readSync, readlinkSync } from 'node:fs';
import { isSea } from 'node:sea';
import { HEADER_BYTES, signatureFields, type SignatureFields } from './executable.signature.ts';

const DIGEST_BYTES = 32;

export interface OwnFile {
  /** Where it is now (it may have been renamed since); undefined when it was deleted already. */
  path: string | undefined;
  device: number;
  inode: number;
  bytes: number;
}

/** `path` is undefined where the descriptor tells it, as it is at the moment. */
let opened: { fd: number; path: string | undefined } | undefined;

/** Undefined when run from source: Node itself is nobody's helper. */
export function findOwnFile(): OwnFile | undefined {
  if (!isSea()) return undefined;
  const { fd, path } = openOnce();
  const { dev: device, ino: inode, size: bytes } = fstatSync(fd);
  return { path: path ?? pathOf(fd), device, inode, bytes };
}

/** The file that the person started is not the one that was built; the person is told and nothing is done. */
export class FileChangedError extends Error {
  override name = 'FileChangedError';
  readonly code = 'file-changed';
}

/** Refuses to go on when a single byte of the packaged program differs; nothing when run from source. */
export function refuseChangedFile(): void {
  if (isSea() && !check().isIntact) throw new FileChangedError('the file of this program was changed or is incomplete');
}

interface FileCheck {
  isIntact: boolean;
  sha256: string;
}

let checked: FileCheck | undefined;

/** SHA-256 of the own file, hex: what the build's manifest and a server's list of revoked files name. Null from source. */
export function ownDigest(): string | null {
  return isSea() ? check().sha256 : null;
}

/** The own file is read once. */
function check(): FileCheck {
  return (checked ??= checkFile(openOnce().fd));
}

/** Whether the last 32 bytes are the digest of those before them, a signature aside; and the digest of the whole. */
export function checkFile(fd: number): FileCheck {
  const fields = fieldsOf(fd);
  const { size } = fstatSync(fd);
  const end = fields?.signatureAt ?? size;
  const [hash, whole] = [createHash('sha256'), createHash('sha256')];
  let digest = Buffer.alloc(0);
  let at = 0;
  for (const chunk of chunksOf(fd, size)) {
    whole.update(chunk);
    const built = chunk.subarray(0, Math.max(0, end - at));
    const content = built.subarray(0, Math.max(0, end - DIGEST_BYTES - at));
    hash.update(at === 0 ? unsigned(content, fields) : content);
    digest = Buffer.concat([digest, built.subarray(content.length)]);
    at += chunk.length;
  }
  const isIntact = at === size && digest.length === DIGEST_BYTES && hash.digest().equals(digest);
  return { isIntact, sha256: whole.digest('hex') };
}

function* chunksOf(fd: number, end: number): Generator<Buffer> {
  const chunk = Buffer.allocUnsafe(1 << 20);
  for (let at = 0; at < end;) {
    const read = readSync(fd, chunk, 0, Math.min(chunk.length, end - at), at);
    if (read === 0) return;
    yield chunk.subarray(0, read);
    at += read;
  }
}

function fieldsOf(fd: number): SignatureFields | undefined {
  const header = Buffer.alloc(HEADER_BYTES);
  return signatureFields(header.subarray(0, readSync(fd, header, 0, HEADER_BYTES, 0)));
}

/** What signing changes in the header counts as zeros. */
function unsigned(start: Buffer, fields: SignatureFields | undefined): Buffer {
  if (fields === undefined) return start;
  const copy = Buffer.from(start);
  for (const { at, length } of fields.places) copy.subarray(at, at + length).fill(0);
  return copy;
}

/** What the launcher tells in the environment: the descriptor (Linux) or path (Windows) of the file that was started. */
function openOnce(): { fd: number; path: string | undefined } {
  if (opened !== undefined) return opened;
  const { HANDRAIL_LAUNCHER_FD: inherited, HANDRAIL_LAUNCHER_PATH: named } = process.env;
  // Not for the programs that we start.
  delete process.env.HANDRAIL_LAUNCHER_FD;
  delete process.env.HANDRAIL_LAUNCHER_PATH;
  const path = (process.platform === 'win32' ? named : undefined) ?? process.execPath;
  opened =
    process.platform === 'linux' && inherited !== undefined && /^\d{1,6}$/.test(inherited)
      ? { fd: Number(inherited), path: undefined }
      : { fd: openSync(path, 'r'), path };
  return opened;
}

function pathOf(fd: number): string | undefined {
  const path = readlinkSync(`/proc/self/fd/${fd}`);
  return path.endsWith(' (deleted)') ? undefined : path;
}
