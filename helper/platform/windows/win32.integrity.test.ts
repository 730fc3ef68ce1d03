import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShellLevel, isHigher, withoutShell } from './win32.integrity.ts';

const [LOW, MEDIUM, MEDIUM_PLUS, HIGH] = [0x1000, 0x2000, 0x2100, 0x3000];

test('a program with the rights of the shell, or fewer, is an ordinary one', () => {
  assert.equal(isHigher(MEDIUM, MEDIUM), false);
  assert.equal(isHigher(LOW, MEDIUM), false);
  assert.equal(isHigher(HIGH, HIGH), false, 'where the shell itself is an administrator, as under Wine');
});

test('one with more is not, nor is one whose level Windows keeps from us', () => {
  assert.equal(isHigher(HIGH, MEDIUM), true);
  assert.equal(isHigher(MEDIUM_PLUS, MEDIUM), true);
  assert.equal(isHigher(undefined, HIGH), true);
});

test('what is ordinary changes with another shell, and not while there is none or none can be looked at', () => {
  const levels = new Map([
    [10, MEDIUM],
    [30, HIGH],
  ]);
  const shell = new ShellLevel();
  const read = (pid?: number): number | undefined => shell.read(pid, (of) => levels.get(of));
  assert.equal(read(), undefined);
  assert.equal(read(20), undefined, 'closed to us');
  assert.deepEqual([read(10), read(), read(20), read(10)], [MEDIUM, MEDIUM, MEDIUM, MEDIUM]);
  assert.deepEqual([read(30), read()], [HIGH, HIGH]);
});

test('where no shell was seen nothing is ordinary that has more rights than the sharer gave this program at first', () => {
  assert.equal(withoutShell(MEDIUM, false), MEDIUM);
  assert.equal(withoutShell(HIGH, false), HIGH, 'as under Wine');
  assert.equal(withoutShell(HIGH, true), MEDIUM);
  assert.equal(withoutShell(LOW, true), LOW);
  assert.equal(withoutShell(undefined, false), MEDIUM);
});
