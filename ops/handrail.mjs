#!/usr/bin/env node
/**
 * The command line for operators: `npm run handrail -- help`, or `handrail help` where the package is installed. Plain
 * JavaScript, so that whatever Node finds it can hand over to the one of `node_modules`, which runs TypeScript.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ours = join(root, 'node_modules', '.bin', 'node');
const isNewEnough = Number(process.versions.node.split('.')[0]) >= 24;

if (isNewEnough) await import('./handrail/main.ts');
else if (existsSync(ours)) {
  const { status, signal } = spawnSync(ours, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? (signal === null ? 0 : 1);
} else {
  process.stderr.write(
    `Node 24 or newer is needed; this is ${process.version}. In the folder of Handrail run: npm ci\n`,
  );
  process.exitCode = 1;
}
