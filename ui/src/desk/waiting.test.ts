import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PRIORITIES } from '../../../protocol/api/desk.ts';
import { TARGET_MIN, waitLevel } from './waiting.ts';

const after = (minutes: number) => minutes * 60_000;

describe('a waiting time', () => {
  test('is late when the target of its priority has passed, and due soon a little before', () => {
    assert.equal(waitLevel('normal', after(44)), 'calm');
    assert.equal(waitLevel('normal', after(45)), 'soon');
    assert.equal(waitLevel('normal', after(60)), 'late');
    assert.equal(waitLevel('urgent', after(5)), 'late');
    assert.equal(waitLevel('low', after(60)), 'calm');
  });
  test('is allowed to be shorter the higher the priority', () => {
    const targets = PRIORITIES.map((priority) => TARGET_MIN[priority]);
    assert.deepEqual(
      targets,
      [...targets].sort((a, b) => b - a),
    );
  });
  test('of a clock that is a little behind is none', () => {
    assert.equal(waitLevel('urgent', -20_000), 'calm');
  });
});
