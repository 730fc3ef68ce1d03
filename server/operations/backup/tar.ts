/**
 * Archives as POSIX tar (IEEE 1003.1, ustar): regular files alone, so that nothing in one can be a link, a device or a
 * folder that is in the way. The headers are node-tar's; what may be in an archive is decided by the caller.
 */
import { Header } from 'tar';
import { BackupError } from './backup-error.ts';

const BLOCK_BYTES = 512;
const NOTHING = Buffer.alloc(0);

export interface TarFile {
  path: string;
  bytes: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
}

/** The header of a file that follows. */
export function tarHeader({ path, bytes, modifiedAt }: TarFile): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const header = new Header({
    path,
    size: bytes,
    mode: 0o600,
    uid: 0,
    gid: 0,
    type: 'File',
    mtime: new Date(modifiedAt),
  });
  if (header.encode(block)) throw new BackupError(`${path} cannot be named in an archive`);
  return block;
}

/** What fills a file of this size up to the next block. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

/** Two empty blocks. */
export const TAR_END = Buffer.alloc(2 * BLOCK_BYTES);

export interface TarEntry {
  path: string;
  bytes: number;
  /** To be read to its end before the next entry is asked for; what is left is skipped. */
  content: AsyncIterable<Buffer>;
}

/** Entry by entry. Throws `BackupError` at the first thing that is not a regular file with an intact header. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, undefined> {
  const reader = new BlockReader(source);
  let last = 'the beginning';
  try {
    for (;;) {
      const block = await reader.take(BLOCK_BYTES, last);
      if (block.every((byte) => byte === 0)) {
        await reader.expectEnd(last);
        return undefined;
      }
      const { path, bytes } = readHeader(block, last);
      const content = reader.content(bytes, path);
      yield { path, bytes, content };
      for await (const _ of content) {
        // Skipped.
      }
      await reader.take(tarPadding(bytes).length, path);
      last = path;
    }
  } finally {
    await reader.close();
  }
}

function readHeader(block: Buffer, last: string): { path: string; bytes: number } {
  const header = decode(block, last);
  const { path = '', size = -1 } = header;
  if (!header.cksumValid) throw new BackupError(`the archive is damaged after ${last}`);
  if (header.type !== 'File') throw new BackupError(`${path} is not a regular file (${header.type})`);
  if (!Number.isSafeInteger(size) || size < 0) throw new BackupError(`${path} has no size`);
  return { path, bytes: size };
}

/** Some spellings of a number are errors of their own. */
function decode(block: Buffer, last: string): Header {
  try {
    return new Header(block);
  } catch (cause) {
    throw new BackupError(`the archive is damaged after ${last}`, { cause });
  }
}

/** Hands out exactly as many bytes as are asked for, whatever pieces they come in. */
class BlockReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = NOTHING;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Whoever does not read to the end leaves no file open. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async take(count: number, last: string): Promise<Buffer> {
    const parts: Buffer[] = [];
    let missing = count;
    while (missing > 0) {
      const part = await this.#part(missing, `after ${last}`);
      if (part === null) throw new BackupError(`the archive ends in the middle, after ${last}`);
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  content(bytes: number, path: string): AsyncIterable<Buffer> {
    let missing = bytes;
    const pull = async (): Promise<IteratorResult<Buffer, undefined>> => {
      if (missing === 0) return { done: true, value: undefined };
      const part = await this.#part(missing, `in ${path}`);
      if (part === null) throw new BackupError(`the archive ends in the middle of ${path}`);
      missing -= part.length;
      return { done: false, value: part };
    };
    // Without `return`: leaving a loop early must not keep the rest from being skipped.
    return { [Symbol.asyncIterator]: () => ({ next: pull }) };
  }

  /** Only zeros may follow: tar pads to its record size. */
  async expectEnd(last: string): Promise<void> {
    for (;;) {
      const part = await this.#part(BLOCK_BYTES, `after ${last}`);
      if (part === null) return;
      if (part.some((byte) => byte !== 0)) throw new BackupError(`there is something after the end, behind ${last}`);
    }
  }

  /** At most `limit` bytes; null at the end. */
  async #part(limit: number, where: string): Promise<Buffer | null> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#next(where);
      if (done === true) return null;
      this.#rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    const part = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** What comes may be deciphered on the way, and then bytes that were changed are an error of the source. */
  async #next(where: string): Promise<IteratorResult<Uint8Array>> {
    try {
      return await this.#source.next();
    } catch (cause) {
      throw new BackupError(`the archive is damaged ${where}: it cannot be read on`, { cause });
    }
  }
}
