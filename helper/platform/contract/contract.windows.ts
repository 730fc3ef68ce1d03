/** The list of windows. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { DesktopWindow, Rect, WindowList } from '../platform.ts';
import { eventually } from './stage.ts';
import type { Stage, StageWindow } from './stage.ts';

const BACK: Rect = { x: 60, y: 60, width: 300, height: 200 };
const FRONT: Rect = { x: 160, y: 110, width: 300, height: 200 };

export function windowsContract(openStage: () => Promise<Stage>): void {
  describe('windows', () => {
    let stage: Stage;
    let back: StageWindow;
    let front: StageWindow;

    before(async () => {
      stage = await openStage();
      back = await stage.openWindow(BACK, 0x800000);
      front = await stage.openWindow(FRONT, 0x008000);
    });
    after(async () => {
      await front.close();
      await back.close();
      await stage.close();
    });

    /** A case that runs where windows are listed. */
    function caseOf(title: string, run: (windows: WindowList) => Promise<void>): void {
      test(title, async (context: TestContext) => {
        if (stage.windows) await run(stage.windows);
        else context.skip('windows are not listed here yet');
      });
    }

    function withBounds(windows: WindowList, bounds: Rect): Promise<DesktopWindow> {
      return eventually(`a window at ${JSON.stringify(bounds)}`, async () =>
        (await windows.list()).find((window) => JSON.stringify(window.bounds) === JSON.stringify(bounds)),
      );
    }

    caseOf('a window is listed with its place, its process and its program', async (windows) => {
      const { pid, executable } = await withBounds(windows, FRONT);
      assert.deepEqual([pid, executable], [process.pid, process.execPath]);
    });

    caseOf('the front-most window comes first', async (windows) => {
      const order = async (): Promise<string[]> => {
        const ids = [(await withBounds(windows, BACK)).id, (await withBounds(windows, FRONT)).id];
        return (await windows.list()).flatMap(({ id }) => (ids.includes(id) ? (id === ids[0] ? 'back' : 'front') : []));
      };
      assert.deepEqual(await order(), ['front', 'back']);
      await back.raise();
      await eventually('the other order', async () => ((await order())[0] === 'back' ? true : undefined));
      await front.raise();
    });

    caseOf('the serial changes with a move, and only then', async (windows) => {
      const first = await windows.geometrySerial();
      assert.equal(await windows.geometrySerial(), first);
      await front.moveTo(FRONT.x + 7, FRONT.y);
      assert.notEqual(await windows.geometrySerial(), first);
      await withBounds(windows, { ...FRONT, x: FRONT.x + 7 });
      await front.moveTo(FRONT.x, FRONT.y);
    });

    caseOf('a change is told', async (windows) => {
      let told = 0;
      windows.onChange(() => (told += 1));
      await back.moveTo(BACK.x, BACK.y + 5);
      await eventually('the change', () => (told > 0 ? true : undefined));
      await back.moveTo(BACK.x, BACK.y);
    });

    caseOf('the window with the keyboard is told', async (windows) => {
      const other = await stage.openWindow({ x: 480, y: 330, width: 90, height: 70 }, 0x000080);
      const { id } = await withBounds(windows, { x: 480, y: 330, width: 90, height: 70 });
      assert.equal(await windows.focusedWindow(), id);
      await other.close();
      await eventually('the end of the window', async () =>
        (await windows.list()).some((window) => window.id === id) ? undefined : true,
      );
    });
  });
}
