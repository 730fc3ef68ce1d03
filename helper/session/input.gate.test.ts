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
  granted: 'all',
  mayElevate: false,
  reachesElevated: () => false,
  isFrozen: false,
  screen: { x: 100, y: 0, width: 1000, height: 800 },
  windows: [window(9, [100, 0, 1000, 800], true)],
  consentPids: new Set([7]),
  banner: undefined,
  survey: { covered: [], operable: [{ x: 100, y: 0, width: 1000, height: 800 }], hiddenWindows: new Set() },
  isMember: () => true,
  isPasswordFocused: false,
  held: new Set(),
  lastLocalInputAt: 0,
  now: 100_000,
  ...change,
});

const move: InputMessage = { type: 'pointer/move', x: 10, y: 10 };
const press: InputMessage = { type: 'pointer/button', x: 10, y: 10, button: 0, isDown: true };
const release: InputMessage = { ...press, isDown: false };
const wheel: InputMessage = { type: 'pointer/wheel', x: 10, y: 10, deltaX: 0, deltaY: 1 };
const key: InputMessage = { type: 'key', code: 'KeyA', isDown: true };
const text: InputMessage = { type: 'text', text: 'a' };

test('with the grant, every kind of input passes', () => {
  for (const message of [move, press, key, text]) assert.equal(judgeInput(message, desktop()), undefined);
});

test('without the grant nothing passes but letting go', () => {
  for (const message of [move, press, key, text])
    assert.equal(judgeInput(message, desktop({ granted: undefined })), 'not-granted');
  assert.equal(judgeInput({ type: 'release-all' }, desktop({ granted: undefined })), undefined);
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

test('while a question is open nothing passes but letting go', () => {
  for (const message of [move, press, key, text])
    assert.equal(judgeInput(message, desktop({ isFrozen: true })), 'frozen');
  assert.equal(judgeInput(release, desktop({ isFrozen: true })), undefined);
});

const part = { x: 100, y: 0, width: 400, height: 800 };
const limited = (change: Partial<Desktop> = {}): Desktop =>
  desktop({ granted: 'limited', survey: { covered: [], operable: [part], hiddenWindows: new Set() }, ...change });

test('in limited mode the pointer passes where something was allowed, and nowhere else', () => {
  assert.equal(judgeInput(press, limited()), undefined);
  assert.equal(judgeInput({ ...press, x: 400 }, limited()), 'outside');
  assert.equal(judgeInput({ ...release, x: 400 }, limited()), undefined);
});

test('in limited mode keys pass to a window that was allowed, and not while nobody has them', () => {
  assert.equal(judgeInput(key, limited()), undefined);
  assert.equal(judgeInput(key, limited({ isMember: () => false })), 'outside');
  assert.equal(judgeInput(text, limited({ windows: [window(9, [100, 0, 10, 10])] })), 'outside');
  assert.equal(judgeInput(key, desktop({ isMember: () => false })), undefined);
});

test('in limited mode shortcuts of the desktop do not pass, in full control they do', () => {
  const held = new Set(['AltLeft']);
  const tab: InputMessage = { type: 'key', code: 'Tab', isDown: true };
  assert.equal(judgeInput(tab, limited({ held })), 'shortcut');
  assert.equal(judgeInput(text, limited({ held })), 'shortcut');
  assert.equal(judgeInput(tab, desktop({ held })), undefined);
});

test('what is covered takes neither pointer nor keys, whatever was granted', () => {
  const rect = { x: 100, y: 0, width: 50, height: 50 };
  const survey = (why: 'application' | 'password') => ({
    covered: [{ rect, why, rule: 'any' }],
    operable: [part],
    hiddenWindows: new Set(['w9']),
  });
  assert.equal(judgeInput(press, desktop({ survey: survey('application') })), 'hidden');
  assert.equal(judgeInput(press, desktop({ survey: survey('password') })), 'password');
  assert.equal(judgeInput(key, desktop({ survey: survey('application') })), 'hidden');
  assert.equal(judgeInput(key, desktop({ isPasswordFocused: true })), 'password');
});

test('to a window of a program with more rights than ours the agent only points', () => {
  const windows = [{ ...window(9, [100, 0, 500, 800], true), isElevated: true }, window(8, [100, 0, 1000, 800])];
  const elevated = desktop({ windows });
  for (const message of [press, wheel, key, text]) assert.equal(judgeInput(message, elevated), 'elevated');
  for (const message of [move, release]) assert.equal(judgeInput(message, elevated), undefined);
  assert.equal(judgeInput({ ...press, x: 600 }, elevated), undefined, 'another window');
  const behind = desktop({ windows: windows.toReversed() });
  assert.equal(judgeInput(press, behind), undefined, 'behind another window');
  assert.equal(judgeInput(key, desktop({ windows, isMember: () => false, granted: 'limited' })), 'outside');
});

test('nor does it click or type into one that the list knows nothing of, where the system would give it that', () => {
  const asked: unknown[] = [];
  const at = (isThere: (place: object | undefined) => boolean): Desktop =>
    desktop({
      reachesElevated: (place) => {
        asked.push(place);
        return isThere(place);
      },
    });
  const behind = at((place) => place !== undefined);
  for (const message of [press, wheel]) assert.equal(judgeInput(message, behind), 'elevated');
  for (const message of [key, text]) assert.equal(judgeInput(message, behind), undefined);
  assert.deepEqual(asked, [{ x: 110, y: 10 }, { x: 110, y: 10 }, undefined, undefined], 'in places of the desktop');
  const unseen = at((place) => place === undefined);
  for (const message of [key, text]) assert.equal(judgeInput(message, unseen), 'elevated');
  assert.equal(judgeInput(press, unseen), undefined);
  asked.length = 0;
  for (const message of [move, release]) assert.equal(judgeInput(message, behind), undefined);
  assert.equal(judgeInput(press, { ...behind, mayElevate: true }), undefined);
  assert.equal(judgeInput(key, { ...unseen, mayElevate: true }), undefined);
  assert.deepEqual(asked, [], 'nobody is asked where it makes no difference');
});

test('the wheel may turn in what has the keyboard, so both count', () => {
  assert.equal(judgeInput(wheel, desktop({ reachesElevated: (place) => place === undefined })), 'elevated');
  const focused = { ...window(9, [600, 0, 500, 800], true), isElevated: true };
  const windows = [focused, window(8, [100, 0, 1000, 800])];
  assert.equal(judgeInput(wheel, desktop({ windows })), 'elevated');
  assert.equal(judgeInput(wheel, desktop({ windows, mayElevate: true })), undefined);
});

test('with the right of its own such a window takes all that any other takes, and nothing that is hidden in it', () => {
  const windows = [{ ...window(9, [100, 0, 500, 800], true), isElevated: true }];
  const allowed = desktop({ windows, mayElevate: true });
  for (const message of [move, press, release, key, text]) assert.equal(judgeInput(message, allowed), undefined);
  assert.equal(judgeInput(press, { ...allowed, granted: undefined }), 'not-granted');
  assert.equal(judgeInput(key, { ...allowed, isPasswordFocused: true }), 'password');
  assert.equal(judgeInput(key, { ...allowed, isFrozen: true }), 'frozen');
});

test('keys that may go to a hidden window, since nobody knows who took the keyboard, are refused', () => {
  const windows = [window(9, [100, 0, 1000, 800])];
  for (const message of [key, text]) {
    assert.equal(judgeInput(message, desktop({ windows })), undefined);
    const survey = { ...desktop().survey, hiddenWindows: new Set(['w8']) };
    assert.equal(judgeInput(message, desktop({ windows, survey })), 'hidden');
  }
});
