import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { eventually } from '../linux/xvfb.testing.ts';
import { connectX } from '../linux/x11.connection.ts';
import type { XConnection } from '../linux/x11.connection.ts';
import type { BannerText, DesktopWindow, Rect } from '../platform.ts';
import type { ProbeNews } from './wine.probe.ts';
import { missingForWine, Wine } from './wine.testing.ts';

const TEXT: BannerText = { who: 'Li Wei · E1024', mode: 'can look', time: '01:12', stop: 'Stop', tone: 'live' };
/** The button of the banner, 0xRRGGBB. */
const RED = 0xc81e2a;
const WHITE = 0xffffff;
/** In notepad's window under Wine: the row of menus, and the first of them. */
const MENU_BAR = { top: 26, first: 18 } as const;
const Z_PIXMAP = 2;
/** Virtual keys. */
const VK = { shift: 0xa0, control: 0xa2, alt: 0xa4, a: 0x41, h: 0x48, q: 0x51 } as const;

describe('banner, outlines and hotkeys on Windows', { skip: missingForWine(), timeout: 180_000 }, () => {
  let wine: Wine;
  let x: XConnection;
  let notepad: DesktopWindow;
  const heard: ProbeNews[] = [];

  before(async () => {
    wine = await Wine.start();
    x = await connectX(wine.display.name, (error) => assert.fail(error));
    wine.run('notepad');
    notepad = await eventually('notepad', async () => (await wine.call('list')).find(({ role }) => role === 'Notepad'));
    await wine.hand('search', '--name', 'Notepad', 'windowfocus', 'windowmove', '50', '80');
    assert.equal(await wine.call('openGuard', true), 'Ctrl+Alt+Shift+Q');
  });
  after(async () => {
    x.close();
    await wine.stop();
  });
  beforeEach(async () => {
    await hear();
    heard.length = 0;
  });

  async function hear(): Promise<void> {
    heard.push(...(await wine.call('news')));
  }

  const presses = (): string[] => heard.flatMap((news) => ('pressed' in news ? news.pressed : []));
  const places = (): (readonly Rect[])[] => heard.flatMap((news) => ('announced' in news ? [news.announced] : []));

  async function untilPressed(what: string): Promise<void> {
    await eventually(what, async () => {
      await hear();
      return presses().includes(what) ? true : undefined;
    });
  }

  async function show(text: BannerText = TEXT): Promise<Rect> {
    await wine.call('showBanner', text);
    const bounds = await eventually('the banner', async () => (await wine.call('bannerBounds')) ?? undefined);
    await untilRed(bounds);
    return bounds;
  }

  /** In the middle of the upper edge of the button, where no text is. */
  const buttonOf = ({ x: left, y: top, width }: Rect): { x: number; y: number } => ({
    x: left + width - 60,
    y: top + 9,
  });

  async function untilRed(bounds: Rect): Promise<void> {
    const at = buttonOf(bounds);
    await eventually('the red button', async () => ((await pixel(at)) === RED ? true : undefined));
  }

  async function place(): Promise<Rect> {
    const now = (await wine.call('list')).find(({ id }) => id === notepad.id);
    return now?.bounds ?? assert.fail('notepad is not listed');
  }

  async function untilInFront(bounds: Rect): Promise<void> {
    await eventually('the banner in front', async () => {
      const [first] = await wine.call('list');
      return JSON.stringify(first?.bounds) === JSON.stringify(bounds) ? true : undefined;
    });
  }

  async function pixel(at: { x: number; y: number }): Promise<number> {
    const { data } = await x.ask<{ data: Buffer }>((done) =>
      x.client.GetImage(Z_PIXMAP, x.root, at.x, at.y, 1, 1, 0xffffff, done),
    );
    return data.readUIntLE(0, 3);
  }

  function click({ x: left, y: top }: { x: number; y: number }): Promise<void> {
    return wine.hand('mousemove', String(left), String(top), 'click', '1');
  }

  async function clickFromAfar({ x: left, y: top }: { x: number; y: number }): Promise<void> {
    await wine.call('moveTo', left, top);
    for (const isDown of [true, false]) await wine.call('button', isDown);
  }

  async function pressFromAfar(...keys: number[]): Promise<void> {
    for (const key of keys) await wine.call('press', key, true);
    for (const key of keys.reverse()) await wine.call('press', key, false);
  }

  test('the banner is where it was announced to be, with its pixels, in front of other windows', async () => {
    const bounds = await show();
    await eventually('the second announcement', async () => {
      await hear();
      return places().length >= 2 ? true : undefined;
    });
    assert.deepEqual(places(), [[bounds], [bounds]]);
    const [first] = await wine.call('list');
    assert.deepEqual([first?.bounds, first?.isPopup], [bounds, true]);
    assert.match(first?.title ?? '', /Li Wei/);
    assert.equal(
      await pixel({ x: bounds.x, y: bounds.y }),
      await pixel({ x: bounds.x - 5, y: bounds.y }),
      'round ends',
    );
  });

  test('Stop hears the hand and nobody else', async () => {
    const bounds = await show();
    await clickFromAfar(buttonOf(bounds));
    await click({ x: bounds.x + 100, y: bounds.y + 20 });
    await click(buttonOf(bounds));
    await untilPressed('stop');
    assert.deepEqual(presses(), ['stop']);
    await eventually('notepad has the keyboard still', async () =>
      (await wine.call('focused')) === notepad.id ? true : undefined,
    );
  });

  test('Stop is heard while a menu has the mouse', async () => {
    const bounds = await show();
    await wine.hand('key', 'alt+f');
    await eventually('the menu', async () =>
      (await wine.call('list')).some(({ role }) => role === '#32768') ? true : undefined,
    );
    await click(buttonOf(bounds));
    await untilPressed('stop');
    await wine.hand('key', 'Escape', 'Escape');
  });

  test('the banner goes where the hand drags it, each place announced before', async () => {
    const bounds = await show();
    await hear();
    heard.length = 0;
    await wine.hand('mousemove', String(bounds.x + 20), String(bounds.y + 20), 'mousedown', '1');
    await wine.hand('mousemove', String(bounds.x + 80), String(bounds.y + 320), 'mouseup', '1');
    const moved = { ...bounds, x: bounds.x + 60, y: bounds.y + 300 };
    await untilRed(moved);
    await eventually('the last announcement', async () => {
      await hear();
      return JSON.stringify(places().at(-1)) === JSON.stringify([moved]) ? true : undefined;
    });
    assert.ok(JSON.stringify(places()).includes(JSON.stringify(moved)));
    const firstWithNew = places().find((each) => JSON.stringify(each).includes(JSON.stringify(moved)));
    assert.equal(firstWithNew?.length, 2, 'the old place and the new one');
    assert.deepEqual(await wine.call('bannerBounds'), moved);
  });

  test('a banner that is hidden or covered by another program comes back', async () => {
    const bounds = await show();
    const banner = (await wine.call('list')).find(({ title }) => title.startsWith('Handrail'));
    await wine.call('meddle', banner?.id ?? '', 'hide');
    await untilInFront(bounds);
    await wine.call('meddle', notepad.id, 'raise');
    await untilInFront(bounds);
    await untilRed(bounds);
  });

  test('after it is hidden nothing is announced and nothing is there', async () => {
    const bounds = await show();
    await wine.call('hideBanner');
    await eventually('no banner', async () => ((await pixel(buttonOf(bounds))) === RED ? undefined : true));
    await eventually('the empty announcement', async () => {
      await hear();
      return places().at(-1)?.length === 0 ? true : undefined;
    });
    await click(buttonOf(bounds));
    await hear();
    assert.deepEqual(presses(), []);
  });

  test('a hotkey hears the keyboard and no program', async () => {
    await wine.hand('search', '--name', 'Notepad', 'windowfocus');
    await pressFromAfar(VK.control, VK.alt, VK.shift, VK.q);
    await pressFromAfar(VK.control, VK.alt, VK.shift, VK.h);
    await wine.hand('key', 'ctrl+alt+shift+h');
    await untilPressed('hide-hotkey');
    assert.deepEqual(presses(), ['hide-hotkey']);
    await wine.hand('key', 'ctrl+alt+q', 'ctrl+alt+shift+q');
    await untilPressed('stop-hotkey');
    assert.deepEqual(presses(), ['hide-hotkey', 'stop-hotkey']);
  });

  test('where another program has the combination the next letter is taken', async () => {
    assert.equal(await wine.call('openGuard', true), 'Ctrl+Alt+Shift+X');
    await wine.hand('key', 'ctrl+alt+shift+x');
    await untilPressed('stop-hotkey');
    await wine.call('closeGuard');
    assert.equal(await wine.call('openGuard', true), 'Ctrl+Alt+Shift+X');
    await wine.call('closeGuard');
  });

  test('outlines are drawn inside of what they frame, and clicks go through', async () => {
    const { x: left, y: top, width } = await place();
    // Over the lower part of the menus and the text, with its upper edge on the first menu.
    const rect = { x: left, y: top + MENU_BAR.top + 4, width, height: 300 };
    await wine.call('outline', [{ rect, label: '' }]);
    const inside = { x: left + 300, y: rect.y + 200 };
    const edge = { x: left + 300, y: rect.y + rect.height - 2 };
    await eventually('the outline', async () => ((await pixel(edge)) === WHITE ? undefined : true));
    assert.deepEqual([await pixel(inside), await pixel({ ...edge, y: edge.y + 4 })], [WHITE, WHITE]);
    await click({ x: left + MENU_BAR.first, y: rect.y + 1 });
    await eventually('the menu', async () =>
      (await wine.call('list')).some(({ role }) => role === '#32768') ? true : undefined,
    );
    await wine.hand('key', 'Escape', 'Escape');
    await wine.call('outline', []);
    await eventually('no outline', async () => ((await pixel(edge)) === WHITE ? true : undefined));
  });

  test('what a program holds down is let go', async () => {
    await wine.call('press', VK.a, true);
    await wine.call('press', VK.shift, true);
    assert.deepEqual([await wine.call('isDown', VK.a), await wine.call('isDown', VK.shift)], [true, true]);
    await wine.call('release');
    assert.deepEqual([await wine.call('isDown', VK.a), await wine.call('isDown', VK.shift)], [false, false]);
  });

  test('where Windows does not ask the hook, Stop and its hotkey are heard all the same', async () => {
    await wine.call('closeGuard');
    await wine.call('openGuard', false);
    const bounds = await show();
    await clickFromAfar(buttonOf(bounds));
    await click(buttonOf(bounds));
    await untilPressed('stop');
    assert.deepEqual(presses(), ['stop']);
    await wine.hand('search', '--name', 'Notepad', 'windowfocus');
    await wine.hand('key', 'ctrl+alt+shift+q');
    await untilPressed('stop-hotkey');
  });

  test('nothing is left when it is closed', async () => {
    await wine.call('outline', [{ rect: { x: 10, y: 600, width: 50, height: 50 }, label: '' }]);
    await eventually('the outline', async () => ((await wine.call('list')).length === 3 ? true : undefined));
    await wine.call('closeGuard');
    await wine.call('closeDesktop');
    assert.deepEqual(
      (await wine.call('list')).map(({ id }) => id),
      [notepad.id],
    );
    await wine.hand('key', 'ctrl+alt+shift+q', 'ctrl+alt+shift+h');
    await hear();
    assert.deepEqual(presses(), []);
  });
});
