import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { PictureEncoder } from '../../helper/pipeline/picture.encoder.ts';
import { Scene } from '../../helper/pipeline/testing/scene.ts';
import type { Rect } from '../../protocol/picture.ts';
import { openBrowser, type Browser } from './browser.ts';

const SIZE = { width: 640, height: 480 };
const ALL = { x: 0, y: 0, ...SIZE };
const INK = { ink: 0xe0e0e0, paper: 0x101418 };
const FILM = { x: 100, y: 96, width: 384, height: 256 };

/** Mean and largest difference of the colours on the canvas from the scene, over a rectangle. */
function differenceIn(pixels: Uint8Array, scene: Scene, rect: Rect = ALL): { mean: number; max: number; luma: number } {
  let [sum, max, squares] = [0, 0, 0];
  for (let y = rect.y; y < rect.y + rect.height; y++) {
    for (let x = rect.x; x < rect.x + rect.width; x++) {
      const at = (y * scene.width + x) * 4;
      const wanted = scene.colourAt(x, y);
      const errors = [16, 8, 0].map((shift, part) => (pixels[at + part] ?? 0) - ((wanted >> shift) & 255));
      const [red = 0, green = 0, blue = 0] = errors;
      squares += (0.2126 * red + 0.7152 * green + 0.0722 * blue) ** 2;
      for (const error of errors) {
        sum += Math.abs(error);
        max = Math.max(max, Math.abs(error));
      }
    }
  }
  const count = rect.width * rect.height;
  return { mean: sum / count / 3, max, luma: 10 * Math.log10((255 * 255 * count) / squares) };
}

describe('the picture in Chromium', { timeout: 30_000 }, () => {
  let browser: Browser;
  let scene: Scene;
  let encoder: PictureEncoder;
  let now = 0;

  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    encoder?.close();
    encoder = new PictureEncoder();
    scene = new Scene(SIZE.width, SIZE.height);
    now = 0;
    await browser.open('page');
  });

  async function shoot(): Promise<Uint8Array> {
    now += 33;
    const encoded = await encoder.encode(scene.picture(), now);
    return encoded?.payload ?? assert.fail('nothing changed');
  }

  async function refineAll(): Promise<Uint8Array[]> {
    const payloads: Uint8Array[] = [];
    for (let at = encoder.nextRefineAt(now); at !== undefined; at = encoder.nextRefineAt(now)) {
      now = at + 1;
      const encoded = await encoder.refine(1 << 17, now);
      if (encoded) payloads.push(encoded.payload);
    }
    return payloads;
  }

  for (const place of ['page', 'worker'] as const) {
    test(`text, scrolling, fills and photographs are on the canvas exactly, decoded in a ${place}`, async () => {
      await browser.open(place);
      scene.textPage(ALL, INK);
      const payloads = [await shoot()];
      scene.scrollUp(ALL, 13);
      payloads.push(await shoot());
      scene.fill({ x: 40, y: 50, width: 300, height: 200 }, 0x3366cc);
      payloads.push(await shoot());
      scene.film({ x: 400, y: 300, width: 150, height: 100 }, 1);
      payloads.push(await shoot());
      const shown = await browser.show(payloads);
      assert.deepEqual(shown.needsKey, []);
      assert.deepEqual(shown.sizes, [[640, 480]]);
      assert.deepEqual(
        shown.painted.map(({ frame }) => frame),
        [0, 1, 2, 3],
      );
      if (place === 'page') assert.equal(differenceIn(await browser.pixels(), scene).max, 0);
    });
  }

  test('a film shows within its tolerance, in its true colours, with exact text beside it', async () => {
    scene.textPage(ALL, INK);
    const payloads = [await shoot()];
    for (let frame = 0; frame < 12; frame++) {
      scene.film(FILM, frame);
      // Large flat patches in strong colours: a wrong matrix or range would shift them by ten and more.
      [0xd01010, 0x10c010, 0x1010e0, 0xf0f0f0].forEach((colour, at) =>
        scene.fill({ x: 128 + at * 64, y: 128, width: 64, height: 128 }, colour),
      );
      scene.damaged(FILM);
      payloads.push(await shoot());
    }
    const shown = await browser.show(payloads);
    assert.deepEqual(shown.needsKey, []);
    const pixels = await browser.pixels();
    const film = differenceIn(pixels, scene, FILM);
    assert.ok(film.luma >= 31, `luma ${film.luma.toFixed(1)} dB`);
    for (let patch = 0; patch < 4; patch++) {
      const { mean } = differenceIn(pixels, scene, { x: 144 + patch * 64, y: 144, width: 32, height: 96 });
      assert.ok(mean < 6, `patch ${patch} is off by ${mean.toFixed(1)}`);
    }
    assert.equal(differenceIn(pixels, scene, { x: 0, y: 0, width: 640, height: 96 }).max, 0);
    const refined = await browser.show(await refineAll());
    assert.deepEqual(refined.needsKey, []);
    assert.equal(differenceIn(await browser.pixels(), scene).max, 0);
  });

  test('what a film left on the canvas can be scrolled and becomes exact', async () => {
    scene.textPage(ALL, INK);
    const payloads = [await shoot()];
    scene.film(FILM, 0);
    payloads.push(await shoot());
    scene.scrollUp(ALL, 39);
    payloads.push(await shoot());
    await browser.show(payloads);
    const moved = { ...FILM, y: FILM.y - 39 };
    assert.ok(differenceIn(await browser.pixels(), scene, moved).luma >= 31);
    await browser.show(await refineAll());
    assert.equal(differenceIn(await browser.pixels(), scene).max, 0);
  });

  test('frames are painted in order although some wait for video', async () => {
    const payloads = [];
    for (let frame = 0; frame < 8; frame++) {
      if (frame % 2 === 0) scene.film(FILM, frame);
      scene.fill({ x: 10, y: 10, width: 20, height: 20 }, 0x010101 * frame);
      payloads.push(await shoot());
    }
    const shown = await browser.show(payloads);
    assert.deepEqual(
      shown.painted.map(({ frame }) => frame),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
  });

  test('a film that moves to another place and size goes on', async () => {
    const payloads = [await shootAfter(() => scene.fill(ALL, 0x223344))];
    for (let frame = 0; frame < 3; frame++) payloads.push(await shootAfter(() => scene.film(FILM, frame)));
    now += 5000;
    const pause = await encoder.refine(1, now);
    payloads.push(pause?.payload ?? assert.fail('a film at rest is refined'));
    const other = { x: 8, y: 8, width: 320, height: 448 };
    for (let frame = 0; frame < 3; frame++) payloads.push(await shootAfter(() => scene.film(other, frame)));
    const shown = await browser.show(payloads);
    assert.deepEqual(shown.needsKey, []);
    assert.ok(differenceIn(await browser.pixels(), scene, other).luma >= 31);
  });

  async function shootAfter(change: () => void): Promise<Uint8Array> {
    change();
    return shoot();
  }

  test('a missing frame asks for a key once, paints nothing until it comes, and goes on from there', async () => {
    const first = await shootAfter(() => scene.textPage(ALL, INK));
    await shootAfter(() => scene.fill(FILM, 1));
    const third = await shootAfter(() => scene.fill(FILM, 2));
    const fourth = await shootAfter(() => scene.fill(FILM, 3));
    const shown = await browser.show([first, third, fourth], 2);
    assert.deepEqual([shown.needsKey.length, shown.painted.length], [1, 1]);
    encoder.requestKey();
    const key = await shootAfter(() => scene.fill(FILM, 4));
    assert.equal((await browser.show([key])).painted.length, 1);
    assert.equal(differenceIn(await browser.pixels(), scene).max, 0);
  });

  for (const [name, spoil] of [
    ['a payload cut short', (bytes: Uint8Array) => bytes.slice(0, -1)],
    ['a tile that does not inflate', (bytes: Uint8Array) => bytes.fill(0xff, bytes.length - 2000, bytes.length - 1000)],
  ] as const) {
    test(`${name} asks for a key and the next key is shown`, async () => {
      const first = await shootAfter(() => scene.fill(ALL, 0x111111));
      const bad = spoil(await shootAfter(() => scene.textPage(ALL, INK)));
      const shown = await browser.show([first, bad], 3);
      assert.deepEqual([shown.painted.length, shown.needsKey.length], [1, 1]);
      encoder.requestKey();
      await browser.show([await shootAfter(() => scene.fill(FILM, 7))]);
      assert.equal(differenceIn(await browser.pixels(), scene).max, 0);
    });
  }

  test('video that does not decode asks for a key and the film goes on after it', async () => {
    const payloads = [await shootAfter(() => scene.fill(ALL, 0x223344))];
    const bad = await shootAfter(() => scene.film(FILM, 0));
    bad.fill(0, bad.length - 9000);
    const shown = await browser.show([...payloads, bad], 3);
    assert.equal(shown.needsKey.length, 1);
    encoder.requestKey();
    const after = [await shootAfter(() => scene.film(FILM, 1)), await shootAfter(() => scene.film(FILM, 2))];
    assert.deepEqual((await browser.show(after)).needsKey, []);
    assert.ok(differenceIn(await browser.pixels(), scene, FILM).luma >= 31);
  });

  test('a screen that changes its size is followed', async () => {
    await browser.show([await shootAfter(() => scene.textPage(ALL, INK))]);
    scene = new Scene(801, 333);
    const all = { x: 0, y: 0, width: 801, height: 333 };
    const shown = await browser.show([await shootAfter(() => scene.textPage(all, INK))]);
    assert.deepEqual(shown.sizes, [[801, 333]]);
    assert.equal(differenceIn(await browser.pixels(), scene, all).max, 0);
  });
});
