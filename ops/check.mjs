#!/usr/bin/env node
/** `npm run check`: format, lint, types, dependency rule, dead code. Every part runs; the exit code tells whether all passed. */
import { spawn } from 'node:child_process';

const CHECKS = [
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
  ['lint', 'eslint', ['--max-warnings', '0', '.']],
  ['types', 'tsc', ['--noEmit', '-p', 'tsconfig.json']],
  ['svelte', 'svelte-check', ['--tsconfig', 'ui/tsconfig.json', '--fail-on-warnings', '--output', 'human']],
  [
    'dependencies',
    'depcruise',
    ['--config', '.dependency-cruiser.cjs', 'protocol', 'server', 'ui/src', 'helper', 'ops', 'e2e', 'bench'],
  ],
  ['dead code', 'knip', ['--no-progress']],
];

function run([title, command, args]) {
  const startedAt = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (part) => (output += part));
    child.stderr.on('data', (part) => (output += part));
    child.on('close', (status) => {
      // A cruise that found nothing to look at has checked nothing.
      const isEmpty = title === 'dependencies' && !/\b[1-9]\d{2,} modules/.test(output);
      const isGood = status === 0 && !isEmpty;
      console.log(`${isGood ? 'ok    ' : 'FAILED'} ${title} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
      if (!isGood) console.log(output.trim() + (isEmpty ? '\nfewer than 100 modules were cruised' : ''));
      resolve(isGood);
    });
  });
}

const only = process.argv.slice(2);
const wanted = CHECKS.filter(([title]) => only.length === 0 || only.includes(title));
const results = [];
// Two at a time: as many as the smallest machine has cores.
const queue = [...wanted];
await Promise.all(
  [0, 1].map(async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results.push(await run(next));
  }),
);
process.exit(results.every(Boolean) ? 0 : 1);
