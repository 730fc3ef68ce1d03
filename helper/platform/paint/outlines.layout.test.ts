import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barsOf, fitOutlines, labelPlace, MAX_OUTLINES, paintStripes } from './outlines.layout.ts';

const DESKTOP = { x: 0, y: 0, width: 1000, height: 700 };

test('bars lie inside of the rectangle, touch all its edges and leave the middle open', () => {
  const rect = { x: 10, y: 20, width: 50, height: 40 };
  const isBar = (x: number, y: number): boolean =>
    barsOf(rect, 3).some((bar) => x >= bar.x && y >= bar.y && x < bar.x + bar.width && y < bar.y + bar.height);
  for (let y = 0; y < 80; y++) {
    for (let x = 0; x < 80; x++) {
      const isInside = x >= 10 && y >= 20 && x < 60 && y < 60;
      const isMiddle = x >= 13 && y >= 23 && x < 57 && y < 57;
      assert.equal(isBar(x, y), isInside && !isMiddle, `${x},${y}`);
    }
  }
});

test('a rectangle too small for a frame is filled', () => {
  const rect = { x: 10, y: 20, width: 6, height: 40 };
  assert.deepEqual(barsOf(rect, 3), [rect]);
});

test('outlines end at the edges of the desktop, and what is beyond them is left out', () => {
  const fitted = fitOutlines(
    [
      { rect: { x: -10.4, y: 690.5, width: 50, height: 50 }, label: 'a' },
      { rect: { x: 1000, y: 0, width: 50, height: 50 }, label: 'b' },
      { rect: { x: 5, y: 5, width: 0, height: 50 }, label: 'c' },
    ],
    DESKTOP,
  );
  assert.deepEqual(fitted, [{ rect: { x: 0, y: 690, width: 40, height: 10 }, label: 'a' }]);
});

test('there are 64 at most', () => {
  const many = Array.from({ length: 100 }, (_, i) => ({ rect: { x: i, y: 0, width: 9, height: 9 }, label: '' }));
  assert.equal(fitOutlines(many, DESKTOP).length, MAX_OUTLINES);
});

test('a label stands in the corner, inside of the frame, or not at all', () => {
  const rect = { x: 100, y: 100, width: 60, height: 30 };
  assert.deepEqual(labelPlace(rect, { width: 54, height: 24 }, 3), { x: 103, y: 103, width: 54, height: 24 });
  assert.equal(labelPlace(rect, { width: 55, height: 24 }, 3), undefined);
  assert.equal(labelPlace(rect, { width: 54, height: 25 }, 3), undefined);
});

test('stripes go on from one tile to the next', () => {
  for (const scale of [1, 1.5, 2]) {
    const { width, height, pixels } = paintStripes(scale);
    const at = (x: number, y: number): number => pixels.readUInt32LE(((y % height) * width + (x % width)) * 4);
    for (let x = 0; x < 3 * width; x++) assert.equal(at(x, 0), at(x + width - 1, 1));
  }
});
