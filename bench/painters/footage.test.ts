import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { footageSize, renderFootage } from './footage.ts';

/** The first frames of the footage, copied. */
function firstFrames(seed: number, count: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (const frame of renderFootage(seed)) {
    frames.push(frame.slice());
    if (frames.length === count) break;
  }
  return frames;
}

const digest = (frame: Uint8Array | undefined): string =>
  createHash('sha256')
    .update(frame ?? '')
    .digest('hex');

describe('the footage', () => {
  test('is the same in every run, and another with another seed', () => {
    const [frame] = firstFrames(1, 1);
    assert.equal(frame?.length, footageSize.width * footageSize.height * 4);
    assert.equal(digest(firstFrames(1, 1)[0]), digest(frame));
    assert.notEqual(digest(firstFrames(2, 1)[0]), digest(frame));
  });

  test('moves everywhere: most pixels differ from one frame to the next', () => {
    const [before = new Uint8Array(), after = new Uint8Array()] = firstFrames(1, 2);
    let changed = 0;
    for (let pixel = 0; pixel < before.length; pixel += 4) if (before[pixel] !== after[pixel]) changed += 1;
    assert.ok(changed > 0.8 * footageSize.width * footageSize.height);
  });
});
