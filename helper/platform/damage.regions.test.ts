import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Rect } from './platform.ts';
import { intersect } from '../pipeline/rects.ts';
import { coalesceDamage } from './damage.regions.ts';

const SCREEN: Rect = { x: 1920, y: 0, width: 1280, height: 1024 };

const anyRect = fc.record({
  x: fc.integer({ min: 1000, max: 3500 }),
  y: fc.integer({ min: -200, max: 1200 }),
  width: fc.integer({ min: 1, max: 800 }),
  height: fc.integer({ min: 1, max: 800 }),
});

function covers(rects: readonly Rect[], x: number, y: number): boolean {
  return rects.some((rect) => x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height);
}

describe('regions of damage', () => {
  test('every damaged pixel of the screen is in one of at most sixteen rectangles inside the screen', () => {
    fc.assert(
      fc.property(fc.array(anyRect, { maxLength: 300 }), (rects) => {
        const joined = coalesceDamage(rects, SCREEN);
        assert.ok(joined.length <= 16);
        const whole = { x: 0, y: 0, width: SCREEN.width, height: SCREEN.height };
        for (const rect of joined) assert.deepEqual(intersect(rect, whole), rect);
        for (const rect of rects) {
          const inside = intersect(rect, SCREEN);
          if (!inside) continue;
          const { x, y, width, height } = inside;
          assert.ok(covers(joined, x - SCREEN.x, y - SCREEN.y));
          assert.ok(covers(joined, x - SCREEN.x + width - 1, y - SCREEN.y + height - 1));
        }
      }),
    );
  });

  test('damage on another screen is none here', () => {
    assert.deepEqual(coalesceDamage([{ x: 0, y: 0, width: 1920, height: 1080 }], SCREEN), []);
  });

  test('the letters of a line are read together, two far corners are not', () => {
    const letters = Array.from({ length: 40 }, (_, i) => ({ x: 2000 + i * 10, y: 100, width: 8, height: 16 }));
    assert.equal(coalesceDamage(letters, SCREEN).length, 1);
    const corners = [
      { x: 1920, y: 0, width: 10, height: 10 },
      { x: 3000, y: 1000, width: 10, height: 10 },
    ];
    assert.equal(coalesceDamage(corners, SCREEN).length, 2);
  });
});
