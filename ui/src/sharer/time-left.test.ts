import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warningAt } from './time-left.ts';

const MINUTE = 60_000;

test('people are warned from ten minutes before the end, and again from two', () => {
  assert.equal(warningAt(120 * MINUTE), null);
  assert.equal(warningAt(10 * MINUTE + 1), null);
  assert.equal(warningAt(10 * MINUTE), 10);
  assert.equal(warningAt(2 * MINUTE + 1), 10);
  assert.equal(warningAt(2 * MINUTE), 2);
  assert.equal(warningAt(0), 2);
  assert.equal(warningAt(-MINUTE), 2);
});
