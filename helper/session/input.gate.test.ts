import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InputMessage } from '../../protocol/stream.ts';
import type { DesktopWindow } from '../platform/platform.ts';
import { LOCAL_HAND_MS, judgeInput, type Desktop } from './input.gate.ts';
import { windowOf } from './test-desktop.ts';

const window = (pid: number, bounds: [number, number, number, number], isFocused = false): DesktopWindow => {
  const [x, y, width, height] = bounds;
  return windowOf({ id: `w${pid}`, pid, bounds: { x, y, width, height }, isFocused });
};

const desktop = (change: Partial<Desktop> = {}): Desktop => ({
  isGranted: true,
  screen: { x: 100, y: 0, width: 1000, height: 800 },
  windows: [window(9, [100, 0, 1000, 800], true)],
  consentPids: new Set([7]),
  banner: undefined,
  lastLocalInputAt: 0,
  now: 100_000,
  ...change,
});

const move: InputMessage = { type: 'pointer/move', x: 10, y: 10 };
const press: InputMessage = { type: 'pointer/button', x: 10, y: 10, button: 0, isDown: true };
const release: InputMessage = { ...press, isDown: false };
const key: InputMessage = { type: 'key', code: 'KeyA', isDown: true };
const text: InputMessage = { type: 'text', text: 'a' };

test('with the grant, every kind of input passes', () => {
  for (const message of [move, press, key, text]) assert.equal(judgeInput(message, desktop()), undefined);
});

test('without the grant nothing passes but letting go', () => {
  for (const message of [move, press, key, text])
    assert.equal(judgeInput(message, desktop({ isGranted: false })), 'not-granted');
  assert.equal(judgeInput({ type: 'release-all' }, desktop({ isGranted: false })), undefined);
});

test('the local hand wins: remote input waits, but what is held may be let go', () => {
  const touched = desktop({ lastLocalInputAt: 100_000 - LOCAL_HAND_MS + 1 });
  for (const message of [move, press, key, text]) assert.equal(judgeInput(message, touched), 'local-hand');
  assert.equal(judgeInput(release, touched), undefined);
  assert.equal(judgeInput(press, desktop({ lastLocalInputAt: 100_000 - LOCAL_HAND_MS })), undefined);
});

test('remote input never reaches the banner', () => {
  const banner = { x: 100, y: 0, width: 200, height: 40 };
  assert.equal(judgeInput(press, desktop({ banner })), 'banner');
  assert.equal(judgeInput(move, desktop({ banner })), 'banner');
});

test('the consent window is known by its process: in front it takes no remote pointer', () => {
  const windows = [window(7, [100, 0, 300, 300]), window(9, [100, 0, 1000, 800], true)];
  assert.equal(judgeInput(press, desktop({ windows })), 'consent-window');
  const covered = [window(9, [100, 0, 1000, 800], true), window(7, [100, 0, 300, 300])];
  assert.equal(judgeInput(press, desktop({ windows: covered })), undefined);
});

test('the consent window takes no remote keys while it has the focus', () => {
  const windows = [window(7, [900, 0, 100, 100], true), window(9, [100, 0, 1000, 800])];
  for (const message of [key, text]) assert.equal(judgeInput(message, desktop({ windows })), 'consent-window');
});

test('input beyond the shared screen is refused', () => {
  assert.equal(judgeInput({ ...press, x: 1000 }, desktop()), 'outside');
});
