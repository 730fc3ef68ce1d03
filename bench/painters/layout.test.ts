import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONSENT_WINDOW, SIZE } from '../../e2e/wine-desktop.ts';
import { codeAreaSize } from '../barcode.ts';
import {
  flipWindows,
  sceneCode,
  screenSize,
  scrollCode,
  terminalArea,
  textRegion,
  videoCode,
  videoRegion,
  wineCode,
  wineWindow,
} from './layout.ts';

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const strip = (code: typeof sceneCode): Box => ({ x: code.x, y: code.y, ...codeAreaSize(code) });
const screen = { x: 0, y: 0, ...screenSize };
const isInside = (inner: Box, outer: Box): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

test('everything that is watched is on the screen', () => {
  for (const box of [strip(sceneCode), strip(scrollCode), strip(videoCode), textRegion, videoRegion]) {
    assert.ok(isInside(box, screen), JSON.stringify(box));
  }
});

test('no strip lies in a picture that is compared, and none is hidden by what moves', () => {
  assert.ok(!overlap(strip(videoCode), videoRegion));
  assert.ok(!overlap(strip(scrollCode), textRegion));
  assert.ok(!overlap(strip(sceneCode), terminalArea('desk')));
  assert.ok(!overlap(strip(sceneCode), flipWindows.small.area));
});

test('the watched pixel of a flip is in its window, away from the pointer and the strip', () => {
  for (const { area, pointer, watched } of Object.values(flipWindows)) {
    for (const point of [pointer, watched]) assert.ok(isInside({ ...point, width: 1, height: 1 }, area));
    assert.ok(Math.hypot(pointer.x - watched.x, pointer.y - watched.y) > 64);
    assert.ok(!overlap({ ...watched, width: 1, height: 1 }, strip(sceneCode)));
  }
});

test("on Wine's desktop the consent window covers nothing of what is watched, and the pointer and the strip do not either", () => {
  const { area, pointer, watched } = wineWindow;
  assert.ok(isInside(area, { x: 0, y: 0, ...SIZE }));
  assert.ok(!overlap(area, CONSENT_WINDOW));
  assert.ok(isInside(strip(wineCode), area));
  for (const point of [pointer, watched]) {
    assert.ok(isInside({ ...point, width: 1, height: 1 }, area));
    assert.ok(!overlap({ ...point, width: 1, height: 1 }, strip(wineCode)));
  }
  assert.ok(Math.hypot(pointer.x - watched.x, pointer.y - watched.y) > 64);
});
