import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInvisible, opaqueParts } from './windows.opaque.ts';
import type { WindowSurface } from './windows.opaque.ts';

const BOUNDS = { x: 10, y: 20, width: 100, height: 80 };
const PLAIN: WindowSurface = { bounds: BOUNDS, exStyle: 0, layer: undefined, region: undefined, cornerRadius: 0 };
const LAYERED = 0x00080000;

test('a plain window shows nothing but itself, all over', () => {
  assert.deepEqual(opaqueParts(PLAIN), [BOUNDS]);
});

test('round corners show what is behind', () => {
  const parts = opaqueParts({ ...PLAIN, cornerRadius: 8 });
  assert.deepEqual(parts, [
    { x: 10, y: 28, width: 100, height: 64 },
    { x: 18, y: 20, width: 84, height: 8 },
    { x: 18, y: 92, width: 84, height: 8 },
  ]);
  assert.deepEqual(opaqueParts({ ...PLAIN, bounds: { ...BOUNDS, width: 10, height: 10 }, cornerRadius: 8 }), []);
});

test('a layered window is opaque only when Windows says that all of it is', () => {
  const layered = { ...PLAIN, exStyle: LAYERED };
  assert.deepEqual(opaqueParts(layered), [], 'each pixel has its own alpha');
  assert.deepEqual(opaqueParts({ ...layered, layer: { alpha: 254, flags: 2 } }), []);
  assert.deepEqual(opaqueParts({ ...layered, layer: { alpha: 255, flags: 3 } }), [], 'one colour is a hole');
  assert.deepEqual(opaqueParts({ ...layered, layer: { alpha: 255, flags: 2 } }), [BOUNDS]);
});

test('a window that gives Windows its pixels itself may be seen through', () => {
  assert.deepEqual(opaqueParts({ ...PLAIN, exStyle: 0x00200000 }), []);
});

test('a shape is opaque where it is one rectangle', () => {
  const region = { x: 0, y: 0, width: 50, height: 50 };
  assert.deepEqual(opaqueParts({ ...PLAIN, region }), [{ x: 10, y: 20, width: 40, height: 30 }]);
  assert.deepEqual(opaqueParts({ ...PLAIN, region: 'complex' }), []);
  assert.deepEqual(opaqueParts({ ...PLAIN, region: { x: 900, y: 0, width: 5, height: 5 } }), []);
});

test('only a layered window that is blended by nothing is invisible', () => {
  assert.equal(isInvisible(LAYERED, { alpha: 0, flags: 2 }), true);
  assert.equal(isInvisible(LAYERED, { alpha: 0, flags: 1 }), false);
  assert.equal(isInvisible(LAYERED, { alpha: 1, flags: 2 }), false);
  assert.equal(isInvisible(LAYERED, undefined), false);
  assert.equal(isInvisible(0, { alpha: 0, flags: 2 }), false);
});
