import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { identicalDb, lumaOf, psnr } from './picture-quality.ts';

describe('picture quality', () => {
  test('an error of one level on every pixel is 48.13 dB', () => {
    assert.equal(psnr(new Uint8Array(100).fill(7), new Uint8Array(100).fill(8)).toFixed(2), '48.13');
  });

  test('black instead of white is 0 dB, the same picture is without error', () => {
    assert.equal(psnr(new Uint8Array(4), new Uint8Array(4).fill(255)), 0);
    assert.equal(psnr(new Uint8Array(4), new Uint8Array(4)), identicalDb);
  });

  test('pictures of different size are refused', () => {
    assert.throws(() => psnr(new Uint8Array(4), new Uint8Array(5)));
  });

  test('luma weighs blue, green and red of the part that is asked for', () => {
    const pixels = Uint8Array.from([9, 9, 9, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0]);
    assert.deepEqual([...lumaOf({ pixels, width: 4 }, { x: 1, y: 0, width: 3, height: 1 })], [29, 150, 76]);
  });
});
