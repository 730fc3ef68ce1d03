import { join } from 'node:path';
import { lockDataDirectory } from '../../platform/data-lock.ts';
import { BackupError } from './backup-error.ts';

/** One backup, restore or rotation at a time, whether or not a server runs. Returns the release. */
export function lockMaintenance(dataDir: string): () => void {
  const unlock = lockDataDirectory(join(dataDir, 'maintenance'));
  if (unlock === null)
    throw new BackupError('another backup or rotation is running on this data directory: wait for it');
  return unlock;
}
