import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distinctFrames } from './observer.ts';

test('a frame counts once, also when an older one is shown again in between', () => {
  const seen = [1, 2, 1, 2, 3].map((counter, index) => ({ counter, timeMs: 0, atMs: index }));
  assert.deepEqual(
    distinctFrames(seen).map(({ counter, atMs }) => [counter, atMs]),
    [
      [1, 0],
      [2, 1],
      [3, 4],
    ],
  );
});
