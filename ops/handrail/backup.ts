import { parseArgs } from 'node:util';
import { systemClock } from '../../server/platform/clock.ts';
import { systemRandom } from '../../server/platform/random.ts';
import { recordBackup } from '../../server/operations/backup/backup.record.ts';
import { makeBackup } from '../../server/operations/backup/backup.ts';
import { readVersion } from '../../server/version.ts';
import {
  DATA_DIR_OPTION,
  dataDirOf,
  formatBytes,
  operator,
  requireOwner,
  say,
  UsageError,
  type Command,
} from './command.ts';

export const backup: Command = {
  usage: 'FILE [--recipient AGE-RECIPIENT]… [--data-dir DIR]',
  help: [
    'Everything of the data directory in one archive (tar), also while the server runs. With recipients (age1…) it is',
    'encrypted, and without it holds the keys of the internal CA for whoever has it: keep it like a key.',
  ],
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { ...DATA_DIR_OPTION, recipient: { type: 'string', multiple: true } },
    });
    const [file, ...rest] = positionals;
    if (file === undefined || rest.length > 0) throw new UsageError('backup needs the name of one file');
    const dataDir = dataDirOf(values);
    requireOwner(dataDir);
    const recipients = values.recipient ?? [];
    const made = await makeBackup({ dataDir, file, recipients, version: readVersion(), clock: systemClock });
    recordBackup({ dataDir, made, operator: operator(), clock: systemClock, random: systemRandom });
    const { manifest, bytes, sha256, lost } = made;
    const how = recipients.length === 0 ? 'not encrypted' : `encrypted for ${recipients.length}`;
    say(`${file}: ${manifest.files} files, ${formatBytes(bytes)}, ${how}.`);
    say(`SHA-256 ${sha256}`);
    say(`The audit chain in it ends at ${manifest.auditHead.seq}:${manifest.auditHead.hash}`);
    for (const name of lost) say(`WARNING: attachment ${name} is in the database and not on the disk.`);
  },
};
