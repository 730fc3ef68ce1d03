import { BackupError } from '../../server/operations/backup/backup-error.ts';
import { backup } from './backup.ts';
import { say, UsageError, type Command } from './command.ts';
import { check, restore } from './restore.ts';
import { rotate } from './rotate.ts';

const COMMANDS: Readonly<Record<string, Command>> = { backup, check, restore, rotate };

function help(): void {
  say('Handrail for operators. The data directory is --data-dir, or HANDRAIL_DATA_DIR, or ./data.\n');
  for (const [name, { usage, help: lines }] of Object.entries(COMMANDS))
    say(`  handrail ${name} ${usage}\n${lines.map((line) => `      ${line}`).join('\n')}\n`);
}

/** Exit codes: 0 done, 1 could not be done, 2 was asked for in a wrong way. */
async function main([name = 'help', ...args]: string[]): Promise<number> {
  if (['help', '--help', '-h'].includes(name)) {
    help();
    return 0;
  }
  const command = COMMANDS[name];
  try {
    if (command === undefined) throw new UsageError(`there is no command ${name}`);
    await command.run(args);
    return 0;
  } catch (error) {
    const isUsage = error instanceof UsageError || isParseError(error);
    process.stderr.write(`handrail ${name}: ${explain(error)}\n${isUsage ? 'See: handrail help\n' : ''}`);
    return isUsage ? 2 : 1;
  }
}

/** Of node:util's parseArgs. */
function isParseError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

/** A stack only where it is our mistake; errors of the file system say enough. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isKnown = error instanceof BackupError || error instanceof UsageError || 'syscall' in error;
  return isKnown ? error.message : (error.stack ?? error.message);
}

process.exitCode = await main(process.argv.slice(2));
