/**
 * npm run audit:verify -- [--data-dir DIR] [--head SEQ:HASH]
 * Walks the audit chain and its signed checkpoints without the server. Exit code 0: intact, 1: not, 2: could not look.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AUDIT_PROBLEMS, verifyAudit } from '../server/audit/verify.ts';
import { readCaCertificates } from '../server/authority/ca-files.ts';
import { openReadOnly } from '../server/platform/database.ts';

function readHeadOption(text: string | undefined): { seq: number; hash: string } | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+):([0-9a-f]{64})$/.exec(text);
  if (match === null) throw new Error('--head is the number and the hash of an event: 123:0a1b…');
  return { seq: Number(match[1]), hash: match[2] ?? '' };
}

function main(): number {
  const { values } = parseArgs({
    options: { 'data-dir': { type: 'string' }, head: { type: 'string' }, json: { type: 'boolean' } },
  });
  const dataDir = values['data-dir'] ?? process.env['HANDRAIL_DATA_DIR'] ?? './data';
  const file = join(dataDir, 'handrail.db');
  if (!existsSync(file)) throw new Error(`there is no ${file}; --data-dir names another data directory`);
  const caCertificate = readCaCertificates(dataDir);
  const head = readHeadOption(values.head);
  const raw = openReadOnly(file);
  const verdict = verifyAudit(raw, { caCertificate, ...(head && { head }) });
  raw.close();
  if (values.json === true) console.log(JSON.stringify(verdict));
  else if (verdict.isIntact) {
    const { events, checkpoints, deletedPayloads } = verdict;
    console.log(`Intact: ${events} events, ${checkpoints} signed checkpoints, ${deletedPayloads} deleted payloads.`);
    console.log(`Head ${verdict.head.seq}:${verdict.head.hash}`);
    if (verdict.signedUpTo < verdict.head.seq)
      console.log(`Events after ${verdict.signedUpTo} are in the chain, but no checkpoint has signed them yet.`);
  } else {
    console.log(`NOT INTACT. The first bad entry is event ${verdict.seq}: ${AUDIT_PROBLEMS[verdict.problem]}.`);
    console.log(`(${verdict.problem}) Everything before it is intact.`);
  }
  return verdict.isIntact ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`Could not verify: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
