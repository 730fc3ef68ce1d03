import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { backoffMs } from './live-backoff.ts';

describe('a lost connection is tried again', () => {
  test('within half a second at first', () => {
    assert.equal(
      backoffMs(0, () => 1),
      500,
    );
  });
  test('ever more rarely, but at least every 15 s', () => {
    assert.ok(backoffMs(3, () => 0) > backoffMs(1, () => 0));
    assert.equal(
      backoffMs(1000, () => 1),
      15_000,
    );
  });
  test('not by all pages at the same moment', () => {
    assert.notEqual(
      backoffMs(4, () => 0),
      backoffMs(4, () => 1),
    );
  });
});
