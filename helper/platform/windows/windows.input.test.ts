import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toAbsolute } from './windows.input.ts';

describe('places for SendInput', () => {
  test('every pixel of every desktop is reached, whether Windows cuts off or rounds', () => {
    const size = fc.integer({ min: 1, max: 16_384 });
    const corner = fc.integer({ min: -8192, max: 0 });
    fc.assert(
      fc.property(size, corner, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (width, left, part) => {
        const x = left + Math.floor(part * width);
        const units = toAbsolute({ x, y: 0 }, { x: left, y: 0, width, height: 100 }).x;
        assert.ok(units >= 0 && units <= 65_535);
        assert.equal(left + Math.floor((units * width) / 65_536), x);
        assert.equal(left + Math.round((units * (width - 1)) / 65_535), x);
      }),
    );
  });

  test('a place outside the desktop is its edge', () => {
    const desktop = { x: -100, y: 0, width: 200, height: 100 };
    assert.deepEqual(toAbsolute({ x: -500, y: 700 }, desktop), toAbsolute({ x: -100, y: 99 }, desktop));
  });
});
