import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { DesktopWindow, Rect } from '../platform.ts';
import { TestWindows, widOf } from './desktop.testing.ts';
import { openLinuxWindows } from './linux.windows.ts';
import { connectX } from './x11.connection.ts';
import { opaqueParts, type OpaqueInput } from './linux.opaque.ts';
import { eventually, missing } from './xvfb.testing.ts';

const rect = (x: number, y: number, ...[width, height]: [number, number]): Rect => ({ x, y, width, height });
/** SHAPE: the kind of region in which a window takes the pointer. */
const INPUT = 2;
const NOTHING_SAID = { frameExtents: [], opaqueRegion: undefined, isTranslucent: false };

describe('where a window shows nothing but itself', () => {
  const plain: OpaqueInput = {
    bounds: rect(100, 50, 300, 200),
    depth: 24,
    isInputOnly: false,
    shape: undefined,
    client: rect(105, 70, 290, 175),
    facts: NOTHING_SAID,
    hasCompositor: true,
  };
  const argb = { ...plain, depth: 32 };

  test('is all of it when it is a plain window', () => {
    assert.deepEqual(opaqueParts(plain), [plain.bounds]);
  });

  test('is its shape, as far as that is inside the bounds', () => {
    const shape = [rect(90, 60, 50, 50), rect(200, 60, 10, 10), rect(500, 500, 10, 10)];
    assert.deepEqual(opaqueParts({ ...plain, shape }), [rect(100, 60, 40, 50), rect(200, 60, 10, 10)]);
  });

  test('of a window with alpha is what its program says is opaque, nothing when it says nothing', () => {
    assert.deepEqual(opaqueParts(argb), []);
    const facts = { ...NOTHING_SAID, opaqueRegion: [rect(10, 10, 100, 20), rect(0, 0, 9999, 1)] };
    assert.deepEqual(opaqueParts({ ...argb, facts }), [rect(115, 80, 100, 20), rect(105, 70, 290, 1)]);
  });

  test('of a window with alpha is all of it where nobody paints by alpha', () => {
    const facts = { ...NOTHING_SAID, isTranslucent: true, opaqueRegion: [] };
    assert.deepEqual(opaqueParts({ ...argb, facts, hasCompositor: false }), [argb.bounds]);
  });

  test('is nothing of a window that is made translucent, whatever it says itself', () => {
    const facts = { ...NOTHING_SAID, isTranslucent: true, opaqueRegion: [rect(0, 0, 290, 175)] };
    assert.deepEqual(opaqueParts({ ...argb, facts }), []);
    assert.deepEqual(opaqueParts({ ...plain, facts }), []);
  });

  test('is not the shadow that a program draws around itself', () => {
    const facts = { ...NOTHING_SAID, frameExtents: [20, 21, 22, 23] };
    assert.deepEqual(opaqueParts({ ...plain, facts }), [rect(125, 92, 249, 130)]);
    assert.deepEqual(opaqueParts({ ...plain, facts: { ...facts, frameExtents: [999, 999, 0, 0] } }), []);
  });

  test('is nothing of a window that only takes the pointer', () => {
    assert.deepEqual(opaqueParts({ ...plain, isInputOnly: true }), []);
  });

  test('has a limited number of parts, the largest ones', () => {
    const shape = Array.from({ length: 150 }, (_, at) => rect(100, 50 + at, at + 1, 1));
    const parts = opaqueParts({ ...plain, shape });
    assert.equal(parts.length, 64);
    assert.ok(parts.every(({ width }) => width > 80));
  });
});

describe('what X11 windows say of themselves', { skip: missing('Xvfb', 'openbox', 'xeyes', 'xcompmgr') }, () => {
  let desktop: TestWindows;
  before(async () => {
    desktop = await TestWindows.start('1000x700', ['openbox']);
  });
  afterEach(() => desktop.clear());
  after(() => desktop.stop());

  const becomes = (what: string, wid: number, opaque: (bounds: Rect) => Rect[]): Promise<DesktopWindow> =>
    desktop.find(what, (window) => {
      return widOf(window) === wid && JSON.stringify(window.opaque) === JSON.stringify(opaque(window.bounds));
    });
  const areaOf = (rects: readonly Rect[]): number => rects.reduce((sum, each) => sum + each.width * each.height, 0);
  const touches = (rects: readonly Rect[], x: number, y: number): boolean =>
    rects.some((each) => x >= each.x && x < each.x + each.width && y >= each.y && y < each.y + each.height);

  test('a window with a shape shows nothing of itself beside the shape', async () => {
    desktop.start('xeyes', ['-shape', '-geometry', '200x150+300+200']);
    const eyes = await desktop.find('the eyes', ({ title, opaque }) => title === 'xeyes' && opaque.length > 1);
    const { bounds, opaque } = eyes;
    const [left, top, right, bottom] = [bounds.x, bounds.y, bounds.x + bounds.width - 1, bounds.y + bounds.height - 1];
    // Between title bar and handle: the eyes, round, with nothing in the corners and between.
    assert.ok(touches(opaque, left + bounds.width / 4, top + bounds.height / 2));
    assert.ok(!touches(opaque, left + 2, bottom - 12) && !touches(opaque, right - 2, bottom - 12));
    assert.ok(!touches(opaque, left + bounds.width / 2, bottom - 12));
    assert.ok(areaOf(opaque) < areaOf([bounds]));
  });

  test('a shape that is taken away again is no shape', async () => {
    const shape = await desktop.x.requireExtension('shape');
    const window = desktop.create({ x: 10, y: 20, isPopup: true });
    await becomes('the whole window', window, (bounds) => [bounds]);
    shape.Rectangles(0, 0, window, 0, 0, [[5, 6, 7, 8]]);
    await becomes('the shape', window, () => [rect(15, 26, 7, 8)]);
    shape.Rectangles(0, 0, window, -1000, -1000, [[0, 0, 5000, 5000]]);
    await becomes('the whole window again', window, (bounds) => [bounds]);
    desktop.x.client.DestroyWindow(window);
  });

  test('with a compositor a translucent window hides nothing, without one it does', async () => {
    const window = desktop.create({ x: 50, y: 60 });
    await desktop.ofWid(window);
    await desktop.setProperty(window, '_NET_WM_WINDOW_OPACITY', { values: [0x7fffffff] });
    await becomes('an opaque window', window, (bounds) => [bounds]);
    const compositor = desktop.start('xcompmgr', []);
    await becomes('a translucent window', window, () => []);
    await desktop.stopProgram(compositor);
    await becomes('an opaque window again', window, (bounds) => [bounds]);
    desktop.x.client.DestroyWindow(window);
  });

  test('a window with alpha shows what it calls opaque, in its frame too', async () => {
    const window = await createArgb(desktop);
    await desktop.ofWid(window);
    const compositor = desktop.start('xcompmgr', []);
    await becomes('nothing', window, () => []);
    await desktop.setProperty(window, '_NET_WM_OPAQUE_REGION', { values: [10, 10, 50, 40] });
    /** Where the program's own window is, as the server says now. */
    const inside = () =>
      desktop.x.ask<{ destX: number; destY: number }>((done) =>
        desktop.x.client.TranslateCoordinates(window, desktop.x.root, 0, 0, done),
      );
    const isRegionOpaque = async (): Promise<Rect | undefined> => {
      const { destX, destY } = await inside();
      const { bounds, opaque } = await desktop.ofWid(window);
      const isIt = JSON.stringify(opaque) === JSON.stringify([rect(destX + 10, destY + 10, 50, 40)]);
      return isIt && destY > bounds.y + 5 ? bounds : undefined; // there is a title bar
    };
    const before = await eventually('the opaque region', isRegionOpaque);
    desktop.x.client.ConfigureWindow(window, { x: 400, y: 300 });
    await eventually('the region moved with the window', async () => {
      const bounds = await isRegionOpaque();
      return bounds !== undefined && bounds.x !== before.x ? bounds : undefined;
    });
    await desktop.stopProgram(compositor);
    desktop.x.client.DestroyWindow(window);
  });

  test('a window that only takes the pointer is in the list, since it takes the click, and shows nothing', async () => {
    const window = desktop.create({ x: 0, y: 0, width: 1000, height: 700, isInputOnly: true, isPopup: true });
    const told = await desktop.ofWid(window);
    assert.deepEqual([told.bounds, told.opaque], [rect(0, 0, 1000, 700), []]);
    desktop.x.client.DestroyWindow(window);
  });

  test('what the compositor itself paints, a panel or an overview, counts as a window of nobody', async () => {
    const { x } = desktop;
    const composite = await x.requireExtension('composite');
    const shape = await x.requireExtension('shape');
    const overlay = await x.ask<number>((done) => composite.GetOverlayWindow(x.root, done));
    const setInput = async (rects: [number, number, number, number][]): Promise<void> => {
      shape.Rectangles(0, INPUT, overlay, 0, 0, rects);
      await desktop.settled();
    };
    await setInput([]);
    assert.deepEqual(await desktop.windows.list(), []);
    const before = await desktop.windows.geometrySerial();
    await setInput([[0, 0, 1000, 30]]);
    assert.ok((await desktop.windows.geometrySerial()) > before);
    desktop.create({ isPopup: true });
    await desktop.settled();
    // Who comes later finds it too.
    x.client.SetSelectionOwner(desktop.create(), await x.internAtom('_NET_WM_CM_S0'), 0);
    await desktop.settled();
    const later = await connectX(desktop.display.name, (error) => assert.fail(error));
    for (const windows of [desktop.windows, await openLinuxWindows(later)]) {
      const [panel] = await windows.list();
      const { bounds, opaque, pid, executable } = panel ?? {};
      assert.deepEqual([bounds, opaque, pid, executable], [rect(0, 0, 1000, 30), [], undefined, undefined]);
    }
    later.close();
    await setInput([]);
  });
});

/** A managed window of a visual with alpha. */
async function createArgb({ x }: TestWindows): Promise<number> {
  const [visual] = Object.keys(x.screen.depths[32] ?? {});
  assert.ok(visual !== undefined, 'the display has visuals with alpha');
  const colormap = x.client.AllocID();
  x.client.CreateColormap(colormap, x.root, Number(visual), 0);
  const window = x.client.AllocID();
  const values = { colormap, borderPixel: 0, backgroundPixel: 0 };
  x.client.CreateWindow(window, x.root, 100, 100, 200, 150, 0, 32, 1, Number(visual), values);
  x.client.MapWindow(window);
  return window;
}
