/** Screens, pictures, damage, pointer. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CaptureSession, CursorShape, Picture, Rect } from '../platform.ts';
import { eventually } from './stage.ts';
import type { Stage, StageWindow } from './stage.ts';

const WINDOW: Rect = { x: 100, y: 60, width: 400, height: 300 };
const GROUND = 0x205080;

export function captureContract(openStage: () => Promise<Stage>): void {
  describe('screen capture', () => {
    let stage: Stage;
    let window: StageWindow;
    let session: CaptureSession;

    before(async () => {
      stage = await openStage();
      stage.input.movePointer(3, 3);
      window = await stage.openWindow(WINDOW, GROUND);
      session = await openSession();
    });
    after(async () => {
      session.close();
      await window.close();
      await stage.close();
    });

    async function openSession(): Promise<CaptureSession> {
      const [screen] = await stage.capture.screens();
      assert.ok(screen);
      return stage.capture.open(screen.id);
    }

    /** Makes the window plain, and grabs until it is and nothing is damaged any more. */
    async function settle(): Promise<void> {
      await window.paint({ ...WINDOW, x: 0, y: 0 }, GROUND);
      await eventually('the painted window', async () => {
        const picture = await session.grab();
        if (picture) return undefined;
        session.invalidate([{ ...WINDOW, width: 1, height: 1 }]);
        return colourAt(await session.grab(), WINDOW.x, WINDOW.y) === GROUND ? true : undefined;
      });
    }

    /** The next picture that has this colour there, and all damage up to it. */
    function grabWith(colour: number, x: number, y: number): Promise<{ picture: Picture; damage: Rect[] }> {
      const damage: Rect[] = [];
      return eventually(`the colour ${colour.toString(16)} at ${x},${y}`, async () => {
        const picture = await session.grab();
        if (picture) damage.push(...picture.damage);
        return picture && colourAt(picture, x, y) === colour ? { picture, damage } : undefined;
      });
    }

    test('one of the screens is the primary one, and it comes first', async () => {
      const screens = await stage.capture.screens();
      assert.deepEqual(
        screens.map(({ isPrimary }) => isPrimary),
        screens.map((_, i) => i === 0),
      );
      for (const { bounds, id, name } of screens) assert.ok(bounds.width > 0 && bounds.height > 0 && id && name);
    });

    test('a screen that is not there cannot be opened', async () => {
      await assert.rejects(stage.capture.open('no such screen'));
    });

    test('the first picture is the whole screen', async () => {
      const first = await openSession();
      const { width, height } = first.screen.bounds;
      const picture = await eventually('a picture', () => first.grab());
      assert.deepEqual(picture.damage, [{ x: 0, y: 0, width, height }]);
      assert.deepEqual([picture.width, picture.height], [width, height]);
      assert.ok(picture.stride >= width * 4 && picture.pixels.length >= picture.stride * height);
      first.close();
    });

    test('how pictures are taken is told, before the first and after', async () => {
      const asked = await openSession();
      assert.equal(asked.method.name, stage.captureMethod);
      asked.onDamage(() => undefined);
      await eventually('a picture', () => asked.grab());
      await quiet();
      assert.equal(asked.method.name, stage.captureMethod);
      asked.close();
    });

    test('what was painted is in the picture pixel by pixel, and the damage covers it and little else', async () => {
      await settle();
      await window.paint({ x: 10, y: 20, width: 30, height: 25 }, 0xfedcba);
      const at = { x: WINDOW.x + 10, y: WINDOW.y + 20, width: 30, height: 25 };
      const { picture, damage } = await grabWith(0xfedcba, at.x + 29, at.y + 24);
      for (let y = at.y - 2; y < at.y + 27; y++) {
        for (let x = at.x - 2; x < at.x + 32; x++) {
          const isInside = x >= at.x && y >= at.y && x < at.x + 30 && y < at.y + 25;
          assert.equal(colourAt(picture, x, y), isInside ? 0xfedcba : GROUND, `pixel ${x},${y}`);
          if (isInside) assert.ok(covers(damage, x, y), `damage at ${x},${y}`);
        }
      }
      const total = damage.reduce((sum, { width, height }) => sum + width * height, 0);
      assert.ok(total <= 128 * 128, `${total} pixels are reported as changed`);
    });

    test('after any sequence of paintings the picture equals the window', async () => {
      await settle();
      const shown = new Uint32Array(WINDOW.width * WINDOW.height).fill(GROUND);
      const kept = new Uint8Array(session.screen.bounds.width * session.screen.bounds.height * 4);
      keep(kept, await whole());
      for (let round = 1; round <= 12; round++) {
        for (let i = 1; i <= 5; i++) {
          const rect = {
            x: (round * 67 + i * 131) % 350,
            y: (round * 41 + i * 97) % 250,
            width: 3 + i * 9,
            height: 47,
          };
          const colour = round * 0x0f1e2d + i * 0x010203;
          await window.paint(rect, colour);
          for (let y = rect.y; y < rect.y + rect.height; y++)
            shown.fill(colour, y * WINDOW.width + rect.x, y * WINDOW.width + rect.x + rect.width);
        }
        // Only what is reported as damaged is taken over, as a viewer does.
        await eventually(`the picture of round ${round}`, async () => {
          const picture = await session.grab();
          if (picture) keep(kept, picture);
          return isShown(kept, shown) ? true : undefined;
        });
      }
    });

    async function whole(): Promise<Picture> {
      session.invalidate();
      return eventually('a picture', () => session.grab());
    }

    function isShown(kept: Uint8Array, shown: Uint32Array): boolean {
      const stride = session.screen.bounds.width * 4;
      return shown.every((colour, i) => {
        const [x, y] = [WINDOW.x + (i % WINDOW.width), WINDOW.y + Math.floor(i / WINDOW.width)];
        return bgrAt(kept, y * stride + x * 4) === colour;
      });
    }

    test('where a window left and where it came to both count as changed', async () => {
      const moving = await stage.openWindow({ x: 520, y: 80, width: 60, height: 50 }, 0xc00000);
      await grabWith(0xc00000, 530, 90);
      await moving.moveTo(520, 300);
      const { damage } = await grabWith(0xc00000, 579, 349);
      // What lay behind it is painted by another program.
      await eventually('the place that was left', async () => {
        if (covers(damage, 520, 80)) return true;
        damage.push(...((await session.grab())?.damage ?? []));
        return undefined;
      });
      assert.notEqual(colourAt(await whole(), 530, 90), 0xc00000);
      for (const y of [80, 129, 300, 349]) assert.ok(covers(damage, 520, y) && covers(damage, 579, y));
      await moving.close();
    });

    test('damage is told once until the next grab, and again after it', async () => {
      await settle();
      let told = 0;
      session.onDamage(() => (told += 1));
      await window.paint({ x: 0, y: 200, width: 5, height: 5 }, 0xff0000);
      await eventually('damage', () => (told > 0 ? true : undefined));
      await window.paint({ x: 300, y: 200, width: 5, height: 5 }, 0xff0000);
      await grabWith(0xff0000, WINDOW.x + 300, WINDOW.y + 200);
      assert.ok(told <= 2, `told ${told} times`);
      while (await session.grab());
      told = 0;
      await window.paint({ x: 0, y: 200, width: 5, height: 5 }, 0x00ff00);
      await eventually('more damage', () => (told > 0 ? true : undefined));
      await window.paint({ x: 0, y: 200, width: 5, height: 5 }, 0x0000ff);
      await window.paint({ x: 0, y: 200, width: 5, height: 5 }, 0x00ffff);
      await quiet();
      assert.equal(told, 1);
    });

    test('while nothing changes nothing is told and there is no picture', async () => {
      await settle();
      let told = 0;
      session.onDamage(() => (told += 1));
      await quiet();
      assert.deepEqual([told, await session.grab()], [0, undefined]);
    });

    test('what is called invalid comes with the next picture, though it did not change', async () => {
      await settle();
      const part = { x: 100, y: 100, width: 64, height: 64 };
      session.invalidate([part]);
      assert.deepEqual((await session.grab())?.damage, [part]);
      session.invalidate();
      const { width, height } = session.screen.bounds;
      assert.deepEqual((await session.grab())?.damage, [{ x: 0, y: 0, width, height }]);
    });

    test('the pointer is followed, and whether a hand moved it', async () => {
      const seen: string[] = [];
      session.onCursorMove((x, y, isLocal) => seen.push(`${x},${y} ${isLocal ? 'local' : 'injected'}`));
      const heard = (move: string, act: () => void): Promise<true> =>
        eventually(move, () => {
          act();
          return seen.includes(move) ? true : undefined;
        }).catch((cause: unknown) => {
          throw new Error(`seen: ${seen.join('; ')}`, { cause });
        });
      await heard('123,45 injected', () => stage.input.movePointer(123, 45));
      await heard('223,145 local', () => stage.hand.movePointer(223, 145));
      await heard('124,46 injected', () => stage.input.movePointer(124, 46));
      for (const move of ['123,45 local', '223,145 injected', '124,46 local']) assert.ok(!seen.includes(move), move);
    });

    test('the shape of the pointer is told, and every new one', async () => {
      const shapes: CursorShape[] = [];
      session.onCursorShape((shape) => shapes.push(shape));
      await window.setPointer('arrow');
      stage.input.movePointer(WINDOW.x + 50, WINDOW.y + 50);
      stage.input.movePointer(WINDOW.x + 52, WINDOW.y + 50);
      await eventually('a shape', () => shapes.at(-1));
      const arrow = await settledShape(shapes);
      await window.setPointer('text');
      stage.input.movePointer(WINDOW.x + 54, WINDOW.y + 50);
      const text = await eventually('another shape', () => shapes.find(({ serial }) => serial > arrow.serial));
      for (const { rgba, width, height, hotspotX, hotspotY } of [arrow, text]) {
        assert.equal(rgba.length, width * height * 4);
        assert.ok(hotspotX >= 0 && hotspotX < width && hotspotY >= 0 && hotspotY < height);
        assert.ok(rgba.some((value, i) => i % 4 === 3 && value === 255));
        assert.ok(rgba.some((value, i) => i % 4 === 3 && value === 0));
      }
      assert.notDeepEqual(arrow.rgba, text.rgba);
    });

    async function settledShape(shapes: readonly CursorShape[]): Promise<CursorShape> {
      await quiet();
      const shape = shapes.at(-1);
      assert.ok(shape);
      return shape;
    }
  });
}

/** Long enough for what could come by mistake. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 400));
}

function bgrAt(pixels: Uint8Array, at: number): number {
  return ((pixels[at + 2] ?? 0) << 16) | ((pixels[at + 1] ?? 0) << 8) | (pixels[at] ?? 0);
}

/** 0xRRGGBB at a place of a picture. */
function colourAt(picture: Picture | undefined, x: number, y: number): number | undefined {
  return picture && bgrAt(picture.pixels, y * picture.stride + x * 4);
}

function covers(rects: readonly Rect[], x: number, y: number): boolean {
  return rects.some((rect) => x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height);
}

/** Takes over the damaged parts. */
function keep(kept: Uint8Array, { damage, pixels, stride, width: screenWidth }: Picture): void {
  for (const { x, y, width, height } of damage) {
    for (let row = y; row < y + height; row++) {
      const from = row * stride + x * 4;
      kept.set(pixels.subarray(from, from + width * 4), (row * screenWidth + x) * 4);
    }
  }
}
