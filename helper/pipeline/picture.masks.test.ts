import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodePicture } from '../../protocol/picture.ts';
import { PictureEncoder } from './picture.encoder.ts';
import { intersect } from './rects.ts';
import { openVideoEncoder } from './video.encoder.ts';
import { INK, MASK_COLOUR, withLoopback } from './testing/loopback.ts';
import type { ReferenceViewer } from './testing/reference.viewer.ts';
import { LINE_HEIGHT, Scene } from './testing/scene.ts';

describe('masks', () => {
  const SECRET = 0xdead07;
  const MASK = { x: 130, y: 70, width: 101, height: 53 };

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
    for (let frame = 0; frame < 5; frame++) {
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

  test('text that scrolls behind a mask is moved beside it as well, not sent again', () =>
    withLoopback([1000, 600], async (loopback) => {
      const page = { x: 0, y: 0, width: 1000, height: 600 };
      const banner = { x: 400, y: 8, width: 300, height: 60 };
      loopback.encoder.setMasks([banner]);
      loopback.scene.textPage(page, INK);
      await loopback.shoot();
      loopback.scene.scrollUp(page, LINE_HEIGHT);
      loopback.scene.textLine({ x: 0, y: 600 - LINE_HEIGHT, width: 1000, height: LINE_HEIGHT }, INK);
      loopback.scene.damaged(page);
      await loopback.shoot();
      const copies = loopback.last?.regions.filter(({ kind }) => kind === 'copy') ?? [];
      assert.ok(copies.length >= 2, loopback.kinds().join(' '));
      assert.equal(loopback.viewer.wrongPixels(loopback.scene, [banner]), 0);
      assert.ok(loopback.viewer.buffer.colours(banner).every((colour) => colour === MASK_COLOUR));
    }));
});
