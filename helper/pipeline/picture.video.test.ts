import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PictureEncoder } from './picture.encoder.ts';
import { INK, daub, withLoopback } from './testing/loopback.ts';
import { Scene } from './testing/scene.ts';

describe('video', () => {
  const film = { x: 200, y: 100, width: 640, height: 360 };

  test('a film keeps 31 dB or more within its rate, and text beside it stays exact', () =>
    withLoopback([1000, 600], async (loopback) => {
      loopback.scene.textPage({ x: 0, y: 0, width: 1000, height: 600 }, INK);
      await loopback.shoot();
      let bytes = 0;
      let worst = Number.POSITIVE_INFINITY;
      for (let frame = 0; frame < 30; frame++) {
        loopback.scene.film(film, frame);
        loopback.now += 33;
        const encoded = await loopback.encoder.encode(loopback.scene.picture(), loopback.now);
        assert.ok(encoded);
        loopback.viewer.paint(encoded.payload);
        bytes += encoded.payload.length;
        worst = Math.min(worst, loopback.viewer.lumaPsnr(loopback.scene, film));
      }
      assert.ok(worst >= 31, `${worst.toFixed(1)} dB`);
      assert.ok(bytes * 8 < 6_000_000, `${bytes * 8} bits in a second`);
      assert.equal(loopback.viewer.wrongPixels(loopback.scene, [film]), 0);
    }));

  test('every pixel is exact within 300 ms after a film stopped', () =>
    withLoopback([1000, 600], async (loopback) => {
      await loopback.shoot();
      for (let frame = 0; frame < 12; frame++) {
        loopback.scene.film(film, frame);
        await loopback.shoot();
      }
      assert.notEqual(loopback.viewer.wrongPixels(loopback.scene), 0);
      const restedAfter = await loopback.rest(1 << 17);
      assert.ok(restedAfter <= 300, `${restedAfter} ms`);
      assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
    }));

  test('refining keeps to its budget, give or take one piece', () =>
    withLoopback([1000, 600], async (loopback) => {
      await loopback.shoot();
      loopback.scene.film(film, 0);
      await loopback.shoot();
      loopback.now += 500;
      for (let step = 0; step < 4; step++) {
        const encoded = await loopback.encoder.refine(50_000, loopback.now);
        assert.ok(encoded && encoded.payload.length < 50_000 + 3 * 512 * 64);
      }
    }));

  test('a photograph that appears goes as video at once and text on it is sharp from the start', () =>
    withLoopback([1000, 600], async (loopback) => {
      await loopback.shoot();
      loopback.scene.film(film, 5);
      const label = { x: 320, y: 192, width: 192, height: 64 };
      loopback.scene.textPage(label, { ink: 0, paper: 0xffffff });
      loopback.scene.damaged(film);
      await loopback.shoot();
      assert.ok(loopback.kinds().includes('video'));
      assert.deepEqual(
        loopback.viewer.buffer.colours(label),
        Uint32Array.from({ length: 192 * 64 }, (_, at) =>
          loopback.scene.colourAt(320 + (at % 192), 192 + Math.floor(at / 192)),
        ),
      );
    }));

  test('flat content that keeps changing at a high cost goes as video', () =>
    withLoopback([1000, 600], async (loopback) => {
      const page = { x: 0, y: 0, width: 1000, height: 600 };
      await loopback.shoot();
      let videos = 0;
      for (let frame = 0; frame < 12; frame++) {
        daub(loopback.scene, page, { how: 'grey', seed: frame });
        await loopback.shoot();
        if (loopback.kinds().includes('video')) videos += 1;
      }
      assert.ok(videos > 0);
      await loopback.rest();
      assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
    }));

  test('video keeps to the frame rate that was set, and nothing is lost by it', () =>
    withLoopback([1000, 600], async (loopback) => {
      loopback.encoder.setTarget({ bitsPerSecond: undefined, maxFps: 10 });
      await loopback.shoot();
      let videos = 0;
      for (let frame = 0; frame < 30; frame++) {
        loopback.scene.film(film, frame);
        await loopback.shoot();
        if (loopback.kinds().includes('video')) videos += 1;
      }
      assert.ok(videos >= 8 && videos <= 11, `${videos} in a second`);
      await loopback.rest();
      assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
    }));

  test('a film whose frames come at uneven intervals loses none of them', () =>
    withLoopback([1000, 600], async (loopback) => {
      await loopback.shoot();
      let videos = 0;
      for (let frame = 0; frame < 30; frame++) {
        loopback.scene.film(film, frame);
        loopback.now += frame % 2 === 0 ? 24 : 43;
        const encoded = await loopback.encoder.encode(loopback.scene.picture(), loopback.now);
        if (encoded?.bytesByKind.video !== undefined) videos += 1;
      }
      assert.ok(videos >= 29, `${videos} of 30`);
    }));

  test('on a narrow path a frame stays small and the rest follows', () =>
    withLoopback([1000, 600], async (loopback) => {
      await loopback.shoot();
      loopback.encoder.setTarget({ bitsPerSecond: 500_000, maxFps: 30 });
      for (let row = 0; row < 6; row++)
        daub(loopback.scene, { x: 64 * row * 2, y: 64 * row, width: 100, height: 60 }, { how: 'noise', seed: row });
      loopback.now += 33;
      const encoded = await loopback.encoder.encode(loopback.scene.picture(), loopback.now);
      assert.ok(encoded && encoded.payload.length < 1 << 17, `${encoded?.payload.length}`);
      loopback.viewer.paint(encoded.payload);
      await loopback.rest();
      assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
    }));

  test('a failing video encoder ends in an error and the next frame is a key', async () => {
    const encoder = new PictureEncoder({
      openVideo: () => ({
        name: 'failing',
        encode: () => Promise.reject(new Error('no memory')),
        setBitsPerSecond: () => undefined,
        close: () => undefined,
      }),
    });
    const scene = new Scene(640, 480);
    scene.film({ x: 0, y: 0, width: 640, height: 480 }, 0);
    await assert.rejects(encoder.encode(scene.picture(), 0), /video could not be encoded/);
    scene.fill({ x: 0, y: 0, width: 640, height: 480 }, 5);
    assert.equal((await encoder.encode(scene.picture(), 33))?.isKey, true);
  });
});
