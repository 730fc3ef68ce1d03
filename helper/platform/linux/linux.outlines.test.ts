import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Outlines, Rect } from '../platform.ts';
import { openLinuxInput } from './linux.input.ts';
import { openLinuxOutlines } from './linux.outlines.ts';
import { openLinuxOverlay } from './linux.overlay.ts';
import { connectX } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';
import { eventually, missing, startProgram, startXvfb, stopChild } from './xvfb.testing.ts';
import type { TestDisplay } from './xvfb.testing.ts';

/** Of the window below, as BGRX in one number. */
const BELOW = 0x3050c0;
const STRIPES: readonly number[] = [0xe3a72e, 0x464f5a];
const BUTTON_PRESS = 4;

const RECT = { x: 100, y: 80, width: 200, height: 120 };
const OUTSIDE = { x: 98, y: 78, width: 204, height: 124 };

const fail = (error: Error): void => assert.fail(error);

describe('outlines of what is hidden', { skip: missing('Xvfb', 'openbox') }, () => {
  let display: TestDisplay;
  let x: XConnection;
  let forOutlines: XConnection;
  let outlines: Outlines;
  let openbox: ReturnType<typeof startProgram>;
  let below: number;

  before(async () => {
    display = await startXvfb('800x600');
    x = await connectX(display.name, fail);
    openbox = startProgram(display, 'openbox', []);
    await eventually('the window manager', async () => ((await stacking()) === undefined ? undefined : true));
    forOutlines = await connectX(display.name, fail);
    outlines = await openLinuxOutlines(forOutlines);
    below = await openWindow({ x: 0, y: 0, width: 700, height: 500 });
  });
  afterEach(() => outlines.show([]));
  after(async () => {
    outlines.close();
    forOutlines.close();
    x.close();
    await stopChild(openbox);
    await display.stop();
  });

  /** Program windows as the window manager stacks them; undefined while there is none. */
  async function stacking(): Promise<number[] | undefined> {
    const atom = await x.internAtom('_NET_CLIENT_LIST_STACKING');
    const { type, data } = await x.ask<{ type: number; data: Buffer }>((done) =>
      x.client.GetProperty(0, x.root, atom, 0, 0, 100, done),
    );
    return type === 0 ? undefined : Array.from({ length: data.length >> 2 }, (_, i) => data.readUInt32LE(i * 4));
  }

  /** A window of a program, managed by the window manager, in the colour that is looked for. */
  async function openWindow({ x: left, y: top, width, height }: Rect): Promise<number> {
    const window = x.client.AllocID();
    x.client.CreateWindow(window, x.root, left, top, width, height, 0, 0, 1, 0, {
      backgroundPixel: BELOW,
      eventMask: BUTTON_PRESS,
    });
    x.client.MapWindow(window);
    await eventually('the window on top', async () => ((await stacking())?.at(-1) === window ? true : undefined));
    return window;
  }

  async function pixels({ x: left, y: top, width, height }: Rect): Promise<(column: number, row: number) => number> {
    const { data } = await x.ask<{ data: Buffer }>((done) =>
      x.client.GetImage(2, x.root, left, top, width, height, 0xffffffff, done),
    );
    return (column, row) => data.readUInt32LE(((row - top) * width + column - left) * 4) & 0xffffff;
  }

  /** Whether stripes run along the inside of that rectangle and nowhere outside of it. */
  async function isFramed(rect: Rect): Promise<boolean> {
    const around = { x: rect.x - 2, y: rect.y - 2, width: rect.width + 4, height: rect.height + 4 };
    const at = await pixels(around);
    const [right, bottom] = [rect.x + rect.width - 1, rect.y + rect.height - 1];
    const inner = [at(rect.x, bottom), at(rect.x + 2, bottom - 2), at(right, rect.y), at(right - 2, bottom)];
    const outer = [at(rect.x - 1, rect.y), at(right + 1, bottom), at(right, rect.y - 1), at(rect.x, bottom + 1)];
    return inner.every((pixel) => STRIPES.includes(pixel)) && !outer.some((pixel) => STRIPES.includes(pixel));
  }

  const framed = (rect: Rect): Promise<true> =>
    eventually('the frame', async () => ((await isFramed(rect)) ? true : undefined));

  async function childrenOfRoot(): Promise<number[]> {
    return (await x.ask<{ children: number[] }>((done) => x.client.QueryTree(x.root, done))).children;
  }

  test('a frame runs along the inside, with a label in its corner and the middle open', async () => {
    outlines.show([{ rect: RECT, label: 'Hidden · 已隐藏' }]);
    await framed(RECT);
    const at = await pixels(RECT);
    assert.equal(at(RECT.x + 150, RECT.y + 100), BELOW);
    const label = Array.from({ length: 60 }, (_, i) => at(RECT.x + 4 + i, RECT.y + 12));
    assert.ok(label.includes(0x1b1f24), 'the ground of the label');
    assert.ok(
      label.some((pixel) => (pixel & 0xff) > 200),
      'its text',
    );
  });

  test('a click reaches what is below frame and label', async () => {
    outlines.show([{ rect: RECT, label: 'Hidden' }]);
    await framed(RECT);
    const input = await openLinuxInput(x);
    const presses: number[] = [];
    const stop = x.onEvent((event) => {
      if (event.name === 'ButtonPress') presses.push('wid' in event ? Number(event.wid) : 0);
    });
    for (const [left, top] of [
      [RECT.x + 1, RECT.y + 60],
      [RECT.x + 20, RECT.y + 12],
      [RECT.x + 100, RECT.y + 60],
    ] as const) {
      input.movePointer(left, top);
      input.pressButton(0, true);
      input.pressButton(0, false);
    }
    await eventually('three clicks', () => (presses.length >= 3 ? true : undefined));
    stop();
    assert.deepEqual(presses, [below, below, below]);
  });

  test('frames follow in one step, and what is shown already changes nothing', async () => {
    outlines.show([{ rect: RECT, label: 'a' }]);
    await framed(RECT);
    const moved = { ...RECT, x: 300, y: 200 };
    outlines.show([{ rect: moved, label: 'a' }]);
    await framed(moved);
    const at = await pixels(OUTSIDE);
    assert.equal(at(RECT.x, RECT.y), BELOW);
    const requests = forOutlines.client.seq_num;
    for (let i = 0; i < 20; i++) outlines.show([{ rect: { ...moved }, label: 'a' }]);
    await childrenOfRoot();
    assert.equal(forOutlines.client.seq_num, requests);
  });

  test('a window that comes to the front goes below the frames', async () => {
    outlines.show([{ rect: RECT, label: '' }]);
    await framed(RECT);
    await openWindow({ x: 50, y: 50, width: 400, height: 300 });
    await framed(RECT);
    x.client.ConfigureWindow(below, { stackMode: 0 });
    await framed(RECT);
  });

  test('menus and the banner stay above, and neither side goes on changing places', async () => {
    const forOverlay = await connectX(display.name, fail);
    const overlay = await openLinuxOverlay(forOverlay);
    overlay.showBanner({ who: 'Li Wei', mode: 'can look', time: '00:01', stop: 'Stop', tone: 'live' });
    const banner = await eventually('the banner', () => overlay.bannerBounds());
    outlines.show([{ rect: { ...banner, x: banner.x - 20, width: banner.width + 40 }, label: '' }]);
    await openWindow({ x: 20, y: 20, width: 300, height: 300 });
    let movedAt = performance.now();
    const stop = x.onEvent((event) => {
      if (event.name === 'ConfigureNotify') movedAt = performance.now();
    });
    await eventually('an order that stays', () => (performance.now() - movedAt > 300 ? true : undefined));
    stop();
    await framed({ ...banner, x: banner.x - 20, width: banner.width + 40 });
    const at = await pixels(banner);
    assert.ok(!STRIPES.includes(at(banner.x + Math.round(banner.width / 2), banner.y + 1)), 'the banner is in front');
    overlay.close();
    forOverlay.close();
  });

  test('nothing is left after the last outline, nor after close', async () => {
    const own = await openLinuxOutlines(await connectX(display.name, fail));
    const before = await childrenOfRoot();
    own.show([{ rect: RECT, label: 'x' }]);
    await framed(RECT);
    own.show([]);
    await eventually('no frame', async () => ((await pixels(OUTSIDE))(RECT.x, RECT.y) === BELOW ? true : undefined));
    const [window = 0] = (await childrenOfRoot()).filter((child) => !before.includes(child));
    const { mapState } = await x.ask<{ mapState: number }>((done) => x.client.GetWindowAttributes(window, done));
    assert.equal(mapState, 0);
    own.show([{ rect: RECT, label: 'x' }]);
    await framed(RECT);
    own.close();
    await eventually('no window', async () => ((await childrenOfRoot()).length === before.length ? true : undefined));
  });
});
