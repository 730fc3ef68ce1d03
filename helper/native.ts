/**
 * Native parts, one way to load them wherever the helper runs: from node_modules when run from source, from the single
 * executable's assets when packaged. A packaged part is written to a private folder, loaded, and removed at once: the
 * kernel keeps what is mapped, so that even a killed helper leaves nothing. Windows removes nothing that is loaded: there
 * it lies beside the unpacked program, where the launcher removes both.
 */
import { randomBytes } from 'node:crypto';
import { createWriteStream, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { getRawAsset, isSea } from 'node:sea';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import { launcherFolder } from './cleanup/launcher.folder.ts';
import { makeRunFolder, privateRoots, type RunFolder } from './cleanup/run-folder.ts';

const SYSTEM = `${process.platform}-${process.arch}`;

/** What is loaded from node_modules for each, on the platform that runs. */
export const NATIVE_PARTS = {
  'node-av': `@seydx/node-av-${SYSTEM}${process.platform === 'win32' ? '-msvc' : ''}/node-av.node`,
  koffi: `@koromix/koffi-${SYSTEM}/${SYSTEM.replace('-', '_')}/koffi.node`,
} as const;
export type NativePart = keyof typeof NATIVE_PARTS;

/** Name of the asset that holds a part, compressed with Zstandard. */
export function nativeAsset(part: NativePart): string {
  return `native/${part}.node.zst`;
}

const loaded = new Map<NativePart, object>();

/** The exports of a native part; a second call gives the same. */
export function loadNative(part: NativePart): object {
  const present = loaded.get(part);
  if (present !== undefined) return present;
  // A native part's exports are an object with functions in it.
  if (!isSea()) return remember(part, createRequire(import.meta.url)(NATIVE_PARTS[part]) as object);
  const failures: unknown[] = [];
  for (const makeFolder of places()) {
    try {
      const write = (file: string): void => writeFileSync(file, zstdDecompressSync(assetOf(part)), { mode: 0o500 });
      return remember(part, openIn(makeFolder(), part, write));
    } catch (error) {
      // The next place is tried: some forbid programs (noexec), some are full.
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `${part} can be loaded from nowhere`);
}

/**
 * The same exports, loaded when first used. Unpacking begins in the background at once, so that a large part is there
 * when it is wanted and neither the start nor the first picture waits for it. Only for the packaged helper.
 */
export function lazyNative(part: NativePart): object {
  setImmediate(() => {
    // The first use then tries again, and says what is wrong.
    preload(part).catch(() => undefined);
  });
  return new Proxy(
    {},
    {
      get: (_target, key) => Reflect.get(loadNative(part), key),
      has: (_target, key) => Reflect.has(loadNative(part), key),
    },
  );
}

/** Unpacks in small pieces off the main thread. */
async function preload(part: NativePart): Promise<void> {
  const [makeFolder] = places();
  if (makeFolder === undefined || !isSea()) return;
  const folder = makeFolder();
  // The program may end before the part is unpacked.
  process.once('exit', folder.remove);
  try {
    const file = fileIn(folder, part);
    const pieces = { chunkSize: 1 << 20 };
    await pipeline(
      Readable.from([assetOf(part)]),
      createZstdDecompress(pieces),
      createWriteStream(file, { mode: 0o500 }),
    );
    if (!loaded.has(part)) remember(part, open(file));
  } finally {
    process.off('exit', folder.remove);
    folder.remove();
  }
}

function assetOf(part: NativePart): Uint8Array {
  return new Uint8Array(getRawAsset(nativeAsset(part)));
}

function remember(part: NativePart, exports: object): object {
  loaded.set(part, exports);
  return exports;
}

function openIn(folder: RunFolder, part: NativePart, write: (file: string) => void): object {
  try {
    const file = fileIn(folder, part);
    write(file);
    return open(file);
  } finally {
    folder.remove();
  }
}

/** Both processes of a run may use the launcher's folder. */
function fileIn(folder: RunFolder, part: NativePart): string {
  return join(folder.path, `${part}-${process.pid}-${randomBytes(4).toString('hex')}.node`);
}

/** Best first. */
function places(): (() => RunFolder)[] {
  const beside = launcherFolder();
  if (beside !== undefined) return [() => ({ path: beside, remove: () => undefined })];
  return privateRoots().map((root) => () => makeRunFolder(root));
}

function open(file: string): object {
  const module: { exports: object } = { exports: {} };
  process.dlopen(module, file);
  return module.exports;
}
