import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DesktopWindow } from '../platform.ts';
import { DisplayMap } from './displays.ts';
import { focusedOf, geometryOf, parseWindows, toWindows } from './window.facts.ts';
import type { Focus } from './window.facts.ts';

/** As NSJSONSerialization writes CGWindowListCopyWindowInfo: with more keys than are read. */
function info(number: number, layer: number, more: object = {}): object {
  return {
    kCGWindowNumber: number,
    kCGWindowOwnerPID: 100 + number,
    kCGWindowOwnerName: 'Whatever it calls itself',
    kCGWindowLayer: layer,
    kCGWindowAlpha: 1,
    kCGWindowMemoryUsage: 2288,
    kCGWindowSharingState: 1,
    kCGWindowStoreType: 1,
    kCGWindowIsOnscreen: true,
    kCGWindowBounds: { X: 10, Y: 20, Width: 300, Height: 200 },
    ...more,
  };
}

const LEVELS = { normal: 0, desktopIcons: -2147483603, cursor: 2147483630 };
const displays = new DisplayMap([
  { id: 1, points: { x: 0, y: 0, width: 1440, height: 900 }, pixels: { width: 2880, height: 1800 } },
]);
const EXECUTABLES: Record<number, string> = {
  101: '/System/Applications/TextEdit.app/Contents/MacOS/TextEdit',
  102: '/System/Library/CoreServices/Dock.app/Contents/MacOS/Dock',
};

function windowsOf(list: unknown, focus?: Focus): DesktopWindow[] {
  const executableOf = (pid: number): string | undefined => EXECUTABLES[pid];
  return toWindows(parseWindows(list) ?? assert.fail('not understood'), {
    displays,
    levels: LEVELS,
    focus,
    executableOf,
  });
}

describe("macOS' list of windows", () => {
  test('a window is in pixels, keeps its place in the order, and its program is its executable', () => {
    const [first, second] = windowsOf([info(1, 0, { kCGWindowName: 'Letter' }), info(3, 0)]);
    assert.deepEqual(first, {
      id: '1@101',
      pid: 101,
      executable: EXECUTABLES[101],
      title: 'Letter',
      bounds: { x: 20, y: 40, width: 600, height: 400 },
      isFocused: false,
      opaque: [],
      isPopup: false,
      transientFor: undefined,
      role: '',
      isShell: false,
    });
    assert.deepEqual([second?.id, second?.executable, second?.title], ['3@103', undefined, '']);
  });

  test('no window counts as opaque, since nobody can tell', () => {
    const windows = windowsOf([info(1, 0), info(2, 20), info(3, 101)]);
    assert.ok(windows.length === 3 && windows.every(({ opaque }) => opaque.length === 0));
  });

  test('menus are popups; Dock, menu bar and the picture of the desktop are the shell', () => {
    const kinds = windowsOf([info(1, 101), info(2, 20), info(3, -2147483623)]).map(({ isPopup, isShell }) => [
      isPopup,
      isShell,
    ]);
    assert.deepEqual(kinds, [
      [true, false],
      [false, true],
      [false, true],
    ]);
  });

  test('what nobody sees is left out: invisible, empty, off all displays, the icons that no picture has', () => {
    const bounds = { X: 9000, Y: 0, Width: 10, Height: 10 };
    const list = [
      info(1, 0, { kCGWindowAlpha: 0 }),
      info(2, 0, { kCGWindowBounds: { ...bounds, X: 0, Width: 0 } }),
      info(3, 0, { kCGWindowBounds: bounds }),
      info(4, LEVELS.desktopIcons),
      info(5, LEVELS.cursor),
    ];
    assert.deepEqual(windowsOf(list), []);
  });

  test('a list that is not what the headers say tells of no window at all', () => {
    for (const list of [
      undefined,
      null,
      {},
      [info(1, 0), { kCGWindowNumber: 2 }],
      [info(1, 0, { kCGWindowLayer: '0' })],
    ])
      assert.equal(parseWindows(list), undefined);
  });

  test('the keyboard is with the window at the place that accessibility tells, and with no other program', () => {
    const pid = { kCGWindowOwnerPID: 101 };
    const list = [
      info(9, 0),
      info(1, 0, pid),
      info(2, 0, { ...pid, kCGWindowBounds: { X: 500, Y: 0, Width: 99, Height: 99 } }),
    ];
    const focusedIn = (focus?: Focus): string | undefined => windowsOf(list, focus).find((each) => each.isFocused)?.id;
    assert.equal(focusedIn({ pid: 101, window: { x: 500.4, y: 0, width: 99, height: 99 } }), '2@101');
    assert.equal(focusedIn({ pid: 101, window: undefined }), '1@101');
    // Within another window of the program that is in front of it.
    const inner = { x: 20, y: 30, width: 10, height: 10 };
    const nested = [...list, info(5, 0, { ...pid, kCGWindowBounds: { X: 20, Y: 30, Width: 10, Height: 10 } })];
    assert.equal(windowsOf(nested, { pid: 101, window: inner }).find((each) => each.isFocused)?.id, '5@101');
    assert.equal(focusedIn({ pid: 999, window: { x: 10, y: 20, width: 300, height: 200 } }), undefined);
    assert.equal(focusedIn(undefined), undefined);
    assert.equal(focusedOf([], { pid: 101, window: undefined }), undefined);
  });

  test('the geometry changes with place, size, order, coming and going, transparency and level, and with nothing else', () => {
    const geometry = (list: unknown): string => geometryOf(parseWindows(list) ?? [], LEVELS);
    const [a, b] = [info(1, 0), info(2, 0)];
    const before = geometry([a, b]);
    assert.equal(geometry([info(1, 0, { kCGWindowName: 'another title' }), b]), before);
    const others = [
      [b, a],
      [a],
      [a, b, info(3, 0)],
      [info(1, 3), b],
      [info(1, 0, { kCGWindowAlpha: 0.5 }), b],
      [info(1, 0, { kCGWindowBounds: { X: 11, Y: 20, Width: 300, Height: 200 } }), b],
      [info(1, 0, { kCGWindowOwnerPID: 7 }), b],
    ];
    for (const list of others) assert.notEqual(geometry(list), before, JSON.stringify(list));
  });
});
