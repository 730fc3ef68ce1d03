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

test('what is ordinary stays while there is no shell, or none that can be looked at', () => {
  const read = readingShell([10, MEDIUM]);
  assert.deepEqual([read(10), read(), read(20), read(10)], [MEDIUM, MEDIUM, MEDIUM, MEDIUM], '20 is closed to us');
});

test('a shell that is started with more rights makes nothing ordinary, whether there was one before or not', () => {
  const read = readingShell([10, MEDIUM], [30, HIGH]);
  assert.deepEqual([read(10), read(30), read(), read(30)], [MEDIUM, MEDIUM, MEDIUM, MEDIUM]);
  const late = readingShell([30, HIGH]);
  assert.deepEqual([late(), late(30)], [MEDIUM, MEDIUM]);
});

test('a shell with fewer rights than the one before it, or than were taken for ordinary without one, counts', () => {
  const read = readingShell([10, MEDIUM], [40, LOW]);
  assert.deepEqual([read(), read(40), read(10)], [MEDIUM, LOW, LOW]);
});

function readingShell(...levels: [pid: number, level: number][]): (pid?: number) => number {
  const [shell, known] = [new ShellLevel(), new Map(levels)];
  return (pid) =>
    shell.read(
      pid,
      (of) => known.get(of),
      () => MEDIUM,
    );
}

test('where no shell was seen nothing is ordinary that has more rights than the sharer gave this program at first', () => {
  assert.equal(withoutShell(MEDIUM, false), MEDIUM);
  assert.equal(withoutShell(HIGH, false), HIGH, 'as under Wine');
  assert.equal(withoutShell(HIGH, true), MEDIUM);
  assert.equal(withoutShell(LOW, true), LOW);
  assert.equal(withoutShell(undefined, false), MEDIUM);
});
