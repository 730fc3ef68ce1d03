/** What an agent sees and does in the viewer, in pixels of the remote screen. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** Width and height of the picture that is shown, such as `1280x800`; undefined while something covers it. */
export async function pictureSize(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('canvas[data-testid=picture]');
    const isCovered = document.querySelector('.cover') !== null;
    return canvas === null || isCovered ? undefined : `${canvas.width}x${canvas.height}`;
  });
}

/** Red, green and blue of a pixel of the remote screen as the viewer has painted it. */
export async function remotePixel(page: Page, x: number, y: number): Promise<number[]> {
  return page.evaluate(
    ([left, top]) => {
      const canvas = document.querySelector<HTMLCanvasElement>('canvas[data-testid=picture]');
      const copy = new OffscreenCanvas(1, 1).getContext('2d');
      if (canvas === null || copy === null) throw new Error('no picture');
      copy.drawImage(canvas, left ?? 0, top ?? 0, 1, 1, 0, 0, 1, 1);
      return [...copy.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    },
    [x, y],
  );
}

/** Where a remote pixel is on the page. */
export async function pageOf(page: Page, x: number, y: number): Promise<{ x: number; y: number }> {
  const box = await page.getByTestId('picture').boundingBox();
  const size = (await pictureSize(page))?.split('x').map(Number);
  assert.ok(box && size?.[0] && size[1], 'no picture is shown');
  return { x: box.x + ((x + 0.5) * box.width) / size[0], y: box.y + ((y + 0.5) * box.height) / size[1] };
}

export async function remoteClick(page: Page, x: number, y: number): Promise<void> {
  const at = await pageOf(page, x, y);
  await page.mouse.click(at.x, at.y);
}
