/** What is found out about windows, put together, on a display with real programs: no pixel of another window is seen. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { SETTLE_MS, Settling } from '../../session/settling.ts';
import { coloursOf } from '../../session/thumbnail.testing.ts';
import { visibleParts } from '../../session/visibility.ts';
import { windowChoices } from '../../session/window-choice.ts';
import type { DesktopWindow, Rect } from '../platform.ts';
import { TestWindows, widOf } from './desktop.testing.ts';
import { openLinuxCapture } from './linux.capture.ts';
import { connectX } from './x11.connection.ts';
import { eventually, missing } from './xvfb.testing.ts';

const SCREEN: Rect = { x: 0, y: 0, width: 1000, height: 700 };
const GREEN = '00ff00';
/** Occurs nowhere else. */
const RED = 'ff0000';
const painted = (colour: string): string[] => ['-bg', `#${colour}`, '-fg', `#${colour}`, '-cr', `#${colour}`];

describe('in what is visible of a window', { skip: missing('Xvfb', 'openbox', 'xterm', 'zenity') }, () => {
  let desktop: TestWindows;
  before(async () => {
    desktop = await TestWindows.start('1000x700', ['openbox']);
  });
  afterEach(() => desktop.clear());
  after(() => desktop.stop());

  /** Moves the red window to and fro over another and looks all the time; gives the colours that were there to be seen. */
  async function lookWhileCovered(window: DesktopWindow): Promise<{ seen: Map<string, number>; covered: number }> {
    const { window: over } = await desktop.startXterm('red', '30x8+200+160', ...painted(RED));
    const seen = new Map<string, number>();
    let covered = 0;
    const look = async (): Promise<true | undefined> => {
      const before = await desktop.windows.geometrySerial();
      const windows = await desktop.windows.list();
      const visible = visibleParts([{ kind: 'window', windowId: window.id }], { windows, screen: SCREEN });
      const [part, whole] = [await colours(visible), await colours([window.bounds])];
      if ((await desktop.windows.geometrySerial()) !== before) return undefined;
      for (const [colour, count] of part) seen.set(colour, Math.max(seen.get(colour) ?? 0, count));
      covered = Math.max(covered, whole.get(RED) ?? 0);
      return true;
    };
    for (let step = 0; step < 20; step++) {
      desktop.x.client.ConfigureWindow(widOf(over), { x: 60 + ((step * 67) % 300), y: 80 + ((step * 53) % 200) });
      const until = performance.now() + 60;
      while (performance.now() < until) await eventually('a moment in which nothing moved', look);
    }
    return { seen, covered };
  }

  async function colours(parts: readonly Rect[]): Promise<Map<string, number>> {
    const { x } = desktop;
    const counts = new Map<string, number>();
    for (const { x: left, y: top, width, height } of parts) {
      const { data } = await x.ask<{ data: Buffer }>((done) =>
        x.client.GetImage(2, x.root, left, top, width, height, 0xffffffff, done),
      );
      for (let at = 0; at < width * height * 4; at += 4) {
        const colour = (data.readUInt32LE(at) & 0xffffff).toString(16).padStart(6, '0');
        counts.set(colour, (counts.get(colour) ?? 0) + 1);
      }
    }
    return counts;
  }

  test('there is no pixel of another that lies or moves over it', async () => {
    const { window } = await desktop.startXterm('green', '60x24+60+60', ...painted(GREEN));
    const { seen, covered } = await lookWhileCovered(window);
    assert.equal(seen.get(RED), undefined);
    // The check can see: both are on the screen.
    assert.ok((seen.get(GREEN) ?? 0) > 10_000 && covered > 1000);
  });

  test('there is none either while its program has not painted yet where the other one was', async (t) => {
    const zenity = desktop.start('zenity', ['--text-info', '--width=500', '--height=400', '--filename=/etc/services']);
    const window = await desktop.find('the dialog', ({ pid }) => pid === zenity.pid);
    const { window: over } = await desktop.startXterm('red', '30x8+200+160', ...painted(RED));
    const settling = new Settling();
    const look = async () => {
      const windows = await desktop.windows.list();
      const visible = visibleParts([{ kind: 'window', windowId: window.id }], { windows, screen: SCREEN });
      const now = performance.now();
      return {
        shown: settling.show(visible, now),
        visible,
        now,
        place: windows.find(({ id }) => id === over.id)?.bounds.x,
      };
    };
    const areRed = async (parts: readonly Rect[]): Promise<boolean> => (await colours(parts)).has(RED);
    await eventually('all of the dialog shown but what is covered', async () => {
      const { shown, visible } = await look();
      return shown.length > 0 && JSON.stringify(shown) === JSON.stringify(visible) ? true : undefined;
    });
    await eventually('the other window over it', async () => ((await areRed([window.bounds])) ? true : undefined));

    t.after(() => zenity.kill('SIGCONT'));
    zenity.kill('SIGSTOP');
    const before = (await look()).place;
    desktop.x.client.ConfigureWindow(widOf(over), { x: 20, y: 500 });
    const { shown, visible, now } = await eventually('the other window away', async () => {
      const seen = await look();
      return seen.place === before ? undefined : seen;
    });
    assert.ok(await areRed(visible), 'by its place alone the window would show the other one');
    assert.ok(!(await areRed(shown)));
    assert.ok(!(await areRed(settling.show(visible, now + SETTLE_MS - 1))));
    zenity.kill('SIGCONT');
    await eventually('all of the dialog shown', async () => {
      const seen = await look();
      if (await areRed(seen.shown)) throw new Error('another window is seen');
      return JSON.stringify(seen.shown) === JSON.stringify(seen.visible) ? true : undefined;
    });
  });

  test('pictures of windows to choose from show each window alone', async () => {
    const { window: green } = await desktop.startXterm('green', '60x24+60+60', ...painted(GREEN));
    const { window: red } = await desktop.startXterm('red', '30x8+200+160', ...painted(RED));
    const x = await connectX(desktop.display.name, (error) => assert.fail(error));
    const capture = await openLinuxCapture(x);
    const [screen] = await capture.screens();
    assert.ok(screen);
    const choices = await eventually('both painted', async () => {
      const platform = { capture, windows: desktop.windows };
      const found = await windowChoices({ platform, screen, consentPids: new Set() });
      const pictures = new Map(found.map(({ id, thumbnail }) => [id, coloursOf(thumbnail ?? '')]));
      const isPainted = pictures.get(green.id)?.has(GREEN) === true && pictures.get(red.id)?.has(RED) === true;
      return isPainted ? pictures : undefined;
    });
    assert.equal(choices.get(green.id)?.has(RED), false);
    assert.equal(choices.get(red.id)?.has(GREEN), false);
    x.close();
  });
});
