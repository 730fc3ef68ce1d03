import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { encodeFrameCode, frameAgeMs, whiteRectangles } from './barcode.ts';
import { openViewerBrowser } from './browser.ts';
import { observerOf } from './observer.ts';
import type { Observer } from './observer.ts';
import type { ViewerBrowser } from './subject.ts';

const code = { x: 8, y: 8, cellWidth: 16, cellHeight: 16, columns: 24 };
const reactionMs = 150;
/** Room for the wait for a frame and for a busy machine; only the lower bound is exact. */
const lateMs = 600;

/** A stand-in for a viewer: a canvas that turns white a known time after a press. */
const html = `<!doctype html><canvas width="640" height="200"></canvas><script>
  const context = document.querySelector('canvas').getContext('2d');
  window.paint = (colour, rectangles) => {
    context.fillStyle = colour;
    for (let at = 0; at < rectangles.length; at += 4) context.fillRect(...rectangles.slice(at, at + 4));
  };
  paint('black', [0, 0, 640, 200]);
  addEventListener('mousedown', () => setTimeout(() => paint('white', [0, 100, 640, 100]), ${reactionMs}));
</script>`;

describe('the observer in a real browser', () => {
  let browser: ViewerBrowser;
  let page: Page;
  let observer: Observer;
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html));

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A listening TCP server has an AddressInfo; only pipes have a string.
    const { port } = server.address() as AddressInfo;
    browser = await openViewerBrowser({ serverPort: port, canvasSelector: 'canvas', code });
    page = await browser.newPage();
    await page.goto(`http://localhost:${port}/`);
    observer = await observerOf(page, 'canvas');
  });
  after(async () => {
    await browser.close();
    server.close();
  });

  const paintCode = async (frame: { counter: number; timeMs: number }): Promise<void> => {
    const rectangles = JSON.stringify(whiteRectangles(encodeFrameCode(frame), code));
    await page.evaluate(`paint('black', [0, 0, 640, 60]); paint('white', ${rectangles})`);
  };

  test('the page reaches the server through the byte counter, under the own address of the server', () => {
    assert.ok(browser.toViewer.bytes() > html.length);
  });

  test('a painted frame is seen with its number and its age', async () => {
    await paintCode({ counter: 77, timeMs: Date.now() - 1000 });
    const frame = await observer.firstFrame(({ counter }) => counter === 77);
    const age = frameAgeMs(frame, frame.atMs);
    assert.ok(age >= 999 && age < 1000 + lateMs, `${age} ms`);
  });

  test('click to picture lasts from the press to the frame that shows the change, not less', async () => {
    await observer.watch({ pixel: { x: 320, y: 150 } });
    await page.mouse.move(100, 100);
    const elapsedMs = await observer.clickToPicture();
    assert.ok(elapsedMs >= reactionMs && elapsedMs < reactionMs + lateMs, `${elapsedMs} ms`);
  });

  test('a snapshot holds the luma of what is painted, with the strip painted with it', async () => {
    await observer.watch({ code });
    await paintCode({ counter: 5, timeMs: 0 });
    await page.evaluate(`paint('rgb(255, 0, 0)', [0, 100, 640, 100])`);
    await observer.firstFrame(({ counter }) => counter === 5);
    const region = { x: 10, y: 110, width: 4, height: 3 };
    const [picture] = await observer.pictures(region, { count: 1, timeoutMs: 5000 });
    assert.equal(picture?.counter, 5);
    assert.deepEqual([...(picture?.luma ?? [])], new Array(12).fill(76));
  });
});
