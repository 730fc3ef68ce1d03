import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Rect } from '../platform/platform.ts';
import { Arrivals, SETTLE_MS, Settling } from './settling.ts';
import { windowOf } from './test-desktop.ts';

const rect = (x: number, y: number, ...[width, height]: [number, number]): Rect => ({ x, y, width, height });
const LEFT = rect(0, 0, 50, 100);
const RIGHT = rect(50, 0, 50, 100);
const BOTH = rect(0, 0, 100, 100);

test('what is uncovered is shown once it had time to be painted, what was shown before stays', () => {
  const settling = new Settling();
  assert.deepEqual(settling.show([LEFT], 0), []);
  assert.equal(settling.nextAt(), SETTLE_MS);
  assert.deepEqual(settling.show([LEFT], SETTLE_MS), [LEFT]);
  assert.equal(settling.nextAt(), undefined);
  assert.deepEqual(settling.show([BOTH], 1000), [LEFT]);
  assert.deepEqual(settling.show([BOTH], 1000 + SETTLE_MS - 1), [LEFT]);
  assert.deepEqual(settling.show([BOTH], 1000 + SETTLE_MS), [BOTH]);
});

test('what is covered is hidden at once, and waits again when it is uncovered again', () => {
  const settling = new Settling();
  settling.show([BOTH], 0);
  assert.deepEqual(settling.show([BOTH], 500), [BOTH]);
  assert.deepEqual(settling.show([LEFT], 600), [LEFT]);
  assert.deepEqual(settling.show([BOTH], 601), [LEFT]);
  assert.deepEqual(settling.show([LEFT], 700), [LEFT]);
  assert.deepEqual(settling.show([BOTH], 800), [LEFT]);
  assert.equal(settling.nextAt(), 800 + SETTLE_MS);
  assert.deepEqual(settling.show([BOTH], 601 + SETTLE_MS), [LEFT]);
  assert.deepEqual(settling.show([BOTH], 800 + SETTLE_MS), [BOTH]);
});

test('where a window has appeared nothing is shown until its password fields had time to be reported', () => {
  const settling = new Settling();
  settling.show([BOTH], 0);
  assert.deepEqual(settling.show([BOTH], 500), [BOTH]);
  assert.deepEqual(settling.show([BOTH], 600, [RIGHT]), [LEFT]);
  assert.deepEqual(settling.show([BOTH], 700), [LEFT]);
  assert.deepEqual(settling.show([BOTH], 800, [RIGHT]), [LEFT], 'another one in its place waits from the start');
  assert.deepEqual(settling.show([BOTH], 600 + SETTLE_MS), [LEFT]);
  assert.deepEqual(settling.show([BOTH], 800 + SETTLE_MS), [BOTH]);
});

test('a window is new once, where nothing stands in front of it; menus and what was there at the beginning are not', () => {
  const [old, front] = [windowOf({ id: 'old', bounds: BOTH }), windowOf({ id: 'front', bounds: LEFT, opaque: [LEFT] })];
  const added = windowOf({ id: 'added', bounds: BOTH });
  const menu = windowOf({ id: 'menu', bounds: LEFT, isPopup: true });
  const arrivals = new Arrivals();
  assert.deepEqual(arrivals.note([front, old], 0), []);
  assert.deepEqual(arrivals.note([menu, front, added, old], 100), [RIGHT]);
  assert.deepEqual(arrivals.note([menu, front, added, old], 200), []);
  const isNew = (now: number): boolean[] => ['old', 'menu', 'added'].map((id) => arrivals.isNew(id, now));
  assert.deepEqual(isNew(100 + SETTLE_MS - 1), [false, false, true]);
  assert.deepEqual(isNew(100 + SETTLE_MS), [false, false, false]);
  arrivals.note([front, old], 1000);
  assert.deepEqual(arrivals.note([front, added, old], 1100), [RIGHT], 'it was away');
});

test('whatever windows do, a pixel is shown only when it was visible all the time that painting takes', () => {
  const anyRect = fc.record({
    x: fc.integer({ min: 0, max: 9 }),
    y: fc.integer({ min: 0, max: 5 }),
    width: fc.integer({ min: 1, max: 6 }),
    height: fc.integer({ min: 1, max: 4 }),
  });
  const anyStep = fc.record({ visible: fc.option(anyRect), waitMs: fc.integer({ min: 0, max: SETTLE_MS }) });
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 12 }), (steps) => {
      const settling = new Settling();
      /** Since when each pixel is visible. */
      const since = new Map<string, number>();
      let now = 0;
      for (const { visible, waitMs } of steps) {
        now += waitMs;
        const rects = visible === null ? [] : [visible];
        const shown = settling.show(rects, now);
        for (let x = 0; x < 16; x++) {
          for (let y = 0; y < 10; y++) {
            const covers = (each: Rect): boolean =>
              x >= each.x && x < each.x + each.width && y >= each.y && y < each.y + each.height;
            if (!rects.some(covers)) since.delete(`${x},${y}`);
            else if (!since.has(`${x},${y}`)) since.set(`${x},${y}`, now);
            const isDue = now - (since.get(`${x},${y}`) ?? Infinity) >= SETTLE_MS;
            assert.equal(shown.filter(covers).length, isDue ? 1 : 0);
          }
        }
      }
    }),
  );
});
