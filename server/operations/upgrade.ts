import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BACKUP_DATABASE } from '../../protocol/backup.ts';
import type { Clock } from '../platform/clock.ts';
import { openForReading } from '../platform/database.ts';
import { readPlan, type Migration } from '../platform/migrations.ts';
import type { Logger } from '../platform/logger.ts';
import { BACKUPS_FOLDER, listBackupFiles, RESTORING_FOLDER } from './backup/backup.files.ts';

/** How many backups made by themselves are kept. */
const KEPT = 3;
const OURS = /^before-\d{4}-\d{8}T\d{6}Z\.tar$/;

/** A data directory that this version must not touch; the message says what to do. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused';
}

export interface UpgradeOptions {
  dataDir: string;
  migrations: readonly Migration[];
  version: string;
  /** HANDRAIL_UPGRADE_BACKUP */
  hasBackup: boolean;
  clock: Clock;
  log: Logger;
}

/** What is about to be done to a database that already holds something. */
export interface Upgrade {
  from: string;
  to: string;
  /** Name of the backup in `backups/`; null when none was wanted. */
  backup: string | null;
}

/**
 * Call with the data directory's lock and before anything is changed. Refuses what a newer version has written; makes a
 * backup before a migration changes what an older one has. Null: nothing to migrate, or nothing there yet.
 */
export async function prepareUpgrade(options: UpgradeOptions): Promise<Upgrade | null> {
  const { dataDir, migrations, hasBackup } = options;
  if (existsSync(join(dataDir, RESTORING_FOLDER)))
    throw new UpgradeRefused(`a restore into ${dataDir} did not finish: empty the directory and restore again`);
  const file = join(dataDir, BACKUP_DATABASE);
  if (!existsSync(file)) return null;
  const { applied, unknown, missing } = openForReading(file, (raw) => readPlan(raw, migrations));
  const newer = unknown.at(-1);
  if (newer !== undefined)
    throw new UpgradeRefused(
      `${dataDir} was used by a newer Handrail (schema ${newer}, this version knows ${migrations.at(-1)?.name ?? 'none'}). ` +
        'Nothing was changed. Start that version, or restore a backup from before the upgrade into an empty directory',
    );
  const [from, first, last] = [applied.at(-1), missing[0], missing.at(-1)];
  if (from === undefined || first === undefined || last === undefined) return null;
  const backup = hasBackup ? await backUpBefore(first, options) : null;
  return { from, to: last.name, backup };
}

async function backUpBefore(first: Migration, { dataDir, version, clock, log }: UpgradeOptions): Promise<string> {
  const folder = join(dataDir, BACKUPS_FOLDER);
  requireSpace(dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, '');
  const name = `before-${String(first.number).padStart(4, '0')}-${stamp}.tar`;
  // Only here: what packs and encrypts takes memory that a server has no other use for.
  const { makeBackup } = await import('./backup/backup.ts');
  const { bytes, lost } = await makeBackup({ dataDir, file: join(folder, name), version, clock });
  log.info('upgrade/backed-up', { backup: name, bytes, lost: lost.length });
  const former = readdirSync(folder).filter((one) => OURS.test(one) && one !== name);
  const byAge = former.toSorted((a, b) => ageOf(a).localeCompare(ageOf(b)));
  for (const old of byAge.slice(0, Math.max(0, byAge.length - (KEPT - 1)))) rmSync(join(folder, old));
  return name;
}

const ageOf = (name: string): string => name.slice('before-0000-'.length);

/** The archive, and the copy of the database while it is made. */
function requireSpace(dataDir: string): void {
  const sizeOf = (path: string): number => statSync(join(dataDir, path), { throwIfNoEntry: false })?.size ?? 0;
  const database = sizeOf(BACKUP_DATABASE) + sizeOf(`${BACKUP_DATABASE}-wal`);
  const needed = 2 * database + listBackupFiles(dataDir).reduce((sum, path) => sum + sizeOf(path), 0);
  const { bavail, bsize } = statfsSync(dataDir);
  if (bavail * bsize < needed)
    throw new UpgradeRefused(
      `the backup before the upgrade needs ${needed} bytes in ${dataDir}, ${bavail * bsize} are free. Nothing was changed. ` +
        'Free space, or make a backup elsewhere (handrail backup FILE) and start with HANDRAIL_UPGRADE_BACKUP=off',
    );
}
