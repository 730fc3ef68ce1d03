/** Runs under Wine: whose a run's folder is, and who may look into it. The last argument is where folders are made. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findLeftOvers, makeRunFolder } from '../../cleanup/run-folder.ts';
import { endGuardian } from '../../guardian/guardian.link.ts';
import { isRunning, thisProcess } from '../host.ts';
import { isGuardedAlike, makePrivateFolder } from './windows.private-folder.ts';
import { windowsProcesses as processes } from './windows.process-table.ts';

const root = process.argv.at(-1) ?? '';

test('the folder of a process that ended is told from that of one which only has its number', () => {
  const { path } = makeRunFolder(root, { processes });
  const marker = join(path, 'marker.json');
  const text = readFileSync(marker, 'utf8');
  const { start } = thisProcess(processes);
  const isLeft = (): boolean => findLeftOvers(processes, { roots: [root] }).some(({ folder }) => folder === path);
  assert.ok(start !== '' && text.includes(`"startedTicks":"${start}"`), text);
  assert.equal(isLeft(), false);
  writeFileSync(marker, text.replace(start, String(BigInt(start) - 1n)));
  assert.equal(isLeft(), true);
  // As older helpers wrote it.
  writeFileSync(marker, text.replace(start, ''));
  assert.equal(isLeft(), false);
});

test('a guardian that hangs is ended, and nobody who has its number since', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const pid = child.pid ?? 0;
  const guardian = { pid, start: processes.startOf(pid) ?? '' };
  endGuardian({ pid, start: String(BigInt(guardian.start) - 1n) }, processes, pid);
  assert.ok(isRunning(guardian, processes));
  endGuardian(guardian, processes, pid);
  await ended;
});

test('a private folder can be filled, and is not made where there is one', () => {
  const path = join(root, 'private');
  makePrivateFolder(path);
  mkdirSync(join(path, 'profile'));
  writeFileSync(join(path, 'profile', 'letter'), 'x');
  mkdirSync(join(root, 'open'));
  assert.throws(() => makePrivateFolder(path), /cannot be made/);
});

test('a folder is known to be as well guarded as another by its owner and access list', () => {
  const [model, alike, open] = ['model', 'alike', 'for-all'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  makePrivateFolder(model);
  makePrivateFolder(alike);
  mkdirSync(open);
  assert.deepEqual(
    [alike, open, join(root, 'missing')].map((path) => isGuardedAlike(path, model)),
    [true, false, false],
  );
  assert.equal(isGuardedAlike(join(root, 'missing'), join(root, 'missing')), false);
});
