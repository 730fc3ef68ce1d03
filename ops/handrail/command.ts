import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { AuditParty } from '../../server/audit/audit.ts';
import { BackupError } from '../../server/operations/backup/backup-error.ts';

/** One word after `handrail`. */
export interface Command {
  /** Arguments after the word, for the help. */
  usage: string;
  /** What it does, for the help: lines of at most 100 characters. */
  help: readonly string[];
  run(args: string[]): Promise<void>;
}

/** Wrong arguments: the help is shown. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export const DATA_DIR_OPTION = { 'data-dir': { type: 'string' } } as const;

export function dataDirOf(values: { 'data-dir'?: string | undefined }): string {
  return values['data-dir'] ?? process.env['HANDRAIL_DATA_DIR'] ?? './data';
}

/**
 * What root writes into a data directory, the server's account cannot write any more. Refused rather than repaired: whoever
 * runs this knows which account it is.
 */
export function requireOwner(dataDir: string): void {
  const owner = statSync(dataDir, { throwIfNoEntry: false })?.uid;
  const self = process.getuid?.();
  if (owner === undefined || self === undefined || owner === self) return;
  throw new BackupError(`${dataDir} belongs to the account ${owner}, and this is ${self}: run it as that account`);
}

/** Whoever sits at the command line, as far as the machine knows. */
export function operator(): AuditParty {
  return { id: 'operator', label: accountName() };
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the account may have a number and no name.
    return String(process.getuid?.() ?? '');
  }
}

/** Words of a line that is too long, the next lines under the first one's text. */
export function wrap(text: string, indent: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length + indent.length > 105 && line.trim() !== '') lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join(`\n${indent}`);
}

export function formatBytes(bytes: number): string {
  return new Intl.NumberFormat('en', { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 }).format(bytes / 1e6);
}
