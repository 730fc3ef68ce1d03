import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { TestWindows, widOf } from './desktop.testing.ts';
import { eventually, missing } from './xvfb.testing.ts';

const BOUNDING = 0;

describe('the count of geometry changes on X11', { skip: missing('Xvfb', 'openbox', 'xterm', 'xdotool') }, () => {
  let desktop: TestWindows;
  before(async () => {
    desktop = await TestWindows.start('1000x700', ['openbox']);
  });
  afterEach(() => desktop.clear());
  after(() => desktop.stop());

  const serial = (): Promise<number> => desktop.windows.geometrySerial();

  test('stays while only pixels, titles, focus and the pointer change', async () => {
    const { window } = await desktop.startXterm('busy', '80x20+100+80', '-e', 'sh', '-c', BUSY);
    await desktop.startXterm('other', '20x5+700+500');
    await eventually('the focus of the other', async () =>
      (await desktop.now(window))?.isFocused === false ? true : undefined,
    );
    const titles = new Set<string | undefined>();
    const before = await settledSerial();
    await eventually('several titles', async () => {
      titles.add((await desktop.now(window))?.title);
      return titles.size > 3 ? true : undefined;
    });
    await desktop.run('xdotool', ['mousemove', '150', '150', 'mousemove', '800', '550']);
    assert.equal(await serial(), before);
  });

  /** The window manager has done what it does after a window came. */
  async function settledSerial(): Promise<number> {
    let [last, since] = [await serial(), performance.now()];
    return eventually('rest', async () => {
      const now = await serial();
      if (now !== last) [last, since] = [now, performance.now()];
      return performance.now() - since > 200 ? now : undefined;
    });
  }

  test('has counted every change that the server made before it was asked', async () => {
    const { x } = desktop;
    const window = desktop.create({ isPopup: true });
    const shape = await x.requireExtension('shape');
    const changes: [string, () => void][] = [
      ['moved and moved back', () => [5, 0].forEach((left) => x.client.ConfigureWindow(window, { x: left }))],
      ['resized', () => x.client.ConfigureWindow(window, { width: 130 })],
      ['lowered and raised', () => [1, 0].forEach((stackMode) => x.client.ConfigureWindow(window, { stackMode }))],
      ['shaped', () => shape.Rectangles(0, BOUNDING, window, 0, 0, [[0, 0, 5, 5]])],
      ['unmapped and mapped', () => (x.client.UnmapWindow(window), x.client.MapWindow(window))],
      ['created', () => x.client.DestroyWindow(desktop.create({ isPopup: true }))],
      ['destroyed', () => x.client.DestroyWindow(window)],
    ];
    const under = desktop.create({ isPopup: true });
    x.client.ConfigureWindow(under, { stackMode: 1 });
    await desktop.settled();
    for (const [what, change] of changes) {
      const before = await serial();
      change();
      // The other connection answers: the server is past the change, and may not have told of it yet.
      await desktop.settled();
      assert.ok((await serial()) > before, what);
    }
    x.client.DestroyWindow(under);
  });

  test('does not count windows that move inside of a window', async () => {
    const window = desktop.create({ isPopup: true });
    // As a program's window in its frame is: known from the time when it was on its own.
    const inner = desktop.create({ isPopup: true });
    await desktop.ofWid(inner);
    desktop.x.client.ReparentWindow(inner, window, 0, 0);
    await desktop.ofWid(window);
    const before = await serial();
    for (let left = 0; left < 5; left++) desktop.x.client.ConfigureWindow(inner, { x: left });
    desktop.x.client.DestroyWindow(inner);
    await desktop.settled();
    assert.equal(await serial(), before);
    desktop.x.client.DestroyWindow(window);
  });

  test('counts what makes a window let others shine through', async () => {
    const window = desktop.create({ isPopup: true });
    await desktop.settled();
    const before = await serial();
    await desktop.setProperty(window, '_NET_WM_WINDOW_OPACITY', { values: [0x7fffffff] });
    const translucent = await serial();
    assert.ok(translucent > before);
    const compositor = await desktop.x.internAtom('_NET_WM_CM_S0');
    for (const owner of [window, 0]) {
      const last = await serial();
      desktop.x.client.SetSelectionOwner(owner, compositor, 0);
      await desktop.settled();
      assert.ok((await serial()) > last);
    }
    desktop.x.client.DestroyWindow(window);
  });

  test('a list of thirty windows takes a few milliseconds while one of them moves', async () => {
    const windows = Array.from({ length: 30 }, (_, at) => desktop.create({ x: at * 20, y: at * 10 }));
    for (const window of windows) await desktop.ofWid(window);
    const times: number[] = [];
    for (let step = 0; step < 51; step++) {
      desktop.x.client.ConfigureWindow(windows[0] ?? 0, { x: step });
      await desktop.settled();
      const startedAt = performance.now();
      const list = await desktop.windows.list();
      times.push(performance.now() - startedAt);
      assert.equal(list.length, 30);
    }
    const median = times.sort((a, b) => a - b)[25] ?? Infinity;
    assert.ok(median < 5, `${median} ms`);
    for (const window of windows) desktop.x.client.DestroyWindow(window);
    for (const window of windows) await desktop.untilGone(window);
  });

  test('a window that comes, moves and goes is never in the list where it is not any more', async () => {
    const { x } = desktop;
    for (let step = 0; step < 50; step++) {
      const window = desktop.create({ x: step, isPopup: true });
      x.client.ConfigureWindow(window, { x: step + 100 });
      await desktop.settled();
      const shown = (await desktop.windows.list()).find((each) => widOf(each) === window);
      assert.equal(shown?.bounds.x, step + 100);
      x.client.ConfigureWindow(window, { x: step + 200, width: 30 });
      await desktop.settled();
      const moved = (await desktop.windows.list()).find((each) => widOf(each) === window);
      assert.deepEqual([moved?.bounds.x, moved?.bounds.width], [step + 200, 30]);
      x.client.UnmapWindow(window);
      await desktop.settled();
      assert.ok(!(await desktop.windows.list()).some((each) => widOf(each) === window));
      x.client.MapWindow(window);
      await desktop.settled();
      assert.ok((await desktop.windows.list()).some((each) => widOf(each) === window));
      x.client.DestroyWindow(window);
    }
  });
});

/** Writes text and new titles for as long as it runs. */
const BUSY = `i=0; while :; do i=$((i+1)); printf '\\033]2;title %s\\007text %s ' $i $i; sleep 0.02; done`;
