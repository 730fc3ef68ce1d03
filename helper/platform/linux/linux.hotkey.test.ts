import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { HideHotkey, InputInjector, StopHotkey } from '../platform.ts';
import { openLinuxHideHotkey, openLinuxHotkey } from './linux.hotkey.ts';
import { openLinuxInput } from './linux.input.ts';
import { connectX } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';
import { eventually, missing, startXephyr, startXvfb } from './xvfb.testing.ts';
import type { TestDisplay } from './xvfb.testing.ts';

const fail = (error: Error): void => assert.fail(error);

/** Input into the outer display is the hand at the keyboard of the inner one; XTEST into the inner one is remote. */
describe('the hotkey that hides everything', { skip: missing('Xvfb', 'Xephyr') }, () => {
  let outer: TestDisplay;
  let inner: TestDisplay;
  let hand: InputInjector;
  let remote: InputInjector;
  let x: XConnection;
  let hide: HideHotkey;
  let stop: StopHotkey;
  let presses = { hide: 0, stop: 0 };

  before(async () => {
    outer = await startXvfb('800x600');
    inner = await startXephyr(outer, '800x600');
    hand = await openLinuxInput(await connectX(outer.name, fail));
    remote = await openLinuxInput(await connectX(inner.name, fail));
    x = await connectX(inner.name, fail);
    // Worker and guardian have connections of their own.
    stop = await openLinuxHotkey(await connectX(inner.name, fail));
    hide = await openLinuxHideHotkey(x);
    hide.onPress(() => (presses.hide += 1));
    stop.onPress(() => (presses.stop += 1));
    hand.movePointer(200, 300); // gives the inner display the keyboard
    hand.pressButton(0, true);
    hand.pressButton(0, false);
  });
  afterEach(() => {
    hand.releaseAll();
    remote.releaseAll();
    presses = { hide: 0, stop: 0 };
  });
  after(async () => {
    hide.close();
    stop.close();
    x.close();
    remote.close();
    hand.close();
    await inner.stop();
    await outer.stop();
  });

  function press(input: InputInjector, ...codes: string[]): void {
    const keys = ['ControlLeft', 'AltLeft', 'ShiftLeft', ...codes];
    for (const key of keys) input.pressKey(key, true);
    for (const key of keys.reverse()) input.pressKey(key, false);
  }

  test('it has a key of its own beside Stop, and each fires alone', async () => {
    assert.deepEqual([hide.label, stop.label], ['Ctrl+Alt+Shift+H', 'Ctrl+Alt+Shift+Q']);
    press(hand, 'KeyH');
    await eventually('hide', () => (presses.hide > 0 ? true : undefined));
    press(hand, 'KeyQ');
    await eventually('Stop', () => (presses.stop > 0 ? true : undefined));
    assert.deepEqual(presses, { hide: 1, stop: 1 });
  });

  test('pressed from afar it does nothing', async () => {
    press(remote, 'KeyH');
    press(hand, 'KeyQ');
    await eventually('Stop, pressed later', () => (presses.stop > 0 ? true : undefined));
    await x.ask<unknown>((done) => x.client.GetInputFocus(done));
    assert.equal(presses.hide, 0);
  });

  test('the letter alone does nothing', async () => {
    for (const isDown of [true, false]) hand.pressKey('KeyH', isDown);
    press(hand, 'KeyQ');
    await eventually('Stop, pressed later', () => (presses.stop > 0 ? true : undefined));
    assert.equal(presses.hide, 0);
  });

  test('where its key is taken it has the next one, and says so', async () => {
    const forSecond = await connectX(inner.name, fail);
    const second = await openLinuxHideHotkey(forSecond);
    assert.equal(second.label, 'Ctrl+Alt+Shift+B');
    let fired = 0;
    second.onPress(() => (fired += 1));
    press(hand, 'KeyB');
    await eventually('the next key', () => (fired > 0 ? true : undefined));
    second.close();
    forSecond.close();
  });

  test('after close its key is free for others', async () => {
    const [forFirst, forSecond] = [await connectX(inner.name, fail), await connectX(inner.name, fail)];
    const first = await openLinuxHideHotkey(forFirst, ['K', 'J']);
    const second = await openLinuxHideHotkey(forSecond, ['K', 'J']);
    assert.deepEqual([first.label, second.label], ['Ctrl+Alt+Shift+K', 'Ctrl+Alt+Shift+J']);
    second.close();
    first.close();
    await forFirst.ask<unknown>((done) => forFirst.client.GetInputFocus(done));
    const third = await openLinuxHideHotkey(forSecond, ['K', 'J']);
    assert.equal(third.label, 'Ctrl+Alt+Shift+K');
    for (const connection of [forFirst, forSecond]) connection.close();
  });
});
