import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { areaOf } from '../../pipeline/rects.ts';
import { planReads } from './read.plan.ts';

describe('the plan of reads', () => {
  test('packed reads never overlap each other nor leave their room', () => {
    const small = fc.record({
      x: fc.integer({ min: 0, max: 600 }),
      y: fc.integer({ min: 0, max: 500 }),
      width: fc.integer({ min: 1, max: 680 }),
      height: fc.integer({ min: 1, max: 524 }),
    });
    fc.assert(
      fc.property(fc.array(small, { maxLength: 16 }), (rects) => {
        const scratchBytes = 1280 * 1024 * 2;
        let end = 0;
        for (const { rect, packedAt } of planReads(rects, { width: 1280, height: 1024, scratchBytes })) {
          if (packedAt === undefined) {
            assert.deepEqual([rect.x, rect.width], [0, 1280]);
          } else {
            assert.equal(packedAt, end);
            end += areaOf(rect) * 4;
          }
        }
        assert.ok(end <= scratchBytes);
      }),
    );
  });
});
