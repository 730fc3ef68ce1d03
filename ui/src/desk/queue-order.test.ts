import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { neighbourOf } from './queue-order.ts';

const rows = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];

describe('the queue is walked by keyboard', () => {
  test('J goes down, K goes up', () => {
    assert.equal(neighbourOf(rows, 'a', 1)?.id, 'b');
    assert.equal(neighbourOf(rows, 'c', -1)?.id, 'b');
  });
  test('at the ends it stays', () => {
    assert.equal(neighbourOf(rows, 'c', 1)?.id, 'c');
    assert.equal(neighbourOf(rows, 'a', -1)?.id, 'a');
  });
  test('without a selection, or when the selected one has gone, it starts at the top', () => {
    assert.equal(neighbourOf(rows, undefined, 1)?.id, 'a');
    assert.equal(neighbourOf(rows, 'gone', -1)?.id, 'a');
  });
  test('an empty queue has no next', () => {
    assert.equal(neighbourOf([], undefined, 1), null);
  });
});
