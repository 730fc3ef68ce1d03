import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CaptureSession, DesktopWindow, Picture, Rect, WindowList } from '../platform/platform.ts';
import { SCREEN, windowOf } from './test-desktop.ts';
import { coloursOf } from './thumbnail.testing.ts';
import { applicationName, windowChoices, type WindowChoice } from './window-choice.ts';

const GREY = 'b0b0b0';
const rect = (x: number, y: number, ...[width, height]: [number, number]): Rect => ({ x, y, width, height });

/** A screen on which every window is painted in a colour of its own. */
function screenOf(windows: readonly DesktopWindow[]): Picture {
  const { x: left, y: top, width, height } = SCREEN.bounds;
  const pixels = new Uint8Array(width * height * 4);
  for (const [at, { bounds }] of [...windows.entries()].reverse()) {
    for (let y = Math.max(0, bounds.y - top); y < Math.min(height, bounds.y - top + bounds.height); y++)
      for (let x = Math.max(0, bounds.x - left); x < Math.min(width, bounds.x - left + bounds.width); x++)
        pixels.set([at + 1, 0, 0], (y * width + x) * 4);
  }
  return { width, height, stride: width * 4, pixels, damage: [] };
}

const colourOf = (at: number): string => `0000${(at + 1).toString(16).padStart(2, '0')}`;

function desktopOf(windows: DesktopWindow[], options: { moves?: number; hasPicture?: boolean } = {}) {
  const opened: string[] = [];
  let [closed, serial, moves] = [0, 0, options.moves ?? 0];
  const session: Partial<CaptureSession> = {
    grab: async () => {
      if (moves-- > 0) serial += 1;
      return options.hasPicture === false ? undefined : screenOf(windows);
    },
    close: () => (closed += 1),
  };
  const list: WindowList = {
    list: async () => windows,
    focusedWindow: async () => undefined,
    geometrySerial: async () => serial,
    onChange: () => undefined,
    close: () => undefined,
  };
  const capture = {
    screens: async () => [SCREEN],
    // Only what a thumbnail uses.
    open: async (id: string) => {
      opened.push(id);
      return session as CaptureSession;
    },
  };
  const choose = (consentPids: number[] = []): Promise<WindowChoice[]> =>
    windowChoices({ platform: { capture, windows: list }, screen: SCREEN, consentPids: new Set(consentPids) });
  return { choose, opened, closed: () => closed };
}

describe('the windows to choose from', () => {
  test('are those that a person would call windows, with program, title and place on the shared screen', async () => {
    const { choose } = desktopOf([
      windowOf({ id: 'consent', pid: 7 }),
      windowOf({ id: 'menu', isPopup: true }),
      windowOf({ id: 'panel', isShell: true }),
      windowOf({ id: 'tiny', bounds: rect(200, 100, 47, 400) }),
      windowOf({ id: 'elsewhere', bounds: rect(2000, 100, 400, 400) }),
      windowOf({
        id: 'letter',
        title: 'Letter',
        executable: '/opt/office/soffice.bin',
        bounds: rect(50, 60, 400, 300),
      }),
      windowOf({ id: 'unknown', executable: undefined, opaque: [] }),
    ]);
    const choices = (await choose([7])).map(({ thumbnail, ...choice }) => ({ ...choice, has: thumbnail !== null }));
    assert.deepEqual(choices, [
      {
        id: 'letter',
        application: 'soffice',
        executable: '/opt/office/soffice.bin',
        title: 'Letter',
        bounds: rect(-50, 10, 400, 300),
        isShowable: true,
        has: true,
      },
      {
        id: 'unknown',
        application: '',
        executable: undefined,
        title: 'any',
        bounds: rect(0, 0, 1000, 800),
        isShowable: false,
        has: true,
      },
    ]);
  });

  test('have pictures of one grab, on which no pixel is of another window', async () => {
    // Odd places, so that the edges of windows are inside of the blocks that are averaged.
    const desktop = desktopOf([
      windowOf({ id: 'front', bounds: rect(333, 207, 401, 303) }),
      windowOf({ id: 'middle', bounds: rect(150, 100, 401, 303) }),
      windowOf({ id: 'covered', bounds: rect(340, 220, 100, 100) }),
      windowOf({ id: 'half outside', bounds: rect(801, 701, 601, 303) }),
    ]);
    const choices = await desktop.choose();
    assert.deepEqual([desktop.opened, desktop.closed()], [['screen-1'], 1]);
    const colours = choices.map(({ thumbnail }) => coloursOf(thumbnail ?? ''));
    const seen = colours.map((each) => [...each.keys()].sort());
    const [front, middle, outside] = [0, 1, 3].map(colourOf);
    assert.deepEqual(seen, [[front], [middle, GREY], [GREY], [outside, GREY]]);
    assert.ok((colours[1]?.get(colourOf(1)) ?? 0) > (colours[1]?.get(GREY) ?? 0), 'most of it is to be seen');
  });

  test('have no pictures when the windows do not stand still, and others after they do', async () => {
    const [restless, calm] = [desktopOf([windowOf()], { moves: 100 }), desktopOf([windowOf()], { moves: 2 })];
    assert.deepEqual(
      (await restless.choose()).map(({ thumbnail }) => thumbnail),
      [null],
    );
    assert.equal(restless.opened.length, restless.closed());
    assert.notEqual((await calm.choose())[0]?.thumbnail, null);
  });

  test('have no pictures when the screen gives none', async () => {
    const [choice] = await desktopOf([windowOf()], { hasPicture: false }).choose();
    assert.equal(choice?.thumbnail, null);
  });
});

test('programs are called by their file, without what packagers put behind it', () => {
  const names = ['/usr/bin/xterm', '/usr/libexec/gnome-terminal-server', '/opt/x/.firefox-wrapped', '/a/.bin'];
  assert.deepEqual(names.map(applicationName), ['xterm', 'gnome-terminal', 'firefox', 'bin']);
  assert.equal(applicationName('C:\\Windows\\System32\\notepad.exe'), 'notepad');
});
