import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { findChanges } from './picture.changes.ts';

const [WIDTH, HEIGHT] = [200, 150];

function picturesOf(places: readonly { x: number; y: number }[]): { latest: Uint8Array; previous: Uint8Array } {
  const previous = new Uint8Array(WIDTH * HEIGHT * 4);
  const latest = previous.slice();
  for (const { x, y } of places) latest[(y * WIDTH + x) * 4 + (x % 3)] = 1;
  return { latest, previous };
}

describe('differences of two pictures', () => {
  test('two equal pictures have none', () => {
    assert.deepEqual(findChanges({ ...picturesOf([]), width: WIDTH, height: HEIGHT }), []);
  });

  test('every pixel that differs lies in a rectangle inside the picture, however little of it differs', () => {
    const place = fc.record({ x: fc.integer({ min: 0, max: WIDTH - 1 }), y: fc.integer({ min: 0, max: HEIGHT - 1 }) });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 60 }), (places) => {
        const changes = findChanges({ ...picturesOf(places), width: WIDTH, height: HEIGHT });
        for (const { x, y, width, height } of changes)
          assert.ok(x >= 0 && y >= 0 && x + width <= WIDTH && y + height <= HEIGHT);
        for (const { x, y } of places) {
          const isIn = changes.some(
            (rect) => x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height,
          );
          assert.ok(isIn, `${x},${y} is in none of ${JSON.stringify(changes)}`);
        }
      }),
    );
  });

  test('a small change is a small rectangle', () => {
    const changes = findChanges({ ...picturesOf([{ x: 130, y: 70 }]), width: WIDTH, height: HEIGHT });
    assert.deepEqual(changes, [{ x: 128, y: 70, width: 64, height: 1 }]);
  });
});
