import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOnDesktop } from './atspi.place.ts';

const FIELD = { x: 120, y: 130, width: 100, height: 30 };
const TOPLEVEL = { x: 100, y: 100, width: 200, height: 150 };
/** Its frame has a border of one pixel and a title of twenty. */
const FRAMED = { x: 99, y: 80, width: 202, height: 171 };
const AT_REST = { toplevel: TOPLEVEL, windows: [FRAMED], isRelative: false };

test('a field is where its program says, when the window is where the program says', () => {
  assert.deepEqual(placeOnDesktop(FIELD, AT_REST), [FIELD]);
});

test('what is reported in units of two or three pixels is enlarged', () => {
  for (const factor of [2, 3]) {
    const window = { x: 99 * factor, y: 80 * factor, width: 202 * factor, height: 171 * factor };
    const enlarged = { x: 120 * factor, y: 130 * factor, width: 100 * factor, height: 30 * factor };
    assert.deepEqual(placeOnDesktop(FIELD, { ...AT_REST, windows: [window] }), [enlarged]);
  }
});

test('a program whose windows are elsewhere has all of them as the field', () => {
  const windows = [
    { x: 500, y: 500, width: 202, height: 171 },
    { x: 0, y: 0, width: 50, height: 50 },
  ];
  assert.deepEqual(placeOnDesktop(FIELD, { ...AT_REST, windows }), windows);
  assert.deepEqual(placeOnDesktop(FIELD, { ...AT_REST, toplevel: undefined }), [FRAMED]);
});

test('a small window within a large one is not taken for it', () => {
  const large = { x: 0, y: 0, width: 1000, height: 700 };
  assert.deepEqual(placeOnDesktop(FIELD, { ...AT_REST, windows: [large] }), [large]);
});

test('a program that counts from the corner of its window has the window as the field', () => {
  assert.deepEqual(placeOnDesktop(FIELD, { ...AT_REST, isRelative: true }), [FRAMED]);
});

test('a field without a size has the window as the field', () => {
  assert.deepEqual(placeOnDesktop({ ...FIELD, width: 0 }, AT_REST), [FRAMED]);
});

test('a program without known windows is believed', () => {
  for (const isRelative of [false, true])
    assert.deepEqual(placeOnDesktop(FIELD, { ...AT_REST, windows: [], isRelative }), [FIELD]);
});
