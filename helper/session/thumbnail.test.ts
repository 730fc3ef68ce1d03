import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import type { CaptureSession, Picture, ScreenCapture } from '../platform/platform.ts';
import { thumbnailOf } from './thumbnail.ts';

function screenOf(picture: Picture | undefined): { capture: ScreenCapture; closed: () => number } {
  let closed = 0;
  const session: Partial<CaptureSession> = { grab: async () => picture, close: () => (closed += 1) };
  // Only what a thumbnail uses.
  const capture = { screens: async () => [], open: async () => session as CaptureSession };
  return { capture, closed: () => closed };
}

test('a thumbnail is a PNG of the screen in its own colours, a few hundred pixels wide', async () => {
  const [width, height, stride] = [640, 320, 640 * 4 + 8];
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) pixels.set([10, 20, 200, 0], y * stride + x * 4);
  const { capture, closed } = screenOf({ width, height, stride, pixels, damage: [] });
  const url = await thumbnailOf(capture, 'any');
  assert.ok(url !== null && url.startsWith('data:image/png;base64,'));
  const png = Buffer.from(url.slice('data:image/png;base64,'.length), 'base64');
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [320, 160]);
  const rows = inflateSync(png.subarray(41, png.length - 16));
  assert.deepEqual([...rows.subarray(0, 7)], [0, 200, 20, 10, 200, 20, 10]);
  assert.equal(closed(), 1);
});

test('a screen that gives no picture has no thumbnail, and is let go', async () => {
  const { capture, closed } = screenOf(undefined);
  assert.equal(await thumbnailOf(capture, 'any'), null);
  assert.equal(closed(), 1);
});
