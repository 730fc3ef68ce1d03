/** Zstandard, with what was compressed before kept: Node and the native parts change only with their packages. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';

const compressInBackground = promisify(zstdCompress);

/** The checksum is what the launcher proves the content with. */
export function zstd(content: Uint8Array, level: number): Promise<Uint8Array> {
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: 1,
    // 128 MB: the whole of Node is one window.
    [constants.ZSTD_c_windowLog]: 27,
  };
  return compressInBackground(content, { params });
}

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

export interface Cache {
  /** The kept bytes of that name, made and kept when there are none. */
  keep(name: string, make: () => Promise<Uint8Array>): Promise<Uint8Array>;
}

/** A name must change with everything that the content depends on. */
export function openCache(folder: string): Cache {
  mkdirSync(folder, { recursive: true });
  return {
    keep: async (name, make) => {
      const file = join(folder, name);
      if (existsSync(file)) return readFileSync(file);
      const made = await make();
      writeFileSync(`${file}.${process.pid}.new`, made);
      renameSync(`${file}.${process.pid}.new`, file);
      return made;
    },
  };
}
