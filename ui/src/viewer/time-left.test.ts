import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minutesLeftMs, timeWarning } from './time-left.ts';

const MINUTE = 60_000;

test('somebody is warned ten and two minutes before the end, and not before', () => {
  const at = (minutes: number): unknown => timeWarning(minutes * MINUTE);
  assert.deepEqual([at(90), at(10.01), at(10), at(2.5), at(2), at(0), at(-3)], [undefined, undefined, 10, 10, 2, 2, 2]);
  assert.equal(timeWarning(undefined), undefined);
});

test('minutes are counted as started ones, down to one, also when the clocks disagree', () => {
  const minutes = (left: number): number => minutesLeftMs(50_000 + left, 50_000) / MINUTE;
  assert.deepEqual([minutes(10 * MINUTE), minutes(9 * MINUTE + 1), minutes(500), minutes(-5 * MINUTE)], [10, 10, 1, 1]);
});
