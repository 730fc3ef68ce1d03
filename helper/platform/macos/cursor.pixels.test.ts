import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toStraightRgba } from './cursor.pixels.ts';

test('a pointer keeps its colours however transparent it is, and what is transparent has none', () => {
  const bgra = [...[10, 20, 30, 255], ...[5, 10, 15, 128], ...[0, 0, 0, 0], ...[9, 9, 9, 0], ...[200, 0, 0, 100]];
  assert.deepEqual(
    [...toStraightRgba(Uint8Array.from(bgra))],
    [...[30, 20, 10, 255], ...[30, 20, 10, 128], ...[0, 0, 0, 0], ...[0, 0, 0, 0], ...[0, 0, 255, 100]],
  );
});
