import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createAudit, type AuditParty } from '../../audit/audit.ts';
import { createCheckpointer } from '../../audit/checkpoints.ts';
import { createAuthority } from '../../authority/authority.ts';
import { certifyCheckpointKey } from '../../authority/checkpoint-key.ts';
import { authorityFolder, loadOrMakeCa, loadOrMakeKey } from '../../authority/key-files.ts';
import type { Clock } from '../../platform/clock.ts';
import { lockDataDirectory } from '../../platform/data-lock.ts';
import { openDatabase, type Database } from '../../platform/database.ts';
import { readMigrations, readPlan } from '../../platform/migrations.ts';
import type { Random } from '../../platform/random.ts';
import { lockMaintenance } from '../backup/maintenance-lock.ts';
import { BackupError } from '../backup/backup-error.ts';
import type { Rotating, RotationKind } from './rotating.ts';
import { rotateAuthority, rotateCheckpointKey, rotateLinks, rotateServerKey, rotateSignIns } from './rotations.ts';

export interface RotationOptions {
  dataDir: string;
  kinds: readonly RotationKind[];
  /** For the audit chain. */
  operator: AuditParty;
  clock: Clock;
  random: Random;
}

const ROTATIONS: Readonly<Record<RotationKind, (rotating: Rotating) => string | Promise<string>>> = {
  'sign-ins': rotateSignIns,
  links: rotateLinks,
  authority: rotateAuthority,
  'checkpoint-key': rotateCheckpointKey,
  'server-key': rotateServerKey,
};

/**
 * Only while the server is stopped, which the lock proves: it holds the keys in memory, and one that is running could go on
 * signing with a key that is being replaced. Says for each kind what was done.
 */
export async function rotate({ dataDir, kinds, ...by }: RotationOptions): Promise<string[]> {
  if (!existsSync(join(dataDir, 'handrail.db')))
    throw new BackupError(`there is no database in ${dataDir}: is this the data directory?`);
  const unlockServer = lockDataDirectory(join(dataDir, 'lock'));
  if (unlockServer === null) throw new BackupError('the server is running: stop it, rotate, and start it again');
  try {
    const unlock = lockMaintenance(dataDir);
    try {
      const done: string[] = [];
      // Opened anew for each, since one may replace what the next one signs with.
      for (const kind of kinds) done.push(await rotateOne(kind, dataDir, by));
      return done;
    } finally {
      unlock();
    }
  } finally {
    unlockServer();
  }
}

type By = Pick<RotationOptions, 'operator' | 'clock' | 'random'>;

async function rotateOne(kind: RotationKind, dataDir: string, by: By): Promise<string> {
  const database = openDatabase(join(dataDir, 'handrail.db'));
  try {
    requirePresentSchema(database);
    const audit = createAudit(by);
    const authority = createAuthority({ database, ...by, keys: await loadOrMakeCa(dataDir, by) });
    const privateKey = await loadOrMakeKey(join(authorityFolder(dataDir), 'checkpoint.key'), 2048);
    const key = certifyCheckpointKey({ database, authority, clock: by.clock }, privateKey);
    const checkpointer = createCheckpointer({ database, clock: by.clock, audit, key });
    return await ROTATIONS[kind]({ dataDir, database, audit, authority, checkpointer, ...by });
  } finally {
    database.close();
  }
}

function requirePresentSchema({ raw }: Database): void {
  const { missing, unknown } = readPlan(raw, readMigrations());
  if (unknown.length > 0) throw new BackupError('the database is of a newer Handrail: rotate with that version');
  if (missing.length > 0)
    throw new BackupError('the database is of an older Handrail: start the server once, then rotate');
}
