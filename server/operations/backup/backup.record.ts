import { join } from 'node:path';
import { BACKUP_DATABASE } from '../../../protocol/backup.ts';
import { createAudit, type AuditParty } from '../../audit/audit.ts';
import type { Clock } from '../../platform/clock.ts';
import { openDatabase } from '../../platform/database.ts';
import type { Random } from '../../platform/random.ts';
import type { BackupMade } from './backup.ts';

/** Notes in the audit chain that a backup was made, also while a server runs: the status page and the metrics read it there. */
export function recordBackup(of: {
  dataDir: string;
  made: BackupMade;
  operator: AuditParty;
  clock: Clock;
  random: Random;
}): void {
  const database = openDatabase(join(of.dataDir, BACKUP_DATABASE));
  try {
    const audit = createAudit(of);
    const { bytes, sha256, isEncrypted, manifest } = of.made;
    const detail = { bytes, files: manifest.files, sha256, isEncrypted };
    database.transaction((tx) => audit.append(tx, { actor: of.operator, action: 'appliance/backed-up', detail }));
  } finally {
    database.close();
  }
}
