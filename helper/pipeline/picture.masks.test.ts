import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodePicture } from '../../protocol/picture.ts';
import { PictureEncoder } from './picture.encoder.ts';
import { areaOf, intersect, subtract, type Rect } from './rects.ts';
import { openVideoEncoder } from './video.encoder.ts';
import { INK, MASK_COLOUR, daub, withLoopback, type Loopback } from './testing/loopback.ts';
import type { ReferenceViewer } from './testing/reference.viewer.ts';
import { LINE_HEIGHT, Scene } from './testing/scene.ts';

describe('masks', () => {
  const SECRET = 0xdead07;
  const MASK = { x: 130, y: 70, width: 101, height: 53 };

  const MANY = Array.from({ length: 12 }, (_, at) => {
    return { x: 30 + (at % 4) * 240, y: 40 + Math.floor(at / 4) * 180, width: 120, height: 70 };
  });

  function countSecret(viewer: ReferenceViewer): number {
    const { width, height } = viewer.buffer;
    return viewer.buffer.colours({ x: 0, y: 0, width, height }).filter((colour) => colour === SECRET).length;
  }

  test('a masked pixel never reaches a viewer, whatever is painted, scrolled or filmed under the mask', () =>
    withLoopback([500, 300], async (loopback) => {
      const { scene, encoder, viewer } = loopback;
      encoder.setMasks([MASK]);
      const secret = (): void => scene.fill(MASK, SECRET);
      const scroll = (rows: number): void => {
        scene.fill(MASK, INK.paper);
        scene.scrollUp({ x: 20, y: 10, width: 400, height: 280 }, rows);
      };
      const acts = [
        () => scene.textPage({ x: 20, y: 10, width: 400, height: 280 }, INK),
        () => scroll(LINE_HEIGHT),
        () => scene.film({ x: 100, y: 40, width: 320, height: 240 }, 1),
        () => scene.film({ x: 100, y: 40, width: 320, height: 240 }, 2),
        () => encoder.requestKey(),
        () => scroll(31),
      ];
      for (const act of acts) {
        act();
        secret();
        await loopback.shoot();
        assert.equal(countSecret(viewer), 0);
      }
      await loopback.rest();
      assert.equal(countSecret(viewer), 0);
      assert.ok(viewer.buffer.colours(MASK).every((colour) => colour === MASK_COLOUR));
      assert.equal(viewer.wrongPixels(scene, [MASK]), 0);
    }));

  test('a masked pixel never reaches the video encoder', async () => {
    let taken = 0;
    const encoder = new PictureEncoder({
      maskColour: MASK_COLOUR,
      openVideo: (size, bitsPerSecond) => {
        const video = openVideoEncoder(size, bitsPerSecond);
        return {
          ...video,
          encode: (source, rect, options) => {
            taken += 1;
            const inside = intersect(rect, MASK) ?? assert.fail('the film lies under the mask');
            for (let y = inside.y; y < inside.y + inside.height; y++) {
              const row = source.words.subarray(
                y * source.width + inside.x,
                y * source.width + inside.x + inside.width,
              );
              assert.ok(row.every((word) => word === MASK_COLOUR));
            }
            return video.encode(source, rect, options);
          },
        };
      },
    });
    encoder.setMasks([MASK]);
    const scene = new Scene(500, 300);
    const page = { x: 0, y: 0, width: 500, height: 300 };
    scene.textPage(page, INK);
    await encoder.encode(scene.picture(), 0);
    scene.scrollUp(page, LINE_HEIGHT);
    await encoder.encode(scene.picture(), 1);
    for (let frame = 1; frame < 6; frame++) {
      scene.film({ x: 100, y: 40, width: 320, height: 240 }, frame);
      scene.fill(MASK, SECRET);
      await encoder.encode(scene.picture(), frame * 33);
    }
    assert.equal(taken, 5);
    encoder.close();
  });

  test('what lies under a mask is not in the bytes that are sent either', () =>
    withLoopback([200, 200], async (loopback) => {
      loopback.encoder.setMasks([{ x: 0, y: 0, width: 200, height: 100 }]);
      const one = await loopback.shoot();
      const other = new PictureEncoder({ maskColour: MASK_COLOUR });
      other.setMasks([{ x: 0, y: 0, width: 200, height: 100 }]);
      loopback.scene.textPage({ x: 0, y: 0, width: 200, height: 100 }, INK);
      const same = await other.encode(loopback.scene.picture(), 1033);
      assert.ok(one && same);
      assert.deepEqual(encodePicture(one), same.payload);
    }));

  test('a new mask covers at once, without waiting for a change on the screen', () =>
    withLoopback([300, 200], async (loopback) => {
      loopback.scene.fill(MASK, SECRET);
      await loopback.shoot();
      assert.notEqual(countSecret(loopback.viewer), 0);
      loopback.encoder.setMasks([MASK]);
      await loopback.refine();
      assert.equal(countSecret(loopback.viewer), 0);
    }));

  test('what was covered shows again with the next picture', () =>
    withLoopback([300, 200], async (loopback) => {
      loopback.encoder.setMasks([MASK]);
      loopback.scene.fill(MASK, 0x77aa33);
      await loopback.shoot();
      loopback.encoder.setMasks([]);
      await loopback.shoot();
      assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
    }));

  test('a mask that moves leaves no trace and no gap', () =>
    withLoopback([300, 200], async (loopback) => {
      loopback.scene.textPage({ x: 0, y: 0, width: 300, height: 200 }, INK);
      for (let step = 0; step < 8; step++) {
        const mask = { x: 10 + step * 31, y: 20 + step * 9, width: 70, height: 40 };
        loopback.encoder.setMasks([mask]);
        await loopback.shoot();
        assert.equal(loopback.viewer.wrongPixels(loopback.scene, [mask]), 0);
        assert.ok(
          loopback.viewer.buffer
            .colours(intersect(mask, { x: 0, y: 0, width: 300, height: 200 }) ?? mask)
            .every((c) => c === MASK_COLOUR),
        );
      }
    }));

  describe('on text that scrolls behind them', () => {
    const PAGE = { x: 0, y: 0, width: 1000, height: 600 };
    const BANNER = { x: 400, y: 0, width: 300, height: 60 };
    const LAST_LINE = { ...PAGE, y: PAGE.height - LINE_HEIGHT, height: LINE_HEIGHT };

    function scrollPage(scene: Scene, damage: readonly Rect[]): void {
      scene.scrollUp(PAGE, LINE_HEIGHT);
      scene.textLine(LAST_LINE, INK);
      scene.picture();
      for (const rect of damage) scene.damaged(rect);
    }

    function packedPixels({ last }: Loopback): number {
      const packed = last?.regions.filter(({ kind }) => kind === 'palette' || kind === 'rgb') ?? [];
      return packed.reduce((sum, { rect }) => sum + areaOf(rect), 0);
    }

    for (const [how, damage] of [
      ['as one', [PAGE]],
      ['in pieces around the mask', subtract(PAGE, [BANNER])],
    ] as const) {
      test(`the text is moved, not sent again, when the display reports it ${how}`, () =>
        withLoopback([PAGE.width, PAGE.height], async (loopback) => {
          loopback.encoder.setMasks([BANNER]);
          loopback.scene.textPage(PAGE, INK);
          await loopback.shoot();
          for (let step = 0; step < 8; step++) {
            scrollPage(loopback.scene, damage);
            await loopback.shoot();
            assert.ok(packedPixels(loopback) < areaOf(LAST_LINE) + BANNER.width * LINE_HEIGHT);
            assert.equal(loopback.viewer.wrongPixels(loopback.scene, [BANNER]), 0);
            assert.ok(loopback.viewer.buffer.colours(BANNER).every((colour) => colour === MASK_COLOUR));
          }
        }));
    }

    test('many masks leave it one movement', () =>
      withLoopback([PAGE.width, PAGE.height], async (loopback) => {
        loopback.encoder.setMasks(MANY);
        loopback.scene.textPage(PAGE, INK);
        await loopback.shoot();
        scrollPage(loopback.scene, [PAGE]);
        await loopback.shoot();
        assert.equal(loopback.kinds().filter((kind) => kind === 'copy').length, 1);
        assert.equal(loopback.viewer.wrongPixels(loopback.scene, MANY), 0);
      }));

    test('they cover what moves under them in the same frame, however little the path takes', () =>
      withLoopback([PAGE.width, PAGE.height], async (loopback) => {
        const mask = { x: 100, y: 300, width: 300, height: 200 };
        loopback.encoder.setMasks([mask]);
        loopback.scene.textPage(PAGE, INK);
        await loopback.shoot();
        loopback.encoder.setTarget({ bitsPerSecond: 1, maxFps: 30 });
        scrollPage(loopback.scene, [PAGE]);
        daub(loopback.scene, { x: 0, y: 0, width: 960, height: 64 }, { how: 'noise', seed: 1 });
        daub(loopback.scene, { x: 0, y: 64, width: 960, height: 64 }, { how: 'grey', seed: 1 });
        await loopback.shoot();
        assert.notEqual(loopback.viewer.wrongPixels(loopback.scene, [mask]), 0);
        assert.ok(loopback.viewer.buffer.colours(mask).every((colour) => colour === MASK_COLOUR));
      }));
  });

  test('a flat screen that changes colour around masks is filled, not packed', () =>
    withLoopback([1000, 600], async (loopback) => {
      loopback.encoder.setMasks(MANY);
      await loopback.shoot();
      loopback.scene.fill({ x: 0, y: 0, width: 1000, height: 600 }, 0x445566);
      await loopback.shoot();
      assert.ok(loopback.kinds().every((kind) => kind === 'fill'));
      assert.equal(loopback.viewer.wrongPixels(loopback.scene, MANY), 0);
    }));

  test('whatever is painted and scrolled around masks, every frame covers them and the rest becomes exact', async () => {
    const all = { x: 0, y: 0, width: 400, height: 200 };
    const anyRect = fc
      .record({
        x: fc.nat(399),
        y: fc.nat(199),
        width: fc.integer({ min: 1, max: 400 }),
        height: fc.integer({ min: 1, max: 200 }),
      })
      .map((rect) => intersect(rect, all) ?? all);
    const act = fc.record({ rect: anyRect, how: fc.constantFrom('fill', 'text', 'scroll', 'mask'), seed: fc.nat() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRect, { maxLength: 4 }),
        fc.array(act, { minLength: 1, maxLength: 8 }),
        (first, acts) =>
          withLoopback([all.width, all.height], async (loopback) => {
            const { scene, encoder, viewer } = loopback;
            let masks = first;
            scene.textPage(all, INK);
            for (const { rect, how, seed } of acts) {
              if (how === 'mask') masks = [...masks.slice(1), rect];
              else if (how === 'text') scene.textPage(rect, INK);
              else daub(scene, how === 'scroll' ? all : rect, { how, seed: seed % 40 });
              encoder.setMasks(masks);
              await loopback.shoot();
              for (const mask of masks)
                assert.ok(viewer.buffer.colours(mask).every((colour) => colour === MASK_COLOUR));
            }
            await loopback.rest();
            assert.equal(viewer.wrongPixels(scene, masks), 0);
          }),
      ),
      { numRuns: 50 },
    );
  });
});
