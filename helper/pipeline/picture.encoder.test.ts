import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { intersect } from './rects.ts';
import { INK, daub, withLoopback } from './testing/loopback.ts';
import { ReferenceViewer } from './testing/reference.viewer.ts';
import { LINE_HEIGHT, Scene } from './testing/scene.ts';

describe('what is sent', () => {
  test('the first frame is a key that paints the whole screen', () =>
    withLoopback([300, 200], async (loopback) => {
      const frame = await loopback.shoot();
      assert.equal(frame?.isKey, true);
      assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
    }));

  test('nothing is sent when pixels under damage are what they were, the unused byte apart', () =>
    withLoopback([300, 200], async (loopback) => {
      await loopback.shoot();
      loopback.scene.words.forEach((word, at) => (loopback.scene.words[at] = word | 0x5a000000));
      loopback.scene.damaged({ x: 0, y: 0, width: 300, height: 200 });
      assert.equal(await loopback.shoot(), undefined);
      assert.equal(loopback.encoder.nextRefineAt(loopback.now), undefined);
    }));

  test('a typed character costs less than a hundred bytes', () =>
    withLoopback([800, 600], async (loopback) => {
      loopback.scene.textPage({ x: 0, y: 0, width: 800, height: 600 }, INK);
      await loopback.shoot();
      loopback.scene.glyph({ x: 240, y: 26 }, 33, INK);
      loopback.now += 33;
      const encoded = await loopback.encoder.encode(loopback.scene.picture(), loopback.now);
      assert.ok(encoded && encoded.payload.length < 100, `${encoded?.payload.length} bytes`);
      loopback.viewer.paint(encoded.payload);
      assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
    }));

  test('a flat screen that changes colour is one fill', () =>
    withLoopback([640, 480], async (loopback) => {
      await loopback.shoot();
      loopback.scene.fill({ x: 0, y: 0, width: 640, height: 480 }, 0xaa5511);
      await loopback.shoot();
      assert.deepEqual(loopback.kinds(), ['fill']);
      assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
    }));

  test('what is flat beside a detail is filled, not packed with it', () =>
    withLoopback([1920, 640], async (loopback) => {
      await loopback.shoot();
      const screen = { x: 0, y: 0, width: 1920, height: 640 };
      loopback.scene.fill(screen, 0xaa5511);
      loopback.scene.textPage({ x: 40, y: 600, width: 300, height: 30 }, INK);
      loopback.scene.damaged(screen);
      await loopback.shoot();
      const tiles = loopback.last?.regions.filter(({ kind }) => kind === 'palette') ?? [];
      const pixels = tiles.reduce((sum, tile) => sum + ('rect' in tile ? tile.rect.width * tile.rect.height : 0), 0);
      assert.ok(pixels > 0 && pixels <= 64 * 64 * 12, `${pixels} pixels in tiles`);
      assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
    }));

  test('frames are numbered one after the other and carry the time of their capture', () =>
    withLoopback([100, 100], async (loopback) => {
      const first = await loopback.shoot();
      loopback.scene.fill({ x: 5, y: 5, width: 10, height: 10 }, 1);
      const second = await loopback.shoot();
      assert.deepEqual([first?.number, second?.number], [0, 1]);
      assert.equal(second?.capturedAtMs, 1066);
    }));

  test('whatever changes, viewers show it exactly', async () => {
    const rect = fc.record({
      x: fc.nat(299),
      y: fc.nat(199),
      width: fc.integer({ min: 1, max: 300 }),
      height: fc.integer({ min: 1, max: 200 }),
    });
    const paint = fc.record({ rect, how: fc.constantFrom('fill', 'noise', 'grey', 'scroll'), seed: fc.nat() });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(paint, { maxLength: 4 }), { minLength: 1, maxLength: 6 }), (shots) =>
        withLoopback([300, 200], async (loopback) => {
          for (const paints of shots) {
            for (const { rect: wanted, how, seed } of paints) {
              const area = intersect(wanted, { x: 0, y: 0, width: 300, height: 200 });
              if (area) daub(loopback.scene, area, { how, seed });
            }
            await loopback.shoot();
          }
          await loopback.rest();
          assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
        }),
      ),
      { numRuns: 60 },
    );
  });
});

describe('scrolling', () => {
  const window = { x: 37, y: 50, width: 600, height: 26 * LINE_HEIGHT };

  test('text that scrolls in a window is one copy and the new line', () =>
    withLoopback([800, 600], async (loopback) => {
      loopback.scene.textPage(window, INK);
      await loopback.shoot();
      for (let step = 0; step < 5; step++) {
        loopback.scene.scrollUp(window, LINE_HEIGHT);
        loopback.scene.textLine({ ...window, y: window.y + window.height - LINE_HEIGHT }, INK);
        await loopback.shoot();
        assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
        const [copy, ...rest] = loopback.last?.regions ?? [];
        assert.equal(copy?.kind, 'copy');
        const painted = rest.reduce((sum, { rect }) => sum + rect.width * rect.height, 0);
        assert.ok(painted < 2 * window.width * LINE_HEIGHT, `${painted} pixels painted besides`);
      }
    }));

  test('a scrollbar that stays beside the text does not prevent the copy', () =>
    withLoopback([800, 600], async (loopback) => {
      loopback.scene.textPage(window, INK);
      const bar = { x: window.x + window.width - 14, y: window.y, width: 14, height: window.height };
      loopback.scene.fill(bar, 0x808080);
      await loopback.shoot();
      for (let step = 1; step < 4; step++) {
        loopback.scene.scrollUp(window, LINE_HEIGHT);
        loopback.scene.textLine({ ...window, y: window.y + window.height - LINE_HEIGHT }, INK);
        loopback.scene.fill(bar, 0x808080);
        loopback.scene.fill({ ...bar, y: bar.y + 4 * step, height: 40 }, 0x404040);
        await loopback.shoot();
        assert.ok(loopback.kinds().includes('copy'));
        assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
      }
    }));

  test('scrolling back is found as well', () =>
    withLoopback([640, 480], async (loopback) => {
      const all = { x: 0, y: 0, width: 640, height: 480 };
      loopback.scene.textPage(all, INK);
      await loopback.shoot();
      const { words } = loopback.scene;
      words.copyWithin(40 * 640, 0);
      loopback.scene.fill({ ...all, height: 40 }, 0x123456);
      loopback.scene.damaged(all);
      await loopback.shoot();
      assert.deepEqual(loopback.kinds(), ['copy', 'fill']);
      assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
    }));

  test('a picture sent as video that is scrolled before it was refined becomes exact all the same', () =>
    withLoopback([800, 600], async (loopback) => {
      const all = { x: 0, y: 0, width: 800, height: 600 };
      loopback.scene.textPage(all, INK);
      await loopback.shoot();
      loopback.scene.film({ x: 100, y: 200, width: 400, height: 300 }, 3);
      await loopback.shoot();
      assert.ok(loopback.kinds().includes('video'));
      loopback.scene.scrollUp(all, 60);
      loopback.scene.fill({ x: 0, y: 540, width: 800, height: 60 }, INK.paper);
      await loopback.shoot();
      assert.ok(loopback.kinds().includes('copy'));
      assert.notEqual(loopback.viewer.wrongPixels(loopback.scene), 0);
      await loopback.rest();
      assert.equal(loopback.viewer.wrongPixels(loopback.scene), 0);
    }));
});

describe('keys and sizes', () => {
  test('a key that was asked for lets a viewer begin there', () =>
    withLoopback([500, 400], async (loopback) => {
      loopback.scene.textPage({ x: 10, y: 10, width: 400, height: 300 }, INK);
      await loopback.shoot();
      const late = new ReferenceViewer();
      loopback.encoder.requestKey();
      loopback.scene.glyph({ x: 40, y: 36 }, 5, INK);
      const encoded = await loopback.encoder.encode(loopback.scene.picture(), loopback.now);
      assert.equal(encoded?.isKey, true);
      late.paint(encoded.payload);
      assert.equal(late.wrongPixels(loopback.scene), 0);
    }));

  test('a key comes without a change on the screen, by refining', () =>
    withLoopback([200, 100], async (loopback) => {
      await loopback.shoot();
      loopback.encoder.requestKey();
      assert.equal(loopback.encoder.nextRefineAt(loopback.now), loopback.now);
      const frame = await loopback.refine(1);
      assert.equal(frame?.isKey, true);
      assert.equal(await loopback.refine(), undefined);
    }));

  test('a viewer that begins in the middle of a film can decode what follows', () =>
    withLoopback([640, 480], async (loopback) => {
      const film = { x: 100, y: 60, width: 320, height: 240 };
      await loopback.shoot();
      for (let frame = 0; frame < 4; frame++) {
        loopback.scene.film(film, frame);
        await loopback.shoot();
      }
      const late = new ReferenceViewer();
      loopback.encoder.requestKey();
      for (let frame = 4; frame < 7; frame++) {
        loopback.scene.film(film, frame);
        loopback.now += 33;
        const encoded = await loopback.encoder.encode(loopback.scene.picture(), loopback.now);
        assert.equal(encoded?.isKey, frame === 4);
        late.paint(encoded?.payload ?? new Uint8Array());
      }
      assert.ok(late.lumaPsnr(loopback.scene, film) > 31);
      assert.equal(late.wrongPixels(loopback.scene, [film]), 0);
      late.close();
    }));

  test('after a change of size the next frame is a key of the new size', () =>
    withLoopback([300, 200], async (loopback) => {
      await loopback.shoot();
      const larger = new Scene(331, 257);
      larger.textPage({ x: 0, y: 0, width: 331, height: 257 }, INK);
      const encoded = await loopback.encoder.encode(larger.picture(), 2000);
      assert.equal(encoded?.isKey, true);
      const frame = loopback.viewer.paint(encoded.payload);
      assert.deepEqual([frame.width, frame.height], [331, 257]);
      assert.equal(loopback.viewer.wrongPixels(larger), 0);
    }));
});
