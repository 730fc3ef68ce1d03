import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { neighbourOf, rowsOf, sectionsOf, type Shown } from './queue-order.ts';
import { testRequest } from './test-request.ts';

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

describe('the queue is shown', () => {
  const queue = {
    waiting: [testRequest('waiting', { id: 'w1', queue: 'a' }), testRequest('waiting', { id: 'w2', queue: 'b' })],
    mine: [testRequest('taken', { id: 'm1', queue: 'b' })],
    others: [testRequest('taken', { id: 'o1', queue: 'a' })],
    closed: [testRequest('solved', { id: 'c1', queue: 'a' })],
  };
  const shown = (how: Shown) => rowsOf(sectionsOf(queue, how)).map(({ id }) => id);

  test('with what I am on first, then what waits in my queues, then what waits elsewhere', () => {
    const mine = { kind: 'mine', queueIds: ['b'] } as const;
    assert.deepEqual(shown(mine), ['m1', 'w2', 'w1', 'o1', 'c1']);
    const sections = sectionsOf(queue, mine).map(({ name, requests }) => [name, requests.length]);
    assert.deepEqual(sections, [
      ['mine', 1],
      ['waiting', 1],
      ['elsewhere', 1],
      ['others', 1],
      ['closed', 1],
    ]);
  });
  test('with all queues alike, in the turn that the server says', () => {
    assert.deepEqual(shown({ kind: 'all' }), ['m1', 'w1', 'w2', 'o1', 'c1']);
  });
  test('with one queue alone', () => {
    assert.deepEqual(shown({ kind: 'queue', id: 'b' }), ['m1', 'w2']);
  });
});
