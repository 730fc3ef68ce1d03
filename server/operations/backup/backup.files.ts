import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { backupPath } from '../../../protocol/backup.ts';
import { BackupError } from './backup-error.ts';

/** While a restore fills a data directory, what is already there lies in here. A start finds it and refuses. */
export const RESTORING_FOLDER = '.restoring';
/** Where backups go that are made by themselves; never part of a backup. */
export const BACKUPS_FOLDER = 'backups';
/** The copy of the database while a backup is made. */
export const SNAPSHOT_FOLDER = '.backup';

/** What a data directory has at its top that is no part of a backup: the live database (copied by SQLite), locks, drafts. */
const LEFT_OUT = [
  /^handrail\.db(-wal|-shm|-journal)?$/,
  /^(lock|maintenance)(-journal)?$/,
  /^backups$/,
  /^authority\.(next|old)$/,
  /^\./,
  /^lost\+found$/,
];

export const isLeftOut = (topName: string): boolean => LEFT_OUT.some((pattern) => pattern.test(topName));

/**
 * Paths of all files that belong in a backup, relative, in order. Everything that is not left out is in: a part of the
 * product that begins to keep files must not be forgotten here.
 */
export function listBackupFiles(dataDir: string): string[] {
  const top = readdirSync(dataDir).filter((name) => !isLeftOut(name));
  return top.flatMap((name) => filesUnder(dataDir, name)).sort();
}

function filesUnder(dataDir: string, path: string): string[] {
  const found = lstatSync(join(dataDir, path), { throwIfNoEntry: false });
  if (found === undefined || path.endsWith('.new')) return [];
  if (found.isDirectory())
    return readdirSync(join(dataDir, path)).flatMap((name) => filesUnder(dataDir, `${path}/${name}`));
  if (!found.isFile())
    throw new BackupError(`${path} in the data directory is not a regular file: a backup could not bring it back`);
  if (!backupPath.safeParse(path).success)
    throw new BackupError(`${path} in the data directory has a name that is none of ours: move it elsewhere`);
  return [path];
}
