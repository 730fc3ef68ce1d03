import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Canvas } from '../paint/canvas.ts';
import { paintStripes } from '../paint/outlines.layout.ts';
import { outlinePicture, pillPicture } from './surface.picture.ts';

const pixelAt = (picture: Uint8Array, width: number, at: { x: number; y: number }): number[] => [
  ...picture.subarray((at.y * width + at.x) * 4, (at.y * width + at.x) * 4 + 4),
];

test('a pill is opaque inside and transparent beyond its round ends, its edge in between', () => {
  const canvas = new Canvas(60, 20);
  canvas.fill([200, 100, 40]);
  const picture = pillPicture(canvas);
  assert.deepEqual(pixelAt(picture, 60, { x: 30, y: 10 }), [40, 100, 200, 255]);
  assert.deepEqual(pixelAt(picture, 60, { x: 0, y: 0 }), [0, 0, 0, 0]);
  const alphas = Array.from({ length: 60 }, (_, x) => pixelAt(picture, 60, { x, y: 3 }));
  const edge = alphas.find(([, , , alpha = 0]) => alpha > 0 && alpha < 255);
  const [, , red = 0, alpha = 0] = edge ?? [];
  assert.equal(red, Math.round((200 * alpha) / 255), 'colours are multiplied by their alpha');
});

test('an outline is its bars and its label, with nothing in between', () => {
  const label = new Canvas(20, 10);
  label.fill([1, 2, 3]);
  const size = { width: 80, height: 60 };
  const picture = outlinePicture({ ...size }, { stripes: paintStripes(1), bar: 3, label });
  assert.equal(pixelAt(picture, 80, { x: 40, y: 2 })[3], 255);
  assert.equal(pixelAt(picture, 80, { x: 79, y: 30 })[3], 255);
  assert.deepEqual(pixelAt(picture, 80, { x: 40, y: 30 }), [0, 0, 0, 0]);
  assert.deepEqual(pixelAt(picture, 80, { x: 3, y: 3 }), [3, 2, 1, 255]);
  assert.deepEqual(pixelAt(picture, 80, { x: 23, y: 13 }), [0, 0, 0, 0]);
});

test('a label that does not fit is left out, and where an outline is in the desktop does not matter', () => {
  const label = new Canvas(90, 10);
  const rect = { x: 700, y: 500, width: 80, height: 60 };
  const picture = outlinePicture(rect, { stripes: paintStripes(1), bar: 3, label });
  assert.equal(picture.length, 80 * 60 * 4);
  assert.deepEqual(pixelAt(picture, 80, { x: 40, y: 10 }), [0, 0, 0, 0]);
});
