import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MIN_SIDE, between, clampTo, middleOf, moved, resized, stepOf } from './rectangle.moves.ts';

const SCREEN = { width: 1920, height: 1080 };
const side = fc.integer({ min: -5000, max: 5000 });
const anyRect = fc.record({ x: side, y: side, width: side, height: side });
const anyPoint = fc.record({
  x: fc.double({ min: -9999, max: 9999, noNaN: true }),
  y: fc.double({ min: -9999, max: 9999, noNaN: true }),
});
const anyScreen = fc.record({
  width: fc.integer({ min: MIN_SIDE, max: 8000 }),
  height: fc.integer({ min: MIN_SIDE, max: 8000 }),
});

describe('drawn rectangles', () => {
  test('whatever is done to them, they are whole pixels on the screen', () => {
    fc.assert(
      fc.property(anyRect, anyPoint, anyScreen, (rect, point, screen) => {
        const start = clampTo(rect, screen);
        const results = [start, moved(start, point, screen), resized(start, point, screen), middleOf(screen)];
        const drawn = between({ x: rect.x, y: rect.y }, point, screen);
        for (const { x, y, width, height } of drawn === undefined ? results : [...results, drawn]) {
          assert.ok([x, y, width, height].every(Number.isInteger));
          assert.ok(x >= 0 && y >= 0 && width >= MIN_SIDE && height >= MIN_SIDE);
          assert.ok(x + width <= screen.width && y + height <= screen.height);
        }
      }),
    );
  });

  test('a rectangle is drawn from any corner to any other', () => {
    const expected = { x: 100, y: 50, width: 300, height: 200 };
    const [left, right, top, bottom] = [100, 400, 50, 250];
    for (const [from, to] of [
      [
        { x: left, y: top },
        { x: right, y: bottom },
      ],
      [
        { x: right, y: bottom },
        { x: left, y: top },
      ],
      [
        { x: right, y: top },
        { x: left, y: bottom },
      ],
    ] as const)
      assert.deepEqual(between(from, to, SCREEN), expected);
  });

  test('a slip of the hand draws nothing', () => {
    assert.equal(between({ x: 5, y: 5 }, { x: 9, y: 400 }, SCREEN), undefined);
  });

  test('moving keeps the size, changing the size keeps the near corner', () => {
    const rect = { x: 100, y: 100, width: 200, height: 200 };
    assert.deepEqual(moved(rect, { x: 20, y: -5000 }, SCREEN), { ...rect, x: 120, y: 0 });
    assert.deepEqual(resized(rect, { x: 5000, y: -40 }, SCREEN), { ...rect, width: 1820, height: 160 });
  });

  test('an arrow key crosses any screen in about a hundred presses', () => {
    for (const width of [320, 1920, 7680])
      assert.ok(Math.abs(width / stepOf({ width, height: 1 }) - 96) < 15, String(width));
  });
});
