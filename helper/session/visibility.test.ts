import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Area, Scope } from '../../protocol/scope.ts';
import type { DesktopWindow, Rect } from '../platform/platform.ts';
import { windowOf } from './test-desktop.ts';
import { commonParts, hiddenParts, isMember, visibleParts, windowAt } from './visibility.ts';

const rect = (x: number, y: number, ...[width, height]: [number, number]): Rect => ({ x, y, width, height });
const byWindow = (windowId: string): Area => ({ kind: 'window', windowId });
const byApplication = (executable: string): Area => ({ kind: 'application', executable });

/** A desktop so small that every pixel can be looked at; the shared screen is not at its corner. */
const SCREEN = rect(10, 5, 20, 14);
const PIXELS = Array.from({ length: 40 * 30 }, (_, at) => ({ x: (at % 40) - 2, y: Math.floor(at / 40) - 2 }));

const covers = ({ x, y, width, height }: Rect, at: { x: number; y: number }): boolean =>
  at.x >= x && at.y >= y && at.x < x + width && at.y < y + height;
const count = (rects: readonly Rect[], at: { x: number; y: number }): number =>
  rects.filter((each) => covers(each, at)).length;

const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];
const PROGRAMS = ['/usr/bin/one', '/usr/bin/two'];
const anyRect = fc.record({
  x: fc.integer({ min: 0, max: 34 }),
  y: fc.integer({ min: 0, max: 22 }),
  width: fc.integer({ min: 1, max: 20 }),
  height: fc.integer({ min: 1, max: 14 }),
});
const anyWindow = fc
  .record({
    bounds: anyRect,
    /** Whole, with a shadow, with holes, or nothing opaque at all. */
    look: fc.constantFrom('plain', 'shadow', 'parts', 'glass'),
    parts: fc.array(anyRect, { maxLength: 3 }),
    pid: fc.constantFrom(1, 2, undefined),
    executable: fc.constantFrom(...PROGRAMS, undefined),
    title: fc.constantFrom('one', '/usr/bin/one', 'a'),
    role: fc.constantFrom('', 'a', '/usr/bin/one'),
    isPopup: fc.boolean(),
    isFocused: fc.boolean(),
    transientFor: fc.option(fc.constantFrom(...IDS, 'gone'), { nil: undefined, freq: 2 }),
  })
  .map(({ look, parts, ...window }) => ({ ...windowOf(window), opaque: opaqueOf(window.bounds, look, parts) }));

function opaqueOf(bounds: Rect, look: string, parts: readonly Rect[]): Rect[] {
  if (look === 'glass') return [];
  if (look === 'parts') return commonParts(parts, [bounds]);
  const inset = look === 'shadow' ? 2 : 0;
  const { x, y, width, height } = bounds;
  return commonParts([rect(x + inset, y + inset, width - 2 * inset, height - 2 * inset)], [bounds]);
}

const anyDesktop = fc
  .array(anyWindow, { maxLength: 6 })
  .map((windows) => ({ screen: SCREEN, windows: windows.map((window, at) => ({ ...window, id: IDS[at] ?? '' })) }));
const anyArea: fc.Arbitrary<Area> = fc.oneof(
  fc.constantFrom(...IDS).map(byWindow),
  fc.constantFrom(...PROGRAMS).map(byApplication),
  anyRect.map((each) => ({ kind: 'rectangle' as const, ...each })),
);
const anyAreas = fc.array(anyArea, { maxLength: 4 });
const anyScope: fc.Arbitrary<Scope> = fc.oneof({ weight: 9, arbitrary: anyAreas }, fc.constant('all' as const));

/** What is on top at a pixel, said in the plainest way. */
function mayBeSeen(scope: Scope, windows: readonly DesktopWindow[], at: { x: number; y: number }): boolean {
  if (!covers(SCREEN, at)) return false;
  if (scope === 'all') return true;
  const isDrawn = scope.some(
    (each) => each.kind === 'rectangle' && covers({ ...each, x: each.x + SCREEN.x, y: each.y + SCREEN.y }, at),
  );
  if (isDrawn) return true;
  const front = windows.find(({ bounds }) => covers(bounds, at));
  return front !== undefined && isMember(front, scope, windows) && count(front.opaque, at) > 0;
}

describe('of any desktop and any scope', () => {
  test('a pixel is seen exactly when the front-most window there is allowed and shows nothing but itself', () => {
    fc.assert(
      fc.property(anyScope, anyDesktop, (scope, desktop) => {
        const visible = visibleParts(scope, desktop);
        for (const at of PIXELS)
          assert.equal(count(visible, at), mayBeSeen(scope, desktop.windows, at) ? 1 : 0, JSON.stringify(at));
      }),
      { numRuns: 400 },
    );
  });

  test('every pixel of the screen is either seen or hidden', () => {
    fc.assert(
      fc.property(anyScope, anyDesktop, (scope, desktop) => {
        const visible = visibleParts(scope, desktop);
        const all = [...visible, ...hiddenParts(visible, SCREEN)];
        for (const at of PIXELS) assert.equal(count(all, at), covers(SCREEN, at) ? 1 : 0);
      }),
      { numRuns: 200 },
    );
  });

  test('one more area never hides anything, one less never shows anything', () => {
    fc.assert(
      fc.property(anyAreas, anyArea, anyDesktop, (areas, more, desktop) => {
        const [less, wider] = [visibleParts(areas, desktop), visibleParts([...areas, more], desktop)];
        for (const at of PIXELS) assert.ok(count(less, at) <= count(wider, at));
      }),
      { numRuns: 200 },
    );
  });

  test('what may be operated is never more than what is seen', () => {
    fc.assert(
      fc.property(anyScope, anyScope, anyDesktop, (operate, see, desktop) => {
        const [operated, seen] = [visibleParts(operate, desktop), visibleParts(see, desktop)];
        const both = commonParts(operated, seen);
        for (const at of PIXELS) assert.equal(count(both, at), Math.min(count(operated, at), count(seen, at)));
      }),
      { numRuns: 200 },
    );
  });

  test('titles and roles change nothing', () => {
    fc.assert(
      fc.property(anyScope, anyDesktop, (scope, desktop) => {
        const windows = desktop.windows.map((window) => ({ ...window, title: 'x', role: 'y' }));
        assert.deepEqual(visibleParts(scope, { ...desktop, windows }), visibleParts(scope, desktop));
      }),
    );
  });

  test('a window is inside only when it, its program or a window of its process was chosen', () => {
    fc.assert(
      fc.property(anyAreas, anyDesktop, (areas, { windows }) => {
        const isChosen = ({ id }: DesktopWindow): boolean =>
          areas.some((each) => each.kind === 'window' && each.windowId === id);
        for (const window of windows.filter((each) => isMember(each, areas, windows))) {
          const isOfProgram = areas.some(
            (each) => each.kind === 'application' && each.executable === window.executable,
          );
          const isOfProcess = windows.some(
            (each) => each.pid !== undefined && each.pid === window.pid && isChosen(each),
          );
          assert.ok(isChosen(window) || isOfProgram || isOfProcess);
        }
      }),
    );
  });
});

test('forty windows one over the other are judged in less than a millisecond', () => {
  const windows = Array.from({ length: 40 }, (_, at) => {
    const bounds = rect((at * 397) % 1700, (at * 211) % 900, 150 + ((at * 53) % 400), 100 + ((at * 71) % 300));
    return windowOf({ id: `w${at}`, executable: PROGRAMS[at % 2], bounds });
  });
  const desktop = { screen: rect(0, 0, 1920, 1080), windows };
  const times = Array.from({ length: 201 }, () => {
    const startedAt = performance.now();
    const visible = visibleParts([byApplication('/usr/bin/one')], desktop);
    hiddenParts(visible, desktop.screen);
    return performance.now() - startedAt;
  }).sort((a, b) => a - b);
  // The median, since others work on the same processor.
  assert.ok((times[100] ?? Infinity) < 1, `${times[100]} ms`);
});

describe('a window is inside', () => {
  const main = windowOf({ id: 'main', pid: 1, executable: '/usr/bin/editor' });
  const other = windowOf({ id: 'other', pid: 1, executable: '/usr/bin/editor' });
  const scope = [byWindow('main')];
  const inside = (window: DesktopWindow, ...behind: DesktopWindow[]): boolean =>
    isMember(window, scope, [window, ...behind]);

  test('when it was chosen, and a second window of its program only when the program was', () => {
    assert.ok(inside(main));
    assert.ok(!inside(other, main));
    assert.ok(isMember(other, [byApplication('/usr/bin/editor')], [other, main]));
  });

  test('when it is a dialog for the chosen window, or a menu of that dialog', () => {
    const dialog = windowOf({ id: 'dialog', pid: 1, transientFor: 'main' });
    const menu = windowOf({ id: 'menu', pid: 1, transientFor: 'dialog', isPopup: true });
    assert.ok(inside(dialog, main));
    assert.ok(inside(menu, dialog, main));
    assert.ok(!inside(windowOf({ id: 'dialog', pid: 1, transientFor: 'other' }), other, main));
  });

  test("but not when it is another program's dialog that says it is for the chosen window", () => {
    assert.ok(!inside(windowOf({ id: 'dialog', pid: 2, transientFor: 'main' }), main));
    assert.ok(!inside(windowOf({ id: 'dialog', pid: undefined, transientFor: 'main' }), main));
    const between = windowOf({ id: 'between', pid: 2, transientFor: 'main' });
    assert.ok(!inside(windowOf({ id: 'dialog', pid: 1, transientFor: 'between' }), between, main));
  });

  test('when it is a menu that says nothing and the chosen window is in use or right behind it', () => {
    const menu = windowOf({ id: 'menu', pid: 1, isPopup: true });
    const submenu = windowOf({ id: 'submenu', pid: 1, isPopup: true });
    assert.ok(inside(menu, main, other));
    assert.ok(inside(submenu, menu, main));
    assert.ok(!inside(menu, other, main));
    assert.ok(inside(menu, other, { ...main, isFocused: true }));
    assert.ok(!inside({ ...menu, pid: 2 }, main));
    assert.ok(!inside({ ...menu, isPopup: false }, main));
  });

  test('by its program only when the program is known', () => {
    const unknown = windowOf({ executable: undefined, title: '/usr/bin/editor', role: '/usr/bin/editor' });
    assert.ok(!isMember(unknown, [byApplication('/usr/bin/editor')], [unknown]));
  });

  test('never when windows name each other in a circle', () => {
    const [first, second] = [windowOf({ id: 'x', transientFor: 'y' }), windowOf({ id: 'y', transientFor: 'x' })];
    assert.ok(!inside(first, second, main));
  });
});

describe('on the screen', () => {
  const chosen = windowOf({ id: 'chosen', bounds: rect(12, 6, 10, 8) });
  const see = (...windows: DesktopWindow[]): Rect[] => visibleParts([byWindow('chosen')], { screen: SCREEN, windows });

  test('a window that is dragged over an allowed one hides it there, all of its bounds, shadow included', () => {
    const shadow = windowOf({ id: 'over', bounds: rect(17, 6, 30, 8), opaque: [rect(20, 8, 20, 4)] });
    assert.deepEqual(see(shadow, chosen), [rect(12, 6, 5, 8)]);
    assert.deepEqual(see(chosen, shadow), [chosen.bounds]);
  });

  test('nothing is seen of an allowed window that others shine through', () => {
    assert.deepEqual(see({ ...chosen, opaque: [] }), []);
  });

  test('a drawn rectangle shows whatever is there, as far as it is on the screen', () => {
    const area: Area = { kind: 'rectangle', ...rect(15, 10, 100, 100) };
    const windows = [windowOf({ id: 'any', bounds: SCREEN })];
    assert.deepEqual(visibleParts([area], { screen: SCREEN, windows }), [rect(25, 15, 5, 4)]);
  });

  test('without areas all is hidden, in one rectangle; with all nothing is', () => {
    const desktop = { screen: SCREEN, windows: [chosen] };
    assert.deepEqual(hiddenParts(visibleParts([], desktop), SCREEN), [SCREEN]);
    assert.deepEqual(hiddenParts(visibleParts('all', desktop), SCREEN), []);
  });

  test('the pointer reaches the front-most window, up to its last pixel', () => {
    const under = windowOf({ id: 'under', bounds: rect(0, 0, 100, 100) });
    assert.equal(windowAt([chosen, under], 21, 13)?.id, 'chosen');
    assert.equal(windowAt([chosen, under], 22, 13)?.id, 'under');
    assert.equal(windowAt([chosen, under], 100, 0), undefined);
  });
});
