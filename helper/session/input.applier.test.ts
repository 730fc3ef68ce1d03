import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeMessage, type InputMessage } from '../../protocol/stream.ts';
import { utf8 } from '../../protocol/bytes.ts';
import type { Reach } from '../../protocol/scope.ts';
import type { DesktopWindow } from '../platform/platform.ts';
import type { DesktopView } from './desktop.watch.ts';
import { InputApplier } from './input.applier.ts';
import { judgeInput } from './input.gate.ts';
import { FakeInput, SCREEN, settle, windowOf } from './test-desktop.ts';

const NOW = 100_000;
const CONSENT_PID = 7;

function start() {
  const input = new FakeInput();
  const refused: string[] = [];
  const errors: unknown[] = [];
  const desktop: DesktopView = {
    windows: [],
    consentPids: new Set([CONSENT_PID]),
    banner: undefined,
    lastLocalInputAt: 0,
  };
  const state: { isGranted: boolean; reach: Reach } = { isGranted: true, reach: 'all' };
  const applier = new InputApplier({
    input,
    gate: {
      look: () => Promise.resolve(),
      judge: (message, held) =>
        judgeInput(message, {
          ...desktop,
          mayElevate: false,
          reachesElevated: () => false,
          granted: state.isGranted ? state.reach : undefined,
          isFrozen: false,
          screen: SCREEN.bounds,
          survey: { covered: [], operable: [SCREEN.bounds], hiddenWindows: new Set() },
          isMember: () => true,
          isPasswordFocused: false,
          held,
          now: NOW,
        }),
    },
    screen: () => SCREEN.bounds,
    onRefused: (reason) => refused.push(reason),
    onError: (cause) => errors.push(cause),
  });
  const receive = async (...messages: InputMessage[]): Promise<void> => {
    for (const message of messages) applier.receive(encodeMessage(message));
    await settle();
  };
  return { applier, input, refused, errors, desktop, state, receive };
}

const consentWindow = (isFocused: boolean): DesktopWindow =>
  windowOf({ id: 'consent', pid: CONSENT_PID, bounds: { x: 100, y: 50, width: 200, height: 200 }, isFocused });

const key = (code: string, isDown = true): InputMessage => ({ type: 'key', code, isDown });
const text = (written: string): InputMessage => ({ type: 'text', text: written });
const button = (isDown: boolean, x = 500, y = 500): InputMessage => ({
  type: 'pointer/button',
  x,
  y,
  button: 0,
  isDown,
});

describe('what is applied', () => {
  test('a key or button that is not held from afar is not let go: nothing reaches the desktop by that', async () => {
    const { applier, input, receive } = start();
    await receive(key('Enter', false), button(false));
    assert.deepEqual(input.done, []);
    await receive(key('KeyA'), button(true));
    applier.release();
    const before = input.done.length;
    await receive(key('KeyA', false), button(false));
    assert.equal(input.done.length, before);
  });

  test('is applied at once, at the place of the shared screen on the desktop', async () => {
    const { input, receive } = start();
    await receive({ type: 'pointer/move', x: 1, y: 2 }, button(true), key('KeyA'));
    await receive({ type: 'pointer/wheel', x: 3, y: 4, deltaX: 0, deltaY: -2 });
    assert.deepEqual(input.done, [
      'move 101,52',
      'move 600,550',
      'button 0 down',
      'key KeyA down',
      'move 103,54',
      'scroll 0,-2',
    ]);
  });

  test('keeps the order in which the agent typed, however long a text takes', async () => {
    const { input, receive } = start();
    input.isSlow = true;
    await receive(key('KeyA'), text('one'), key('Enter'), text('two'), key('KeyB'));
    await settle();
    assert.deepEqual(input.done, ['key KeyA down', 'text one']);
    await input.finishTyping();
    assert.deepEqual(input.done.slice(2), ['key Enter down', 'text two']);
    await input.finishTyping();
    assert.deepEqual(input.done.slice(4), ['key KeyB down']);
    await receive(key('KeyC'));
    assert.equal(input.done.at(-1), 'key KeyC down');
  });

  test('goes on after a text that could not be typed and a key that could not be pressed', async () => {
    const { input, errors, receive } = start();
    input.isSlow = true;
    await receive(text('one'), text('two'));
    await settle();
    await input.finishTyping(new Error('no free key'));
    assert.equal(input.done.at(-1), 'text two');
    await input.finishTyping();
    input.failure = new Error('the display is gone');
    await receive(key('KeyA'));
    assert.equal(errors.length, 2);
  });

  test('is nothing that the schema does not know', async () => {
    const { applier, input, refused, receive } = start();
    applier.receive(utf8('{"type":"key","code":"KeyA","isDown":true,"repeat":9}'));
    applier.receive(utf8('{"type":"run","command":"rm"}'));
    applier.receive(Uint8Array.of(0xff, 0xfe));
    await receive({ type: 'pointer/move', x: -1, y: 0 });
    assert.deepEqual([refused, input.done], [['invalid', 'invalid', 'invalid', 'invalid'], []]);
  });
});

describe('in limited mode', () => {
  test('the rest of a shortcut that was refused is not typed into the window', async () => {
    const { desktop, input, refused, state, receive } = start();
    state.reach = 'limited';
    desktop.windows = [windowOf({ isFocused: true })];
    await receive(key('MetaLeft'), key('KeyL'), text('l'), key('KeyL', false), key('MetaLeft', false), key('KeyL'));
    assert.deepEqual(refused, ['shortcut', 'shortcut', 'shortcut']);
    assert.deepEqual(input.done, ['key KeyL down']);
    await receive(key('KeyL', false), key('MetaLeft'), { type: 'release-all' }, key('KeyL'));
    assert.equal(input.done.at(-1), 'key KeyL down');
  });
});

describe('after a right was taken back', () => {
  test('nothing is applied, neither what waited nor the rest of a text', async () => {
    const { applier, input, state, receive } = start();
    input.isSlow = true;
    await receive(text('x'.repeat(200)), key('Enter'), text('rm -rf'));
    await settle();
    assert.deepEqual(input.done, [`text ${'x'.repeat(64)}`]);
    state.isGranted = false;
    applier.release();
    await input.finishTyping();
    await receive(key('KeyA'), text('more'), button(true));
    await settle();
    assert.deepEqual(input.done.slice(1), ['release-all']);
  });

  test('what waited stays dropped although the right is given again meanwhile', async () => {
    const { applier, input, receive } = start();
    input.isSlow = true;
    await receive(text('one'), key('Enter'));
    await settle();
    applier.release();
    await input.finishTyping();
    assert.deepEqual(input.done, ['text one', 'release-all']);
  });
});

describe('the local person', () => {
  test('is not typed over: the rest of a text waits for nobody', async () => {
    const { input, desktop, refused, receive } = start();
    input.isSlow = true;
    await receive(text('x'.repeat(100)));
    await settle();
    desktop.lastLocalInputAt = NOW;
    await input.finishTyping();
    assert.deepEqual([input.done.length, refused], [1, ['local-hand']]);
  });

  test('keeps the pointer where it is when the agent lets go of a button', async () => {
    const { input, desktop, receive } = start();
    await receive(button(true));
    desktop.lastLocalInputAt = NOW;
    await receive(button(false, 10, 10));
    assert.deepEqual(input.done.slice(2), ['button 0 up']);
  });
});

describe('the consent window', () => {
  test('gets no text although it takes the keyboard in the middle of one', async () => {
    const { input, desktop, refused, receive } = start();
    input.isSlow = true;
    await receive(text('x'.repeat(100)));
    await settle();
    desktop.windows = [consentWindow(true)];
    await input.finishTyping();
    assert.deepEqual([input.done.length, refused], [1, ['consent-window']]);
  });

  test('gets no pointer, but a button or key that is held is let go', async () => {
    const { input, desktop, receive } = start();
    await receive(button(true), key('ControlLeft'));
    desktop.windows = [consentWindow(true)];
    input.done.length = 0;
    await receive(button(false, 10, 10), key('ControlLeft', false), button(true, 10, 10), key('Enter'));
    assert.deepEqual(input.done, ['button 0 up', 'key ControlLeft up']);
  });
});

test('a button that is let go beyond the shared screen does not stay pressed', async () => {
  const { input, receive } = start();
  await receive(button(true), button(false, 5000, 10));
  assert.deepEqual(input.done.slice(1), ['button 0 down', 'button 0 up']);
});

test('a flood behind a slow text is dropped, not stored, and leaves nothing held', async () => {
  const { input, refused, receive } = start();
  input.isSlow = true;
  await receive(text('one'), ...Array.from({ length: 300 }, () => key('KeyA')));
  await settle();
  assert.ok(refused.includes('too-fast'));
  assert.ok(input.done.includes('release-all'));
  await input.finishTyping();
  assert.ok(!input.done.includes('key KeyA down'));
});
