import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { buildHelperFileName } from '../address.ts';
import type { OwnFile } from '../executable.ts';
import { plainProcesses } from '../platform/host.ts';
import { endPrograms } from './programs.ts';
import { removeLeftOvers, removeSelf } from './removal.ts';
import { findLeftOvers, makeRunFolder, privateRoots } from './run-folder.ts';

const NAME = buildHelperFileName({
  host: 'help.example',
  port: 8444,
  caFingerprint: '0'.repeat(32),
  token: 'a'.repeat(26),
});

const inAnHour = (): number => Date.now() + 3_600_000;

describe('what a helper leaves', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cleanup-test-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function program(name = NAME): OwnFile & { path: string } {
    const path = join(root, name);
    writeFileSync(path, 'the helper');
    const { dev: device, ino: inode, size: bytes } = statSync(path);
    return { path, device, inode, bytes };
  }

  /** As if the process that made the folder were another one. */
  function disown(folder: string, change: Record<string, unknown>): void {
    const file = join(folder, 'marker.json');
    // Written by makeRunFolder a line before.
    const marker = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...marker, ...change }));
  }

  test('its folder is private, and its own while it runs', () => {
    const folder = makeRunFolder(root, { executable: program() });
    assert.equal(statSync(folder.path).mode & 0o777, 0o700);
    assert.deepEqual(findLeftOvers(plainProcesses, { roots: [root] }), []);
    folder.remove();
    folder.remove();
    assert.deepEqual(readdirSync(root), [NAME]);
  });

  test('after a kill the next start finds folder and program, lists and removes them', () => {
    const own = program();
    const folder = makeRunFolder(root, { executable: own });
    writeFileSync(join(folder.path, 'node-av.node'), 'x');
    disown(folder.path, { startedTicks: '1' });
    const found = findLeftOvers(plainProcesses, { roots: [root, join(root, 'missing')] });
    assert.deepEqual(found, [{ folder: folder.path, executable: own }]);
    assert.deepEqual(removeLeftOvers(found), { removed: [folder.path, own.path], kept: [] });
    assert.deepEqual(readdirSync(root), []);
  });

  test('a process that ended is told from one that only took its number', () => {
    const folder = makeRunFolder(root);
    disown(folder.path, { pid: 2 ** 22 + 1 });
    assert.equal(findLeftOvers(plainProcesses, { roots: [root] }).length, 1);
    disown(folder.path, { pid: process.pid });
    assert.equal(findLeftOvers(plainProcesses, { roots: [root] }).length, 0);
    disown(folder.path, { startedTicks: '1' });
    assert.equal(findLeftOvers(plainProcesses, { roots: [root] }).length, 1);
    // As helpers wrote it where they did not know when a process began.
    disown(folder.path, { startedTicks: '' });
    assert.equal(findLeftOvers(plainProcesses, { roots: [root] }).length, 0);
  });

  test('a program that was replaced since is kept', () => {
    const own = program();
    const folder = makeRunFolder(root, { executable: own });
    disown(folder.path, { startedTicks: '1' });
    rmSync(own.path);
    writeFileSync(own.path, 'another download of the same name');
    const { removed, kept } = removeLeftOvers(findLeftOvers(plainProcesses, { roots: [root] }));
    assert.deepEqual(removed, [folder.path]);
    assert.deepEqual(kept, [{ path: own.path, reason: 'another file is there now' }]);
    assert.ok(existsSync(own.path));
  });

  test('a folder that is just being made is left alone; an old one without a marker is not', () => {
    const folder = join(root, 'handrail-run-half');
    mkdirSync(folder);
    assert.deepEqual(findLeftOvers(plainProcesses, { roots: [root] }), []);
    writeFileSync(join(folder, 'marker.json'), '{"version":1');
    assert.deepEqual(findLeftOvers(plainProcesses, { roots: [root] }), []);
    assert.deepEqual(findLeftOvers(plainProcesses, { roots: [root], now: inAnHour }), [
      { folder, executable: undefined },
    ]);
  });

  test('the copy of the launcher that removes the download is left to it, and removed when it stayed', () => {
    const copy = join(root, 'handrail-run-0123456789abcdef01.exe');
    writeFileSync(copy, 'x');
    writeFileSync(join(root, 'handrail-run-notes.txt'), 'of nobody we know');
    assert.deepEqual(findLeftOvers(plainProcesses, { roots: [root] }), []);
    const found = findLeftOvers(plainProcesses, { roots: [root], now: inAnHour });
    assert.deepEqual(removeLeftOvers(found), { removed: [copy], kept: [] });
    assert.deepEqual(readdirSync(root), ['handrail-run-notes.txt']);
  });

  test('a link is never followed, by name or by marker', () => {
    const precious = join(root, 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, 'letter'), 'x');
    symlinkSync(precious, join(root, 'handrail-run-link'));
    assert.deepEqual(findLeftOvers(plainProcesses, { roots: [root], now: inAnHour }), []);
    const { removed } = removeSelf({ executablePath: undefined, temporaryFolders: [join(root, 'handrail-run-link')] });
    assert.deepEqual(removed, []);
    const folder = makeRunFolder(root);
    symlinkSync(precious, join(folder.path, 'profile'));
    assert.deepEqual(removeSelf({ executablePath: undefined, temporaryFolders: [folder.path] }).removed, [folder.path]);
    assert.ok(existsSync(join(precious, 'letter')));
  });

  test('a folder that another program may have made there is not looked into', () => {
    const { path } = makeRunFolder(root);
    disown(path, { startedTicks: '1' });
    assert.deepEqual(findLeftOvers(plainProcesses, { roots: [root], isTrusted: (folder) => folder !== path }), []);
    assert.equal(findLeftOvers(plainProcesses, { roots: [root], isTrusted: () => true }).length, 1);
  });

  test('places are searched where the helper writes', () => {
    assert.ok(privateRoots().includes(tmpdir()));
    assert.ok(privateRoots({ XDG_RUNTIME_DIR: '/run/user/7', XDG_CACHE_HOME: '/c' }).includes('/run/user/7'));
    assert.ok(!privateRoots({ XDG_RUNTIME_DIR: 'relative' }).includes('relative'));
  });
});

describe('programs of a run', { skip: process.platform !== 'linux' }, () => {
  const folder = join(tmpdir(), 'handrail-run-0123456789abcdef01');
  const OURS = [
    [folder],
    [`--user-data-dir=${folder}/c-1`],
    ['--worker', folder],
    [`--app=x --profile=${folder}/c-1 --lang=en`],
  ];
  const OTHERS = [[`${folder}9`], [`/elsewhere${folder}`], ['--worker', `${folder}-copy/x`], []];

  test('are known by its folder in their arguments, also where a browser joins all of its own into one', async () => {
    // Waits for a line that never comes.
    const start = (args: readonly string[]): ChildProcess => spawn('sh', ['-c', 'read line', 'sh', ...args]);
    const [ours, others] = [OURS.map(start), OTHERS.map(start)];
    const ended = Promise.all(ours.map((child) => once(child, 'exit')));
    const pids = (children: ChildProcess[]): number[] => children.flatMap(({ pid }) => pid ?? []);
    try {
      assert.deepEqual((await endPrograms(folder)).sort(), pids(ours).sort());
      await ended;
      assert.ok(others.every(({ exitCode, signalCode }) => exitCode === null && signalCode === null));
    } finally {
      for (const child of [...ours, ...others]) child.kill();
    }
  });
});

describe('a helper that removes itself', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cleanup-test-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function make(name: string): { path: string; own: OwnFile } {
    const path = join(root, name);
    writeFileSync(path, 'program');
    const { dev: device, ino: inode, size: bytes } = statSync(path);
    return { path, own: { path, device, inode, bytes } };
  }

  test('removes its file and its folders', () => {
    const { path, own } = make(`${NAME} (1)`);
    const folder = makeRunFolder(root).path;
    const done = removeSelf({ executablePath: path, temporaryFolders: [folder] }, own);
    assert.deepEqual(done, { removed: [folder, path], kept: [] });
    assert.deepEqual(readdirSync(root), []);
  });

  test('never removes Node, the file on the server, or anything else that is not a handed-out helper', () => {
    for (const name of ['node', 'handrail-helper-linux-x64', 'handrail-helper', 'letter.txt']) {
      const { path, own } = make(name);
      assert.deepEqual(removeSelf({ executablePath: path, temporaryFolders: [] }, own).removed, []);
      assert.ok(existsSync(path), name);
    }
  });

  test('run from source it removes no program at all', () => {
    const { path } = make(NAME);
    const { kept } = removeSelf({ executablePath: path, temporaryFolders: [] }, undefined);
    assert.deepEqual(kept, [{ path, reason: 'run from source' }]);
    assert.ok(existsSync(path));
  });

  test('never removes another file of the right name, and no foreign folder', () => {
    const { own } = make(NAME);
    const { path } = make(`${NAME}_1`);
    const foreign = join(root, 'documents');
    mkdirSync(foreign);
    const { removed, kept } = removeSelf({ executablePath: path, temporaryFolders: [foreign, 'handrail-run-x'] }, own);
    assert.deepEqual(removed, []);
    assert.equal(kept.length, 3);
    assert.deepEqual(readdirSync(root).sort(), ['documents', NAME, `${NAME}_1`].sort());
  });

  test('what is gone already is no fault', () => {
    const { path, own } = make(NAME);
    rmSync(path);
    assert.deepEqual(removeSelf({ executablePath: path, temporaryFolders: [] }, own).kept, []);
  });
});
