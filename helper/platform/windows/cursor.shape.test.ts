import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toShape } from './cursor.shape.ts';

const [OPEN, CLOSED] = [0xffffff, 0];
const [BLACK, WHITE, CLEAR] = [
  [0, 0, 0, 255],
  [255, 255, 255, 255],
  [0, 0, 0, 0],
] as const;

function bitmap(width: number, words: number[]): { width: number; height: number; words: Uint32Array } {
  return { width, height: words.length / width, words: Uint32Array.from(words) };
}

describe('shapes of the pointer on Windows', () => {
  test('a pointer with alpha keeps its colours as they are', () => {
    const { rgba } = toShape(bitmap(2, [OPEN, CLOSED]), bitmap(2, [0x80402010, 0xff010203]));
    assert.deepEqual([...rgba], [0x40, 0x20, 0x10, 0x80, 1, 2, 3, 0xff]);
  });

  test('a coloured pointer without alpha is opaque where its mask is closed', () => {
    const { rgba } = toShape(bitmap(2, [CLOSED, OPEN]), bitmap(2, [0x102030, 0]));
    assert.deepEqual([...rgba], [0x10, 0x20, 0x30, 0xff, ...CLEAR]);
  });

  test('a pointer of one bit is black, white and clear by its two masks', () => {
    const shape = toShape(bitmap(3, [CLOSED, CLOSED, OPEN, 0, 0xffffff, 0]), undefined);
    assert.deepEqual([shape.width, shape.height], [3, 1]);
    assert.deepEqual([...shape.rgba], [...BLACK, ...WHITE, ...CLEAR]);
  });

  test('what turns the colour of the screen round is black with a white edge', () => {
    // A beam in the middle column of three.
    const row = [OPEN, OPEN, OPEN];
    const beam = [0, 0xffffff, 0];
    const { rgba } = toShape(bitmap(3, [...row, ...row, ...beam, ...beam]), undefined);
    const line = [...WHITE, ...BLACK, ...WHITE];
    assert.deepEqual([...rgba], [...line, ...line]);
  });

  test('the edge does not run over from one row into the next', () => {
    const { rgba } = toShape(bitmap(2, [OPEN, OPEN, OPEN, OPEN, 0, 0xffffff, 0, 0]), undefined);
    assert.deepEqual([...rgba], [...WHITE, ...BLACK, ...CLEAR, ...WHITE]);
  });
});
