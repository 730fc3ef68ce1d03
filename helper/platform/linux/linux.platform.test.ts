import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { BannerText, DisplayGuard, InputInjector, Platform, Rect } from '../platform.ts';
import { openLinuxInput } from './linux.input.ts';
import { openLinuxGuard } from './linux.guard.ts';
import { openLinuxPlatform } from './linux.platform.ts';
import { connectX } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';
import { eventually, missing, startXephyr, startXvfb, stopChild, temporaryFolder } from './xvfb.testing.ts';
import type { TestDisplay } from './xvfb.testing.ts';

const TEXT: BannerText = { who: 'Li Wei · E1024', mode: 'can look', time: '01:12', stop: 'Stop sharing', tone: 'live' };

const fail = (error: Error): void => assert.fail(error);

/**
 * A display in a window at the corner of another one. Input into the outer display reaches the inner one through its own
 * mouse and keyboard, as from a hand; input by XTEST into the inner one is remote.
 */
describe('the hand at the device and the one from afar', { skip: missing('Xvfb', 'Xephyr') }, () => {
  let outer: TestDisplay;
  let inner: TestDisplay;
  let hand: InputInjector;
  let guard: DisplayGuard;
  let platform: Platform;
  let x: XConnection;
  let stops = 0;
  let presses = 0;

  before(async () => {
    outer = await startXvfb('800x600');
    inner = await startXephyr(outer, '800x600');
    hand = await openLinuxInput(await connectX(outer.name, fail));
    x = await connectX(inner.name, fail);
    guard = await openLinuxGuard({ display: inner.name, onError: fail });
    platform = await openLinuxPlatform({ display: inner.name, onError: fail }, guard);
    platform.overlay.onStop(() => (stops += 1));
    platform.hotkey.onPress(() => (presses += 1));
  });
  afterEach(() => {
    hand.releaseAll();
    platform.input.releaseAll();
    stops = presses = 0;
  });
  after(async () => {
    await platform.close();
    await guard.close();
    x.close();
    hand.close();
    await inner.stop();
    await outer.stop();
  });

  /** Waits until the inner server has done everything and the platform has heard of it. */
  async function settled(): Promise<void> {
    await platform.windows.list();
    await x.ask<unknown>((done) => x.client.GetInputFocus(done));
    await new Promise((resolve) => setImmediate(resolve));
  }

  async function pointer(): Promise<{ rootX: number; rootY: number }> {
    return x.ask<{ rootX: number; rootY: number }>((done) => x.client.QueryPointer(x.root, done));
  }

  async function pointerAt(left: number, top: number): Promise<void> {
    await eventually(`the pointer at ${left},${top}`, async () => {
      const { rootX, rootY } = await pointer();
      return Math.round(rootX) === Math.round(left) && Math.round(rootY) === Math.round(top) ? true : undefined;
    });
  }

  async function shownBanner(): Promise<Rect> {
    platform.overlay.showBanner(TEXT);
    return eventually('the banner', () => platform.overlay.bannerBounds());
  }

  /** The middle of Stop: it is the right end of the banner. */
  function stopOf(banner: Rect): { x: number; y: number } {
    return { x: banner.x + banner.width - 60, y: Math.round(banner.y + banner.height / 2) };
  }

  async function clickBy(input: InputInjector, at: { x: number; y: number }): Promise<void> {
    input.movePointer(at.x, at.y);
    await pointerAt(at.x, at.y);
    input.pressButton(0, true);
    input.pressButton(0, false);
    await settled();
  }

  function pressHotkey(input: InputInjector): void {
    const keys = ['ControlLeft', 'AltLeft', 'ShiftLeft', 'KeyQ'];
    for (const key of keys) input.pressKey(key, true);
    for (const key of keys.reverse()) input.pressKey(key, false);
  }

  test('local input is told from injected input', async () => {
    let local: string[] = [];
    platform.localInput.onLocalInput((kind) => (local = [...local, kind]));
    platform.input.movePointer(400, 400);
    platform.input.pressButton(2, true);
    platform.input.pressButton(2, false);
    platform.input.pressKey('KeyA', true);
    platform.input.pressKey('KeyA', false);
    await pointerAt(400, 400);
    await settled();
    assert.deepEqual(local, []);
    hand.movePointer(300, 310);
    await eventually('the local movement', () => (local.includes('pointer') ? true : undefined));
    hand.pressKey('KeyB', true);
    hand.pressKey('KeyB', false);
    await eventually('the local key', () => (local.includes('key') ? true : undefined));
  });

  test('the banner stands at the top centre and Stop works by a local click', async () => {
    const banner = await shownBanner();
    assert.ok(banner.y < 10);
    assert.ok(Math.abs(banner.x + banner.width / 2 - 400) <= 1);
    await clickBy(hand, stopOf(banner));
    await eventually('Stop', () => (stops > 0 ? true : undefined));
    assert.equal(stops, 1);
  });

  test('an injected click on Stop does nothing', async () => {
    const banner = await shownBanner();
    await clickBy(platform.input, stopOf(banner));
    await clickBy(platform.input, stopOf(banner));
    assert.equal(stops, 0);
  });

  test('Stop works while a button is held from afar, when presses go to the window below that button', async () => {
    const banner = await shownBanner();
    const window = x.client.AllocID();
    x.client.CreateWindow(window, x.root, 100, 400, 300, 200, 0, 0, 1, 0, { overrideRedirect: 1, eventMask: 4 });
    x.client.MapWindow(window);
    await settled();
    platform.input.movePointer(200, 500);
    await pointerAt(200, 500);
    platform.input.pressButton(0, true);
    await settled();
    // The hand has to come from elsewhere, or there is no movement that the inner display would follow.
    hand.movePointer(400, 300);
    await pointerAt(400, 300);
    await clickBy(hand, stopOf(banner));
    await eventually('Stop', () => (stops > 0 ? true : undefined));
    assert.equal(stops, 1);
    platform.input.pressButton(0, false);
    x.client.DestroyWindow(window);
  });

  test('the banner is moved by a local drag only, and stays inside the screen', async () => {
    const banner = await shownBanner();
    const grip = { x: banner.x + 30, y: banner.y + 20 };
    for (const [input, isLocal] of [
      [platform.input, false],
      [hand, true],
    ] as const) {
      input.movePointer(grip.x, grip.y);
      await pointerAt(grip.x, grip.y);
      input.pressButton(0, true);
      input.movePointer(grip.x - 40, grip.y + 200);
      await pointerAt(grip.x - 40, grip.y + 200);
      input.pressButton(0, false);
      await settled();
      if (!isLocal) assert.deepEqual(platform.overlay.bannerBounds(), banner);
    }
    await eventually('the move', () => (platform.overlay.bannerBounds()?.y === banner.y + 200 ? true : undefined));
    assert.equal(platform.overlay.bannerBounds()?.x, banner.x - 40);
    // And back, further than the edge.
    const held = { x: grip.x - 40, y: grip.y + 200 };
    hand.movePointer(held.x, held.y);
    await pointerAt(held.x, held.y);
    hand.pressButton(0, true);
    hand.movePointer(400, 0);
    await eventually('the edge', () => (platform.overlay.bannerBounds()?.y === 0 ? true : undefined));
    hand.pressButton(0, false);
  });

  test('the banner comes back on top, is mapped again and made again whatever others do', async () => {
    const banner = await shownBanner();
    const cover = x.client.AllocID();
    x.client.CreateWindow(cover, x.root, 0, 0, 800, 600, 0, 0, 1, 0, { overrideRedirect: 1 });
    x.client.MapWindow(cover);
    const front = async (): Promise<number | undefined> => (await topWindows()).at(-1);
    const topIsBanner = async (): Promise<number | undefined> => {
      const top = await front();
      return top !== undefined && top !== cover && (await isAt(top, banner)) ? top : undefined;
    };
    const window = await eventually('the banner on top', topIsBanner);
    x.client.UnmapWindow(window);
    await eventually('the banner mapped', topIsBanner);
    x.client.DestroyWindow(window);
    const made = await eventually('a new banner', topIsBanner);
    assert.notEqual(made, window);
    x.client.DestroyWindow(cover);
  });

  async function topWindows(): Promise<number[]> {
    const { children } = await x.ask<{ children: number[] }>((done) => x.client.QueryTree(x.root, done));
    const mapped: number[] = [];
    for (const child of children) {
      const { mapState } = await x.ask<{ mapState: number }>((done) => x.client.GetWindowAttributes(child, done));
      if (mapState === 2) mapped.push(child);
    }
    return mapped;
  }

  async function isAt(window: number, { width, height }: Rect): Promise<boolean> {
    const at = await x.ask<{ width: number; height: number }>((done) => x.client.GetGeometry(window, done));
    return at.width === width && at.height === height;
  }

  test('a hidden banner has no bounds and no window in front', async () => {
    await shownBanner();
    platform.overlay.hideBanner();
    assert.equal(platform.overlay.bannerBounds(), undefined);
    await settled();
    assert.deepEqual(await platform.windows.list(), []);
  });

  test('the hotkey fires by the local keyboard, with Num Lock and Caps Lock too', async () => {
    assert.equal(platform.hotkey.label, 'Ctrl+Alt+Shift+Q');
    await clickBy(hand, { x: 200, y: 500 }); // gives the inner display the keyboard
    for (const lock of [undefined, 'NumLock', 'CapsLock']) {
      const before = presses;
      if (lock) for (const isDown of [true, false]) hand.pressKey(lock, isDown);
      pressHotkey(hand);
      await eventually(`the hotkey with ${lock}`, () => (presses > before ? true : undefined));
      await settled();
      assert.equal(presses, before + 1);
    }
    for (const lock of ['NumLock', 'CapsLock']) for (const isDown of [true, false]) hand.pressKey(lock, isDown);
  });

  test('the hotkey pressed from afar does nothing and reaches no program', async () => {
    const window = x.client.AllocID();
    x.client.CreateWindow(window, x.root, 100, 400, 300, 200, 0, 0, 1, 0, { eventMask: 1 });
    x.client.MapWindow(window);
    const keys: number[] = [];
    const stop = x.onEvent((event) => {
      if (event.name === 'KeyPress') keys.push(event.keycode);
    });
    await settled(); // the window is there before keys come by another connection
    platform.input.movePointer(200, 500);
    pressHotkey(platform.input);
    platform.input.pressKey('KeyZ', true);
    await eventually('the key after it', () => (keys.includes(52) ? true : undefined));
    await settled();
    // Xephyr itself presses lock keys (66, 77) to follow the outer display.
    const typed = keys.filter((keycode) => keycode !== 66 && keycode !== 77);
    assert.deepEqual([typed, presses], [[37, 64, 50, 52], 0]);
    stop();
    x.client.DestroyWindow(window);
  });

  test('the hotkey fires while another program holds the keyboard', async () => {
    await clickBy(hand, { x: 200, y: 500 });
    const status = await x.ask<number>((done) => x.client.GrabKeyboard(x.root, 0, 0, 1, 1, done));
    assert.equal(status, 0);
    pressHotkey(hand);
    await eventually('the hotkey', () => (presses > 0 ? true : undefined));
    x.client.UngrabKeyboard(0);
  });

  test('when the combination is taken the next one is used and named', async () => {
    const second = await openLinuxGuard({ display: inner.name, onError: fail });
    assert.equal(second.hotkey.label, 'Ctrl+Alt+Shift+X');
    await second.close();
  });
});

describe('the connection to the display', { skip: missing('Xvfb') }, () => {
  test('atoms of one display are not taken for those of another', async (t) => {
    const displays = [await startXvfb('320x240'), await startXvfb('320x240')];
    t.after(() => Promise.all(displays.map((display) => display.stop())));
    const [first, second] = await Promise.all(displays.map((display) => connectX(display.name, fail)));
    assert.ok(first && second);
    await first.internAtom('FIRST');
    const atom = await first.internAtom('SECOND');
    assert.notEqual(await second.internAtom('SECOND'), atom);
    for (const x of [first, second]) x.close();
  });

  test('the end of the server is told once, and nothing throws afterwards', async () => {
    const display = await startXvfb('320x240');
    const guard = await openLinuxGuard({ display: display.name, onError: fail });
    const platform = await openLinuxPlatform({ display: display.name, onError: fail }, guard);
    const [reasons, guardReasons]: [string[], string[]] = [[], []];
    platform.onLost((reason) => reasons.push(reason));
    guard.onLost((reason) => guardReasons.push(reason));
    platform.overlay.showBanner(TEXT);
    await stopChild(display.process);
    await eventually('the end', () => reasons[0]);
    platform.input.pressKey('KeyA', true);
    platform.input.movePointer(1, 1);
    platform.input.releaseAll();
    platform.overlay.hideBanner();
    await assert.rejects(platform.windows.list());
    await platform.close();
    await guard.close();
    assert.deepEqual([reasons.length, guardReasons.length], [1, 1]);
  });

  test('a display that is not there is an error with its name', async () => {
    await assert.rejects(openLinuxGuard({ display: ':4711' }), /cannot open display :4711/);
  });

  test(
    'the key in XAUTHORITY opens a protected display, a wrong one does not',
    { skip: missing('xauth') },
    async (t) => {
      const folder = temporaryFolder();
      const [right, wrong] = [join(folder, 'right'), join(folder, 'wrong')];
      const display = await startXvfb('320x240', ['-auth', right], (name) => {
        for (const [file, key] of [
          [right, 'a'],
          [wrong, 'b'],
        ] as const) {
          spawnSync('xauth', ['-f', file, 'add', name, 'MIT-MAGIC-COOKIE-1', key.repeat(32)]);
        }
      });
      const before = process.env['XAUTHORITY'];
      t.after(() => (before === undefined ? delete process.env['XAUTHORITY'] : (process.env['XAUTHORITY'] = before)));
      process.env['XAUTHORITY'] = right;
      const guard = await openLinuxGuard({ display: display.name, onError: fail });
      await guard.close();
      process.env['XAUTHORITY'] = wrong;
      await assert.rejects(openLinuxGuard({ display: display.name }), /cannot open display/);
      await display.stop();
    },
  );
});
