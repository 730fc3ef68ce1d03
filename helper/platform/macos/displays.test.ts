import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { contains, overlaps } from '../../pipeline/rects.ts';
import { DisplayMap, toAppKit } from './displays.ts';
import type { Display } from './displays.ts';

/** A laptop at two pixels a point, left of it a plain screen that stands higher, right of it a large one. */
const LAPTOP: Display = {
  id: 1,
  points: { x: 0, y: 0, width: 1440, height: 900 },
  pixels: { width: 2880, height: 1800 },
};
const PLAIN: Display = {
  id: 2,
  points: { x: -1920, y: -180, width: 1920, height: 1080 },
  pixels: { width: 1920, height: 1080 },
};
const LARGE: Display = {
  id: 3,
  points: { x: 1440, y: 0, width: 2560, height: 1440 },
  pixels: { width: 5120, height: 2880 },
};
const map = new DisplayMap([LAPTOP, PLAIN, LARGE]);

describe('displays of different scales in one space of pixels', () => {
  test('each has its own pixels, placed by the largest scale, and none overlaps another', () => {
    assert.deepEqual(map.boundsOf(1), { x: 0, y: 0, width: 2880, height: 1800 });
    assert.deepEqual(map.boundsOf(2), { x: -3840, y: -360, width: 1920, height: 1080 });
    assert.deepEqual(map.boundsOf(3), { x: 2880, y: 0, width: 5120, height: 2880 });
    assert.equal(map.boundsOf(4), undefined);
    assert.deepEqual(map.desktop(), { x: -3840, y: -360, width: 11_840, height: 3240 });
    assert.equal(map.mainScale(), 2);
  });

  test('every pixel of every display is found again by its place in points', () => {
    const pixel = fc.constantFrom(LAPTOP, PLAIN, LARGE).chain(({ id, pixels }) =>
      fc.record({
        id: fc.constant(id),
        x: fc.integer({ min: 0, max: pixels.width - 1 }),
        y: fc.integer({ min: 0, max: pixels.height - 1 }),
      }),
    );
    fc.assert(
      fc.property(pixel, ({ id, x, y }) => {
        const bounds = map.boundsOf(id) ?? assert.fail('no such display');
        const at = { x: bounds.x + x, y: bounds.y + y };
        assert.deepEqual(map.toPixel(map.toPoint(at)), at);
      }),
    );
  });

  test('displays side by side stay apart whatever their scales are', () => {
    const display = fc.record({
      width: fc.integer({ min: 640, max: 3000 }),
      height: fc.integer({ min: 480, max: 2000 }),
      top: fc.integer({ min: -900, max: 900 }),
      scale: fc.constantFrom(1, 1.5, 2),
    });
    fc.assert(
      fc.property(fc.array(display, { minLength: 1, maxLength: 4 }), (row) => {
        let left = 0;
        const displays = row.map(({ width, height, top, scale }, id) => {
          const points = { x: left, y: top, width, height };
          left += width;
          return { id, points, pixels: { width: Math.round(width * scale), height: Math.round(height * scale) } };
        });
        const placed = new DisplayMap(displays);
        const bounds = displays.map(({ id }) => placed.boundsOf(id) ?? assert.fail('no such display'));
        for (const [at, one] of bounds.entries())
          for (const other of bounds.slice(at + 1)) assert.ok(!overlaps(one, other), JSON.stringify(bounds));
        assert.ok(bounds.every((each) => contains(placed.desktop(), each)));
      }),
    );
  });

  test('a window becomes all pixels that it touches', () => {
    assert.deepEqual(map.toPixels({ x: 10.25, y: 20, width: 100, height: 50 }), {
      x: 20,
      y: 40,
      width: 201,
      height: 100,
    });
    assert.deepEqual(map.toPixels({ x: -1000, y: 0, width: 10, height: 10 }), {
      x: -2920,
      y: -180,
      width: 10,
      height: 10,
    });
    // Over the edge between the laptop and the large one.
    assert.deepEqual(map.toPixels({ x: 1400, y: 100, width: 80, height: 10 }), {
      x: 2800,
      y: 200,
      width: 160,
      height: 20,
    });
    // Over two scales: both parts are inside.
    const both = map.toPixels({ x: -10, y: 0, width: 30, height: 10 });
    assert.ok(contains(both, { x: -1930, y: -180, width: 10, height: 10 }));
    assert.ok(contains(both, { x: 0, y: 0, width: 40, height: 20 }));
  });

  test('what a surface covers has the scale of the display that it is on', () => {
    assert.deepEqual(map.toPoints({ x: 1000, y: 8, width: 800, height: 88 }), { x: 500, y: 4, width: 400, height: 44 });
    assert.deepEqual(map.toPoints({ x: -3840, y: -360, width: 400, height: 44 }), {
      ...{ x: -1920, y: -180 },
      ...{ width: 400, height: 44 },
    });
    assert.deepEqual(toAppKit({ x: 500, y: 4, width: 400, height: 44 }, 900), {
      x: 500,
      y: 852,
      width: 400,
      height: 44,
    });
  });

  test('the pointer never leaves the displays: a gap, or what is beyond, is the edge of the nearest one', () => {
    assert.deepEqual(map.toPoint({ x: -500, y: 0 }), { x: 0, y: 0 });
    assert.deepEqual(map.toPoint({ x: -1900, y: -300 }), { x: -1, y: -120 });
    assert.deepEqual(map.toPoint({ x: 90_000, y: 90_000 }), { x: 3999.5, y: 1439.5 });
  });
});
