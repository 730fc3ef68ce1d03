import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  codeAreaSize,
  codeBits,
  decodeFrameCode,
  encodeFrameCode,
  frameAgeMs,
  timeRangeMs,
  whiteRectangles,
} from './barcode.ts';

const anyFrame = fc.record({ counter: fc.nat(0xffff), timeMs: fc.nat(timeRangeMs - 1) }, { noNullPrototype: true });

describe('the code strip', () => {
  test('a painted frame code is read back as it was written', () => {
    fc.assert(fc.property(anyFrame, (frame) => assert.deepEqual(decodeFrameCode(encodeFrameCode(frame)), frame)));
  });

  test('a strip with one or two wrong cells is refused instead of misread', () => {
    const cell = fc.nat(codeBits - 1);
    fc.assert(
      fc.property(anyFrame, cell, cell, (frame, first, second) => {
        const bits = [...encodeFrameCode(frame)];
        for (const index of new Set([first, second])) bits[index] = bits[index] === '1' ? '0' : '1';
        assert.equal(decodeFrameCode(bits.join('')), undefined);
      }),
    );
  });

  test('a blank canvas is not a frame, black or white', () => {
    assert.equal(decodeFrameCode('0'.repeat(codeBits)), undefined);
    assert.equal(decodeFrameCode('1'.repeat(codeBits)), undefined);
    assert.equal(decodeFrameCode(''), undefined);
  });

  test('the age of a frame is right across the wrap of the time code', () => {
    assert.equal(frameAgeMs({ counter: 0, timeMs: 1000 }, 5 * timeRangeMs + 1040), 40);
    assert.equal(frameAgeMs({ counter: 0, timeMs: timeRangeMs - 10 }, 3 * timeRangeMs + 20), 30);
    assert.equal(frameAgeMs({ counter: 0, timeMs: 1000 }, 5 * timeRangeMs + 995), -5);
  });

  test('the white cells cover exactly the ones of the code', () => {
    const area = { x: 7, y: 3, cellWidth: 4, cellHeight: 2, columns: 24 };
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const bits = encodeFrameCode(frame);
        const cells = new Array<string>(codeBits).fill('0');
        const flat = whiteRectangles(bits, area);
        for (let at = 0; at < flat.length; at += 4) {
          const [x = 0, y = 0, width = 0] = flat.slice(at, at + 3);
          const start = ((y - area.y) / area.cellHeight) * area.columns + (x - area.x) / area.cellWidth;
          cells.fill('1', start, start + width / area.cellWidth);
        }
        assert.equal(cells.join(''), bits);
      }),
    );
    assert.deepEqual(codeAreaSize(area), { width: 96, height: 4 });
  });
});
