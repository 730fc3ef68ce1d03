import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { openLookingCapture } from './looking.capture.ts';
import type { LookingCapture } from './looking.capture.ts';
import { findChanges } from './picture.changes.ts';
import type { CaptureSession, Rect, Screen } from './platform.ts';
import type { PictureWish, ScreenPictures } from './screen.pictures.ts';

const SCREEN: Screen = {
  id: '1',
  name: 'Display 1',
  bounds: { x: 100, y: 50, width: 200, height: 150 },
  isPrimary: true,
};

/** A screen whose pixels are set by the test. */
class PaintedScreen {
  screens = [SCREEN];
  pixels = new Uint8Array(200 * 150 * 4);
  isShown = true;
  closed = 0;
  /** What stands against a better way, as these pictures find out. */
  why: string | undefined;
  /** What stood against one before, at each opening. */
  readonly whys: (string | undefined)[] = [];
  readonly wishes: PictureWish[] = [];
  isCursorWatched = true;
  input: () => void = () => undefined;
  move: (x: number, y: number, isLocal: boolean) => void = () => undefined;
  capture: LookingCapture;

  constructor() {
    this.capture = openLookingCapture({
      screens: () => this.screens,
      open: ({ bounds }, why) => {
        this.whys.push(why);
        return this.#open(bounds);
      },
      onInput: (listener) => {
        this.input = listener;
        return () => undefined;
      },
      cursor: {
        listen: ({ onMove }) => {
          this.move = onMove;
          return () => undefined;
        },
        close: () => (this.isCursorWatched = false),
      },
      onError: (error) => assert.fail(String(error)),
    });
  }

  paint(x: number, y: number): void {
    const at = (y * 200 + x) * 4;
    this.pixels[at] = (this.pixels[at] ?? 0) + 1;
  }

  #open({ width, height }: Rect): ScreenPictures {
    let [latest, previous] = [this.pixels.slice(), this.pixels.slice()];
    const methodNow = (): ScreenPictures['method'] => ({ name: 'windows-gdi', why: this.why });
    return {
      get method() {
        return methodNow();
      },
      looks: { firstMs: 25, lastMs: 150 },
      get previous() {
        return previous;
      },
      copy: (wish) => {
        this.wishes.push(wish);
        latest.set(this.pixels);
        return Promise.resolve(this.isShown);
      },
      changes: () => findChanges({ latest, previous, width, height }),
      keep: () => {
        [latest, previous] = [previous, latest];
        return Promise.resolve();
      },
      close: () => void this.closed++,
    };
  }
}

describe('capture by looking', () => {
  let screen: PaintedScreen;
  afterEach(() => screen.capture.close());

  async function open(): Promise<CaptureSession> {
    screen = new PaintedScreen();
    return screen.capture.open('1');
  }

  const damageOf = async (session: CaptureSession): Promise<Rect[] | undefined> => (await session.grab())?.damage;

  test('the first picture is all of it, the next one what differs, and none when nothing does', async () => {
    const session = await open();
    assert.deepEqual(await damageOf(session), [{ x: 0, y: 0, width: 200, height: 150 }]);
    assert.equal(await damageOf(session), undefined);
    screen.paint(70, 80);
    const picture = (await session.grab()) ?? assert.fail('no picture');
    assert.equal(picture.pixels[(80 * 200 + 70) * 4], 1);
    assert.ok(picture.damage.length === 1 && picture.damage.every(({ width, height }) => width <= 64 && height <= 64));
    session.invalidate([{ x: 5, y: 5, width: 10, height: 10 }]);
    assert.deepEqual(await damageOf(session), [{ x: 5, y: 5, width: 10, height: 10 }]);
  });

  test('nothing comes of a screen that the system does not show, and all of what it missed afterwards', async () => {
    const session = await open();
    screen.isShown = false;
    assert.equal(await damageOf(session), undefined);
    screen.isShown = true;
    assert.deepEqual(await damageOf(session), [{ x: 0, y: 0, width: 200, height: 150 }]);
  });

  test('who waits is told once of a change, and again after the next grab', async () => {
    const session = await open();
    await session.grab();
    let told = 0;
    let heard = Promise.withResolvers<undefined>();
    session.onDamage(() => {
      told += 1;
      heard.resolve(undefined);
    });
    screen.paint(1, 1);
    screen.input();
    await heard.promise;
    screen.paint(2, 2);
    session.invalidate();
    assert.equal(told, 1);
    await session.grab();
    heard = Promise.withResolvers();
    screen.paint(3, 3);
    await heard.promise;
    assert.equal(told, 2);
  });

  test('pictures are told whether somebody waits for changes, and whether it is a look or a grab', async () => {
    const session = await open();
    await session.grab();
    const heard = Promise.withResolvers<undefined>();
    session.onDamage(() => heard.resolve(undefined));
    screen.paint(1, 1);
    await heard.promise;
    await session.grab();
    const [first, ...others] = screen.wishes;
    assert.deepEqual(first, { isForGrab: true, isAwaited: false });
    assert.deepEqual(others.at(0), { isForGrab: false, isAwaited: true });
    assert.deepEqual(others.at(-1), { isForGrab: true, isAwaited: true });
  });

  test('what stands against a better way is told, and remembered for another size and not for another stream', async () => {
    const session = await open();
    assert.equal(session.method.why, undefined);
    screen.why = 'refused';
    assert.equal(session.method.why, 'refused');
    const changed = new Promise<string>((resolve) => session.onScreenChange(resolve));
    screen.screens = [{ ...SCREEN, bounds: { ...SCREEN.bounds, width: 100 } }];
    await changed;
    await screen.capture.open('1');
    assert.deepEqual(screen.whys, [undefined, 'refused', undefined]);
  });

  test('the pointer is watched no longer once capture ends', async () => {
    await open();
    assert.ok(screen.isCursorWatched);
    screen.capture.close();
    assert.ok(!screen.isCursorWatched);
  });

  test('the pointer is in coordinates of the picture; a screen of another size is another picture', async () => {
    const session = await open();
    const moves: unknown[] = [];
    session.onCursorMove((...move) => moves.push(move));
    screen.move(110, 70, false);
    assert.deepEqual(moves, [[10, 20, false]]);
    const changed = new Promise<string>((resolve) => session.onScreenChange(resolve));
    screen.screens = [{ ...SCREEN, bounds: { ...SCREEN.bounds, width: 100, height: 75 } }];
    screen.pixels = new Uint8Array(100 * 75 * 4);
    assert.equal(await changed, 'resized');
    assert.equal(screen.closed, 1);
    assert.deepEqual(await damageOf(session), [{ x: 0, y: 0, width: 100, height: 75 }]);
    const gone = new Promise<string>((resolve) => session.onScreenChange(resolve));
    screen.screens = [];
    assert.equal(await gone, 'gone');
    await assert.rejects(screen.capture.open('1'), /no screen 1/);
  });
});
