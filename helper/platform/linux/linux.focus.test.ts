import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { TestWindows, widOf } from './desktop.testing.ts';
import { eventually, missing } from './xvfb.testing.ts';

const NONE = 0;
const POINTER_ROOT = 1;

describe('where the keys go on X11', { skip: missing('Xvfb', 'xterm', 'xdotool') }, () => {
  let desktop: TestWindows;
  before(async () => {
    desktop = await TestWindows.start('1000x700');
  });
  afterEach(() => desktop.clear());
  after(() => desktop.stop());

  const focused = async (): Promise<number[]> =>
    (await desktop.windows.list()).filter(({ isFocused }) => isFocused).map(widOf);
  const becomes = (what: string, ...wids: number[]): Promise<true> =>
    eventually(what, async () => String(await focused()) === String(wids) || undefined);
  const focus = async (wid: number): Promise<void> => {
    desktop.x.client.SetInputFocus(wid, NONE);
    await desktop.settled();
  };

  test('is the window that holds the focus somewhere inside, or none', async () => {
    const [first, second] = [desktop.create(), desktop.create({ x: 200 })];
    const inner = desktop.create({ parent: desktop.create({ parent: second }) });
    await focus(first);
    assert.deepEqual(await focused(), [first]);
    await focus(inner);
    assert.deepEqual(await focused(), [second]);
    await focus(NONE);
    assert.deepEqual(await focused(), []);
    for (const wid of [first, second]) desktop.x.client.DestroyWindow(wid);
  });

  test('is the window under the pointer where no window holds the focus, and moves with the pointer', async () => {
    const [left, right] = [
      desktop.create({ width: 200, height: 200 }),
      desktop.create({ x: 300, width: 200, height: 200 }),
    ];
    desktop.create({ parent: right, width: 200, height: 200 });
    let told = 0;
    desktop.windows.onChange(() => (told += 1));
    for (const nobody of [POINTER_ROOT, desktop.x.root]) {
      await focus(nobody);
      await desktop.run('xdotool', ['mousemove', '100', '100']);
      await becomes('the left one', left);
      told = 0;
      await desktop.run('xdotool', ['mousemove', '400', '100']);
      await eventually('news', () => told > 0 || undefined);
      assert.deepEqual(await focused(), [right]);
      await desktop.run('xdotool', ['mousemove', '900', '600']);
      await becomes('none');
    }
    for (const wid of [left, right]) desktop.x.client.DestroyWindow(wid);
  });

  test('is not what a program writes on the root window', async () => {
    const [first, second] = [desktop.create(), desktop.create({ x: 200 })];
    await focus(first);
    await desktop.setProperty(desktop.x.root, '_NET_ACTIVE_WINDOW', { values: [second], type: 'WINDOW' });
    assert.deepEqual(await focused(), [first]);
    for (const wid of [first, second]) desktop.x.client.DestroyWindow(wid);
  });

  test('is told when it changes, though nothing else does', async () => {
    const [first, second] = [desktop.create(), desktop.create({ x: 200 })];
    await focus(first);
    await desktop.windows.list();
    let told = 0;
    desktop.windows.onChange(() => (told += 1));
    await focus(second);
    await eventually('news', () => told > 0 || undefined);
    for (const wid of [first, second]) desktop.x.client.DestroyWindow(wid);
  });

  test('is another program that takes the keyboard for itself, such as a launcher, until it lets go', async () => {
    const { window } = await desktop.startXterm('a terminal', '40x10+300+200');
    await focus(widOf(window));
    await becomes('the terminal', widOf(window));
    const launcher = desktop.create({ isPopup: true });
    await desktop.ofWid(launcher);
    const { x } = desktop;
    const grab = (wid: number): Promise<number> =>
      x.ask<number>((done) => x.client.GrabKeyboard(wid, 0, 0, 1, 1, done));
    assert.equal(await grab(launcher), 0);
    await becomes('the launcher', launcher);
    x.client.UngrabKeyboard(0);
    await becomes('the terminal again', widOf(window));
    // A window manager's shortcut takes them to the root window, which is nobody's.
    assert.equal(await grab(x.root), 0);
    await becomes('nobody');
    x.client.UngrabKeyboard(0);
    await becomes('the terminal once more', widOf(window));
    assert.equal(await grab(launcher), 0);
    x.client.DestroyWindow(launcher);
    await becomes('the terminal after the end of the launcher', widOf(window));
  });

  test('is nobody while a window takes the keyboard that came just now, unless it is a menu of the same program', async () => {
    const { x } = desktop;
    const { window } = await desktop.startXterm('a terminal', '40x10+300+200');
    const main = desktop.create({ width: 300 });
    for (const [of, target] of [
      [widOf(window), []],
      [main, [main]],
    ] as const) {
      await focus(of);
      await becomes('the focus', of);
      // Nobody else is answered until the keyboard is taken, so nobody can watch the window by then.
      x.client.GrabServer();
      const popup = desktop.create({ x: 400, isPopup: true });
      const status = await x.ask<number>((done) => x.client.GrabKeyboard(popup, 0, 0, 1, 1, done));
      x.client.UngrabServer();
      assert.equal(status, 0);
      await becomes('where the keys go', ...target);
      x.client.UngrabKeyboard(0);
      x.client.DestroyWindow(popup);
      await becomes('the focus again', of);
    }
    x.client.DestroyWindow(main);
  });

  test('stays with a program that takes the keyboard for a menu of its own', async () => {
    const [main, menu] = [desktop.create({ width: 300 }), desktop.create({ x: 400, isPopup: true })];
    await focus(main);
    await desktop.ofWid(menu);
    const { x } = desktop;
    await x.ask<number>((done) => x.client.GrabKeyboard(menu, 0, 0, 1, 1, done));
    assert.deepEqual(await focused(), [main]);
    x.client.UngrabKeyboard(0);
    for (const wid of [main, menu]) x.client.DestroyWindow(wid);
  });
});
