import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CaptureMethod, Rect } from '../platform.ts';
import type { PictureWish, ScreenPictures } from '../screen.pictures.ts';
import { WindowsPictures } from './windows.pictures.ts';

const SIZE = { width: 400, height: 300 };
const WHOLE: Rect = { x: 0, y: 0, ...SIZE };
const CORNER: Rect = { x: 0, y: 0, width: 10, height: 10 };
const REFUSED = new Error('refused');
const [LOOK, GRAB, ONCE]: [PictureWish, PictureWish, PictureWish] = [
  { isForGrab: false, isAwaited: true },
  { isForGrab: true, isAwaited: true },
  { isForGrab: true, isAwaited: false },
];

/** Both ways, which give what they are told to, look by look, and then a picture each time. */
class Ways {
  readonly log: string[] = [];
  readonly pictures: WindowsPictures;
  readonly gdi: (boolean | Error)[] = [];
  readonly duplication: (boolean | Error)[];

  constructor(duplication: (boolean | Error)[], why?: string) {
    this.duplication = duplication;
    this.pictures = new WindowsPictures(
      {
        size: SIZE,
        gdi: (reason) => this.#open({ name: 'windows-gdi', why: reason }, this.gdi),
        duplication: () => this.#open({ name: 'windows-duplication', why: undefined }, this.duplication),
      },
      why,
    );
  }

  /** What was logged since the last time. */
  take(): string[] {
    return this.log.splice(0);
  }

  #open(method: CaptureMethod, script: (boolean | Error)[]): ScreenPictures {
    const note = (what: string): void => void this.log.push(`${what} ${method.name.slice('windows-'.length)}`);
    note('open');
    return {
      method,
      looks: { firstMs: 1, lastMs: 2 },
      previous: new Uint8Array(),
      copy: ({ isForGrab }) => {
        note(isForGrab ? 'grab' : 'look');
        const step = script.shift() ?? true;
        return step instanceof Error ? Promise.reject(step) : Promise.resolve(step);
      },
      changes: () => [CORNER],
      keep: () => Promise.resolve(note('keep')),
      close: () => note('close'),
    };
  }
}

describe('pictures on Windows', () => {
  test('whoever wants one picture only has it by GDI, and duplication is not begun', async () => {
    const ways = new Ways([]);
    assert.ok(await ways.pictures.copy(ONCE));
    await ways.pictures.keep();
    assert.deepEqual(ways.take(), ['open gdi', 'grab gdi', 'keep gdi']);
    assert.deepEqual(ways.pictures.changes(), [CORNER]);
  });

  test('come by GDI until duplication has one', async () => {
    const ways = new Ways([false, true]);
    assert.ok(await ways.pictures.copy(LOOK));
    assert.equal(ways.pictures.method.name, 'windows-gdi');
    assert.deepEqual(ways.pictures.changes(), [CORNER]);
    assert.deepEqual(ways.take(), ['open gdi', 'open duplication', 'look duplication', 'look gdi']);
    assert.ok(await ways.pictures.copy(GRAB));
    assert.equal(ways.pictures.method.name, 'windows-duplication');
    assert.deepEqual(ways.take(), ['look duplication', 'close gdi', 'grab duplication']);
    await ways.pictures.copy(GRAB);
    assert.deepEqual(ways.take(), ['grab duplication']);
  });

  test('are new in every place after the way has changed, until one is kept', async () => {
    const { pictures } = new Ways([true]);
    await pictures.copy(LOOK);
    await pictures.copy(GRAB);
    assert.deepEqual(pictures.changes(), [WHOLE]);
    await pictures.keep();
    assert.deepEqual(pictures.changes(), [CORNER]);
  });

  test('come by GDI for good where duplication is refused, and say why', async () => {
    const ways = new Ways([REFUSED]);
    for (let at = 0; at < 3; at++) assert.ok(await ways.pictures.copy(LOOK));
    assert.deepEqual(ways.pictures.method, { name: 'windows-gdi', why: 'Error: refused' });
    assert.deepEqual(ways.pictures.changes(), [WHOLE]);
    const tried = ['open gdi', 'open duplication', 'look duplication', 'close duplication', 'open gdi', 'close gdi'];
    assert.deepEqual(ways.take(), [...tried, 'look gdi', 'look gdi', 'look gdi']);
  });

  test('come by GDI from the same look on when duplication is given up later', async () => {
    const ways = new Ways([true, true, REFUSED]);
    await ways.pictures.copy(LOOK);
    await ways.pictures.keep();
    ways.take();
    assert.ok(await ways.pictures.copy(GRAB));
    assert.deepEqual(ways.take(), ['grab duplication', 'open gdi', 'close duplication', 'grab gdi']);
    assert.deepEqual(ways.pictures.method, { name: 'windows-gdi', why: 'Error: refused' });
    assert.deepEqual(ways.pictures.changes(), [WHOLE]);
  });

  test('do not come by duplication that was given up for another size', async () => {
    const ways = new Ways([], 'turned');
    await ways.pictures.copy(LOOK);
    assert.deepEqual(ways.take(), ['open gdi', 'look gdi']);
    assert.equal(ways.pictures.method.why, 'turned');
  });

  test('that GDI fails to take are told as a failure', async () => {
    const ways = new Ways([false]);
    ways.gdi.push(REFUSED);
    await assert.rejects(ways.pictures.copy(LOOK), REFUSED);
    assert.ok(await ways.pictures.copy(LOOK));
  });

  test('leave neither way open, whether duplication has come or not', async () => {
    for (const [isShown, closed] of [
      [false, ['close duplication', 'close gdi']],
      [true, ['close duplication']],
    ] as const) {
      const ways = new Ways([isShown]);
      await ways.pictures.copy(LOOK);
      ways.take();
      ways.pictures.close();
      assert.deepEqual(ways.take(), closed);
    }
  });
});
