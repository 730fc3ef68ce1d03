import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import type { CaptureSession, CursorShape, Picture, Rect } from '../platform.ts';
import { toShape } from './linux.cursor.ts';
import { openLinuxCapture } from './linux.capture.ts';
import { openLinuxInput } from './linux.input.ts';
import { connectX } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';
import { eventually, missing, runProgram, startXvfb, startXvnc } from './xvfb.testing.ts';
import type { TestDisplay } from './xvfb.testing.ts';

const fail = (error: Error): void => assert.fail(error);

/** Paints plain rectangles on the root window. */
class Painter {
  readonly #x: XConnection;
  readonly #gc: number;

  constructor(x: XConnection) {
    this.#x = x;
    this.#gc = x.client.AllocID();
    x.client.CreateGC(this.#gc, x.root, { subwindowMode: 1 });
  }

  async fill(rect: Rect, colour: number): Promise<void> {
    this.#x.client.ChangeGC(this.#gc, { foreground: colour });
    this.#x.client.PolyFillRectangle(this.#x.root, this.#gc, [rect.x, rect.y, rect.width, rect.height]);
    await this.#x.ask<unknown>((done) => this.#x.client.GetInputFocus(done));
  }
}

/** 0xRRGGBB at a place of a picture. */
function colourAt(picture: Picture, x: number, y: number): number {
  const at = y * picture.stride + x * 4;
  const [blue = 0, green = 0, red = 0] = picture.pixels.subarray(at, at + 3);
  return (red << 16) | (green << 8) | blue;
}

async function grabNow(session: CaptureSession): Promise<Picture> {
  return eventually('a picture', () => session.grab());
}

/** Grabs until nothing is damaged, so that what follows is the test's own. */
async function settle(session: CaptureSession): Promise<void> {
  while (await session.grab());
}

describe('screen capture on X11', { skip: missing('Xvfb') }, () => {
  let display: TestDisplay;
  let x: XConnection;
  let painter: Painter;
  let paintX: XConnection;

  before(async () => {
    display = await startXvfb('640x480');
    x = await connectX(display.name, fail);
    paintX = await connectX(display.name, fail);
    painter = new Painter(paintX);
  });
  after(async () => {
    paintX.close();
    x.close();
    await display.stop();
  });

  async function openSession(): Promise<CaptureSession> {
    const capture = await openLinuxCapture(x);
    const [screen] = await capture.screens();
    assert.ok(screen);
    return capture.open(screen.id);
  }

  test('the first picture is the whole screen', async () => {
    const session = await openSession();
    const picture = await grabNow(session);
    assert.deepEqual(picture.damage, [{ x: 0, y: 0, width: 640, height: 480 }]);
    assert.deepEqual([picture.width, picture.height, picture.stride], [640, 480, 2560]);
    session.close();
  });

  test('what was painted is in the picture, and only that is reported as changed', async () => {
    const session = await openSession();
    await settle(session);
    await painter.fill({ x: 100, y: 50, width: 30, height: 20 }, 0x123456);
    const picture = await grabNow(session);
    assert.deepEqual(picture.damage, [{ x: 100, y: 50, width: 30, height: 20 }]);
    assert.equal(colourAt(picture, 100, 50), 0x123456);
    assert.equal(colourAt(picture, 129, 69), 0x123456);
    assert.notEqual(colourAt(picture, 130, 69), 0x123456);
    session.close();
  });

  for (const way of ['shared memory', 'the core protocol'] as const) {
    test(`after any sequence of paintings the picture by ${way} equals the screen`, async () => {
      x.display.isLocalSocket = way === 'shared memory';
      const session = await openSession();
      await painter.fill({ x: 0, y: 0, width: 640, height: 480 }, 0);
      const model = new Uint32Array(640 * 480);
      await settle(session);
      const rect = fc.record({
        x: fc.integer({ min: 0, max: 639 }),
        y: fc.integer({ min: 0, max: 479 }),
        width: fc.integer({ min: 1, max: 640 }),
        height: fc.integer({ min: 1, max: 200 }),
        colour: fc.integer({ min: 1, max: 0xffffff }),
      });
      const frames = fc.array(fc.array(rect, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(frames, async (paintings) => {
          for (const painting of paintings) {
            for (const { colour, ...at } of painting) {
              await painter.fill(at, colour);
              const right = Math.min(640, at.x + at.width);
              for (let y = at.y; y < Math.min(480, at.y + at.height); y++)
                model.fill(colour, y * 640 + at.x, y * 640 + right);
            }
            const picture = await grabNow(session);
            assert.ok(picture.damage.length <= 16);
            assert.deepEqual(firstDifference(picture, model), undefined);
          }
        }),
        { numRuns: 12, seed: 1 },
      );
      session.close();
      x.display.isLocalSocket = true;
    });
  }

  function firstDifference(picture: Picture, model: Uint32Array): string | undefined {
    const { buffer, byteOffset, byteLength } = picture.pixels;
    const pixels = new Uint32Array(buffer, byteOffset, byteLength / 4);
    const at = pixels.findIndex((pixel, i) => (pixel & 0xffffff) !== model[i]);
    return at < 0 ? undefined : `pixel ${at % 640},${Math.floor(at / 640)}`;
  }

  test('damage is told once until the next grab', async () => {
    const session = await openSession();
    await settle(session);
    let told = 0;
    session.onDamage(() => (told += 1));
    await painter.fill({ x: 0, y: 0, width: 5, height: 5 }, 0xff0000);
    await eventually('damage', () => (told > 0 ? true : undefined));
    await painter.fill({ x: 300, y: 300, width: 5, height: 5 }, 0xff0000);
    await x.ask<unknown>((done) => x.client.GetInputFocus(done));
    assert.equal(told, 1);
    const { damage } = await grabNow(session);
    assert.equal(damage.length, 2);
    await painter.fill({ x: 0, y: 0, width: 5, height: 5 }, 0x00ff00);
    await eventually('more damage', () => (told > 1 ? true : undefined));
    session.close();
  });

  test('while nothing changes nothing is asked of the server and nothing is told', async () => {
    const session = await openSession();
    session.onCursorMove(() => undefined);
    await settle(session);
    let told = 0;
    session.onDamage(() => (told += 1));
    await x.ask<unknown>((done) => x.client.GetInputFocus(done));
    const requests = x.client.seq_num;
    await pause(400); // the thing under test is what happens in this time
    assert.deepEqual([x.client.seq_num - requests, told], [0, 0]);
    session.close();
  });

  test('invalidate makes the next picture complete', async () => {
    const session = await openSession();
    await settle(session);
    session.invalidate();
    assert.deepEqual((await session.grab())?.damage, [{ x: 0, y: 0, width: 640, height: 480 }]);
    session.close();
  });

  test('the pointer is followed, and whether its mover was injected is told', async () => {
    const session = await openSession();
    const input = await openLinuxInput(await connectX(display.name, fail));
    const seen: [number, number, boolean][] = [];
    session.onCursorMove((...move) => seen.push(move));
    input.movePointer(123, 45);
    await eventually('the move', () => seen.find(([left, top]) => left === 123 && top === 45));
    assert.deepEqual(seen.at(-1), [123, 45, false]);
    input.close();
    session.close();
  });

  test('a new pointer shape is told', { skip: missing('xsetroot') }, async () => {
    const session = await openSession();
    const shapes: CursorShape[] = [];
    session.onCursorShape((shape) => shapes.push(shape));
    await eventually('the first shape', () => shapes[0]);
    const [font, cursor] = [paintX.client.AllocID(), paintX.client.AllocID()];
    paintX.client.OpenFont(font, 'cursor');
    const [black, white] = [
      { R: 0, G: 0, B: 0 },
      { R: 0xffff, G: 0xffff, B: 0xffff },
    ];
    paintX.client.CreateGlyphCursor(cursor, font, font, 60, 61, white, black);
    paintX.client.ChangeWindowAttributes(x.root, { cursor });
    const shape = await eventually('another shape', () => shapes.find(({ serial }) => serial !== shapes[0]?.serial));
    assert.equal(shape.rgba.length, shape.width * shape.height * 4);
    assert.ok(shape.rgba.some((value, i) => i % 4 === 3 && value === 255));
    session.close();
  });

  test('a pointer whose maker has ended is shown as an arrow', { skip: missing('xsetroot') }, async () => {
    const session = await openSession();
    const shapes: CursorShape[] = [];
    session.onCursorShape((shape) => shapes.push(shape));
    await runProgram(display, 'xsetroot', ['-cursor_name', 'watch']);
    const arrow = await eventually('the arrow', () => shapes.find(({ serial }) => serial === 0));
    assert.equal(arrow.rgba.length, arrow.width * arrow.height * 4);
    session.close();
  });

  test('colours of a half-transparent pointer are straight, not multiplied', () => {
    const argb = Buffer.alloc(8);
    argb.writeUInt32LE(0x80402010, 0);
    const at = { x: 0, y: 0, xhot: 1, yhot: 0, width: 2, height: 1, cursorSerial: 7 };
    const shape = toShape({ ...at, cursorImage: argb });
    assert.deepEqual([...shape.rgba], [128, 64, 32, 128, 0, 0, 0, 0]);
  });

  test('when the display goes away a grab fails and does not wait for ever', async () => {
    const other = await startXvfb('320x240');
    const lost = await connectX(other.name, fail);
    const reasons: string[] = [];
    lost.onLost((reason) => reasons.push(reason));
    const capture = await openLinuxCapture(lost);
    const [screen] = await capture.screens();
    assert.ok(screen);
    const session = await capture.open(screen.id);
    other.process.kill('SIGSTOP');
    const grab = session.grab();
    other.process.kill('SIGKILL');
    await assert.rejects(grab, /connection to the display/);
    assert.equal(reasons.length, 1);
    session.close();
  });
});

describe('a screen that changes', { skip: missing('Xvnc', 'xrandr') }, () => {
  let display: TestDisplay;
  let x: XConnection;

  before(async () => {
    display = await startXvnc('1280x720');
    x = await connectX(display.name, fail);
  });
  after(async () => {
    x.close();
    await display.stop();
  });

  test('a new resolution is told and the next picture has it', async () => {
    const capture = await openLinuxCapture(x);
    const [screen] = await capture.screens();
    assert.ok(screen);
    const session = await capture.open(screen.id);
    const before = await grabNow(session);
    const changes: string[] = [];
    session.onScreenChange((change) =>
      changes.push(`${change} ${session.screen.bounds.width}x${session.screen.bounds.height}`),
    );
    for (const size of ['1024x768', '1920x1080']) {
      await runProgram(display, 'xrandr', ['-s', size]);
      await eventually(size, () => changes.find((change) => change === `resized ${size}`));
      const picture = await grabNow(session);
      assert.equal(`${picture.width}x${picture.height}`, size);
      assert.deepEqual(picture.damage, [{ x: 0, y: 0, width: picture.width, height: picture.height }]);
    }
    // A reader that kept the picture of before must not crash the process.
    assert.equal(
      before.pixels.reduce((sum, byte) => sum + byte, 0),
      0,
    );
    session.close();
  });

  test('one of two screens is captured in its own coordinates, and its end is told', async () => {
    await runProgram(display, 'xrandr', ['-s', '1280x720']);
    await runProgram(display, 'xrandr', ['--setmonitor', 'left', '640/170x720/190+0+0', 'VNC-0']);
    await runProgram(display, 'xrandr', ['--setmonitor', 'right', '640/170x720/190+640+0', 'none']);
    const capture = await openLinuxCapture(x);
    const screens = await capture.screens();
    assert.deepEqual(screens.map(({ id }) => id).sort(), ['left', 'right']);
    assert.equal(screens.filter(({ isPrimary }) => isPrimary).length, 1);
    const session = await capture.open('right');
    await settle(session);
    const paintX = await connectX(display.name, fail);
    const painter = new Painter(paintX);
    await painter.fill({ x: 600, y: 10, width: 50, height: 4 }, 0x00ff00);
    await painter.fill({ x: 0, y: 400, width: 600, height: 4 }, 0x0000ff);
    const picture = await grabNow(session);
    assert.deepEqual(picture.damage, [{ x: 0, y: 10, width: 10, height: 4 }]);
    assert.equal(colourAt(picture, 9, 10), 0x00ff00);
    const changes: string[] = [];
    session.onScreenChange((change) => changes.push(change));
    await runProgram(display, 'xrandr', ['--delmonitor', 'right']);
    await eventually('the end', () => changes[0]);
    assert.deepEqual(changes, ['gone']);
    paintX.close();
    session.close();
  });
});
