/**
 * The helper's own file when it runs as the packaged program. A small launcher (ops/package/launcher) unpacks it into a
 * nameless file, so `process.execPath` says nothing; the launcher leaves its own file open and names the descriptor.
 * The last 32 bytes of the file are the SHA-256 of all the others.
 */
import { createHash, type Hash } from 'node:crypto';
import { fstatSync, openSync, readSync, readlinkSync } from 'node:fs';
import { isSea } from 'node:sea';

const DIGEST_BYTES = 32;

export interface OwnFile {
  /** Where it is now (it may have been renamed since); undefined when it was deleted already. */
  path: string | undefined;
  device: number;
  inode: number;
  bytes: number;
}

let opened: { fd: number; isLauncher: boolean } | undefined;

/** Undefined when run from source: Node itself is nobody's helper. */
export function findOwnFile(): OwnFile | undefined {
  if (!isSea()) return undefined;
  const { fd, isLauncher } = openOnce();
  const { dev: device, ino: inode, size: bytes } = fstatSync(fd);
  return { path: isLauncher ? pathOf(fd) : process.execPath, device, inode, bytes };
}

export interface FileCheck {
  isIntact: boolean;
  /** SHA-256 of the whole file, hex: what the manifest of the build names. */
  sha256: string;
}

/** The file that the person started is not the one that was built; the person is told and nothing is done. */
export class FileChangedError extends Error {
  override name = 'FileChangedError';
  readonly code = 'file-changed';
}

/** Refuses to go on when a single byte of the packaged program differs; nothing when run from source. */
export function refuseChangedFile(): void {
  if (checkOwnFile()?.isIntact === false)
    throw new FileChangedError('the file of this program was changed or is incomplete');
}

/** Reads the whole file once. Undefined when run from source. */
export function checkOwnFile(): FileCheck | undefined {
  return isSea() ? checkFile(openOnce().fd) : undefined;
}

/** Whether the last 32 bytes are the digest of those before them. */
export function checkFile(fd: number): FileCheck {
  const hashed = fstatSync(fd).size - DIGEST_BYTES;
  const chunk = Buffer.allocUnsafe(1 << 20);
  const hash = createHash('sha256');
  let at = 0;
  while (at < hashed) {
    const read = readSync(fd, chunk, 0, Math.min(chunk.length, hashed - at), at);
    if (read === 0) break;
    hash.update(chunk.subarray(0, read));
    at += read;
  }
  const digest = Buffer.alloc(DIGEST_BYTES);
  const read = readSync(fd, digest, 0, DIGEST_BYTES, at);
  const isIntact = at === hashed && read === DIGEST_BYTES && digestOf(hash).equals(digest);
  return { isIntact, sha256: hash.update(digest.subarray(0, read)).digest('hex') };
}

function digestOf(hash: Hash): Buffer {
  return hash.copy().digest();
}

/** `HANDRAIL_LAUNCHER_FD` is set by the launcher: the descriptor of the file that the person started. */
function openOnce(): { fd: number; isLauncher: boolean } {
  if (opened !== undefined) return opened;
  const inherited = process.env.HANDRAIL_LAUNCHER_FD;
  // Not for the programs that we start.
  delete process.env.HANDRAIL_LAUNCHER_FD;
  opened =
    inherited !== undefined && /^\d{1,6}$/.test(inherited)
      ? { fd: Number(inherited), isLauncher: true }
      : { fd: openSync(process.execPath, 'r'), isLauncher: false };
  return opened;
}

function pathOf(fd: number): string | undefined {
  const path = readlinkSync(`/proc/self/fd/${fd}`);
  return path.endsWith(' (deleted)') ? undefined : path;
}
