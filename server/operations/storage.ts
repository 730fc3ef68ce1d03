import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../platform/clock.ts';

/** Where the bytes of the data directory are, and what the disk still has. */
export interface StorageFigures {
  databaseBytes: number;
  attachmentBytes: number;
  backupBytes: number;
  /** Keys, and whatever else is there. */
  otherBytes: number;
  /** For this account: what is reserved for root is not free. */
  freeBytes: number;
  totalBytes: number;
}

export interface StorageWatch {
  read(): Promise<StorageFigures>;
  /** Asked at every readiness check, so never from memory. */
  readFreeBytes(): Promise<number>;
}

type Parts = Pick<StorageFigures, 'databaseBytes' | 'attachmentBytes' | 'backupBytes' | 'otherBytes'>;

/** A walk through many files is worth remembering. */
const WALK_EVERY_MS = 60_000;

export function createStorageWatch({ dataDir, clock }: { dataDir: string; clock: Clock }): StorageWatch {
  let walked: { at: number; parts: Promise<Parts> } | null = null;

  function readParts(): Promise<Parts> {
    if (walked === null || clock.now() - walked.at >= WALK_EVERY_MS)
      walked = { at: clock.now(), parts: measureParts(dataDir) };
    return walked.parts;
  }

  return {
    read: async () => {
      const [parts, disk] = await Promise.all([readParts(), readDisk(dataDir)]);
      return { ...parts, ...disk };
    },
    readFreeBytes: async () => (await readDisk(dataDir)).freeBytes,
  };
}

async function readDisk(dataDir: string): Promise<Pick<StorageFigures, 'freeBytes' | 'totalBytes'>> {
  const { bavail, blocks, bsize } = await statfs(dataDir);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

async function measureParts(dataDir: string): Promise<Parts> {
  const parts: Parts = { databaseBytes: 0, attachmentBytes: 0, backupBytes: 0, otherBytes: 0 };
  for (const name of await readdir(dataDir)) parts[partOf(name)] += await sizeOf(join(dataDir, name));
  return parts;
}

function partOf(name: string): keyof Parts {
  if (name.startsWith('handrail.db')) return 'databaseBytes';
  if (name === 'attachments') return 'attachmentBytes';
  return name === 'backups' ? 'backupBytes' : 'otherBytes';
}

async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return found.size;
    let sum = 0;
    for (const name of await readdir(path)) sum += await sizeOf(join(path, name));
    return sum;
  } catch (error) {
    // Removed while we looked: its bytes are gone too.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}
