import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { AUDIT_PROBLEMS } from '../../server/audit/verify.ts';
import { readIdentities } from '../../server/operations/backup/age.adapter.ts';
import { checkArchive } from '../../server/operations/backup/archive.ts';
import { restoreBackup } from '../../server/operations/backup/restore.ts';
import { systemClock } from '../../server/platform/clock.ts';
import { systemRandom } from '../../server/platform/random.ts';
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

const IDENTITY_OPTION = { identity: { type: 'string' } } as const;

const readIdentityFile = (file: string | undefined): string[] =>
  file === undefined ? [] : readIdentities(readFileSync(file, 'utf8'));

export const check: Command = {
  usage: 'FILE [--identity FILE]',
  help: ['Reads a backup to its end and compares every file with its sum. Writes nothing.'],
  run: async (args) => {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: IDENTITY_OPTION });
    const file = onlyFile(positionals, 'check');
    const { manifest } = await checkArchive({ file, identities: readIdentityFile(values.identity) });
    say(`${file} is whole: ${manifest.files} files, ${formatBytes(manifest.bytes)}.`);
    describe(manifest);
  },
};

export const restore: Command = {
  usage: 'FILE [--identity FILE] [--data-dir DIR]',
  help: [
    'Fills an empty data directory from a backup. Nobody is signed in afterwards, no link, code, invitation or',
    'certificate of a session works any more, and sessions that were open have ended; the audit chain says so.',
  ],
  run: async (args) => {
    const options = { ...IDENTITY_OPTION, ...DATA_DIR_OPTION };
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    const file = onlyFile(positionals, 'restore');
    const dataDir = dataDirOf(values);
    requireOwner(dataDir);
    const identities = readIdentityFile(values.identity);
    const by = { operator: operator(), clock: systemClock, random: systemRandom };
    const { manifest, voided, verdict, auditHead } = await restoreBackup({ file, identities, dataDir, ...by });
    say(`${dataDir} is restored from ${file}: ${manifest.files} files, ${formatBytes(manifest.bytes)}.`);
    describe(manifest);
    const { signIns, passwordLinks, invitations, helperTokens, sessions, certificates } = voided;
    say(`Ended: ${signIns} sign-ins, ${sessions.length} sessions. Revoked: ${certificates.length} certificates.`);
    say(`Void: ${passwordLinks} password links, ${invitations} invitations, ${helperTokens} helper downloads.`);
    say(`The audit chain goes on and ends at ${auditHead.seq}:${auditHead.hash}`);
    if (!verdict.isIntact)
      say(
        `WARNING: the chain in the backup is NOT INTACT at event ${verdict.seq}: ${AUDIT_PROBLEMS[verdict.problem]}.`,
      );
    say('Start the server on it as usual. What happened after the backup is not in it.');
  },
};

function onlyFile(positionals: readonly string[], command: string): string {
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new UsageError(`${command} needs the name of one file`);
  return file;
}

function describe({ version, madeAt, schema, auditHead }: Awaited<ReturnType<typeof checkArchive>>['manifest']): void {
  say(`Made ${new Date(madeAt).toISOString()} by Handrail ${version}, schema ${schema}.`);
  say(`The audit chain in it ends at ${auditHead.seq}:${auditHead.hash}`);
}
