/**
 * Looks at every paint of the agent's picture, not at samples: scenes paint what must not be seen in a colour that occurs
 * nowhere else, and whoever paints it on the canvas is caught in the act.
 */
import assert from 'node:assert/strict';
import type { BrowserContext, Page } from 'playwright-core';

/** Magenta of a shade that no theme has; as X programs take it, and as bytes. */
export const FORBIDDEN = { name: '#e010c8', red: 0xe0, green: 0x10, blue: 0xc8 };
/** How far a colour may be off and still count: video is lossy. */
const TOLERANCE = 40;

export interface Seen {
  /** Paints that were looked at. */
  paints: number;
  /** Of these, the ones that came as video. */
  videos: number;
  /** Pixels of the forbidden colour in all of them. */
  pixels: number;
  /** The first paints that had any. */
  first: { x: number; y: number; width: number; height: number; pixels: number }[];
}

/** Before the viewer's page is opened. */
export async function watchPaints(context: BrowserContext): Promise<void> {
  await context.addInitScript(installWatch, { ...FORBIDDEN, tolerance: TOLERANCE });
}

export async function seenSoFar(page: Page): Promise<Seen> {
  return page.evaluate(() => (window as unknown as { seenPaints: Seen }).seenPaints);
}

/** What was seen until now is no matter any more. */
export async function forgetSeen(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { seenPaints } = window as unknown as { seenPaints: Seen };
    Object.assign(seenPaints, { paints: 0, pixels: 0, first: [] });
  });
}

/** Every paint until now was free of it, and there were paints to look at. */
export async function assertNeverSeen(page: Page, atLeast: number): Promise<void> {
  const seen = await seenSoFar(page);
  assert.ok(seen.paints >= atLeast, `only ${seen.paints} paints were looked at`);
  assert.deepEqual([seen.pixels, seen.first], [0, []], 'what must not be seen was painted');
}

/** Runs in the page, before anything of it. */
function installWatch(forbidden: { red: number; green: number; blue: number; tolerance: number }): void {
  const seen: Seen = { paints: 0, videos: 0, pixels: 0, first: [] };
  Object.assign(window, { seenPaints: seen });
  const { red, green, blue, tolerance } = forbidden;

  const count = (
    data: Uint8ClampedArray,
    width: number,
    area: { x: number; y: number; w: number; h: number },
  ): number => {
    let found = 0;
    for (let y = area.y; y < area.y + area.h; y++) {
      for (let x = area.x; x < area.x + area.w; x++) {
        const at = (y * width + x) * 4;
        const isNear =
          Math.abs((data[at] ?? 0) - red) < tolerance &&
          Math.abs((data[at + 1] ?? 0) - green) < tolerance &&
          Math.abs((data[at + 2] ?? 0) - blue) < tolerance;
        if (isNear) found += 1;
      }
    }
    return found;
  };
  const note = (pixels: number, area: { x: number; y: number; w: number; h: number }): void => {
    seen.paints += 1;
    seen.pixels += pixels;
    if (pixels > 0 && seen.first.length < 5) {
      seen.first.push({ x: area.x, y: area.y, width: area.w, height: area.h, pixels });
    }
  };
  const isPicture = (canvas: unknown): boolean =>
    canvas instanceof HTMLCanvasElement && canvas.dataset['testid'] === 'picture';

  const prototype = CanvasRenderingContext2D.prototype;
  // Called with the context as `this` below.
  const { putImageData, drawImage } = prototype;
  Object.assign(prototype, {
    putImageData(this: CanvasRenderingContext2D, ...args: [ImageData, ...number[]]): void {
      Reflect.apply(putImageData, this, args);
      if (!isPicture(this.canvas)) return;
      const [image, , , x = 0, y = 0, w = image.width, h = image.height] = args;
      note(count(image.data, image.width, { x, y, w, h }), { x, y, w, h });
    },
    drawImage(this: CanvasRenderingContext2D, ...args: [CanvasImageSource, ...number[]]): void {
      Reflect.apply(drawImage, this, args);
      if (!isPicture(this.canvas)) return;
      const [, , , , , x = 0, y = 0, w = this.canvas.width, h = this.canvas.height] = args;
      seen.videos += 1;
      const { data } = this.getImageData(x, y, w, h);
      note(count(data, w, { x: 0, y: 0, w, h }), { x, y, w, h });
    },
  });
}
