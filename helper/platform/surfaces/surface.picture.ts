/** Pictures of surfaces: BGRA, each colour multiplied by its alpha, as Windows wants them. Pure. */
import { distance } from '../paint/canvas.ts';
import type { Canvas } from '../paint/canvas.ts';
import type { PaintedBanner } from '../paint/banner.paint.ts';
import { barsOf, labelPlace } from '../paint/outlines.layout.ts';

interface Size {
  width: number;
  height: number;
}

/** What is beyond the pill's round ends is transparent, and clicks go through it. */
export function pillPicture({ width, height, pixels }: Pick<PaintedBanner, 'width' | 'height' | 'pixels'>): Uint8Array {
  const picture = new Uint8Array(width * height * 4);
  const pill = { x: 0, y: 0, width, height };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = 0.5 - distance({ x: x + 0.5, y: y + 0.5 }, pill, height / 2);
      const share = Math.max(0, Math.min(1, inside));
      const at = (y * width + x) * 4;
      for (let i = 0; i < 3; i++) picture[at + i] = Math.round((pixels[at + i] ?? 0) * share);
      picture[at + 3] = Math.round(255 * share);
    }
  }
  return picture;
}

export interface OutlineParts {
  /** Fits itself as a tile. */
  stripes: Canvas;
  bar: number;
  label: Canvas | undefined;
}

/** Bars along the inside of the edges and a label in the corner; the rest is transparent. */
export function outlinePicture(size: Size, { stripes, bar, label }: OutlineParts): Uint8Array {
  const picture = new Uint8Array(size.width * size.height * 4);
  const whole = { x: 0, y: 0, width: size.width, height: size.height };
  for (const { x, y, width, height } of barsOf(whole, bar)) {
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) {
        const from = ((row % stripes.height) * stripes.width + (column % stripes.width)) * 4;
        copyPixel(picture, (row * size.width + column) * 4, stripes.pixels.subarray(from, from + 3));
      }
    }
  }
  const place = label && labelPlace(whole, label, bar);
  if (label === undefined || place === undefined) return picture;
  for (let row = 0; row < label.height; row++) {
    for (let column = 0; column < label.width; column++) {
      const from = (row * label.width + column) * 4;
      const to = ((place.y + row) * size.width + place.x + column) * 4;
      copyPixel(picture, to, label.pixels.subarray(from, from + 3));
    }
  }
  return picture;
}

function copyPixel(picture: Uint8Array, at: number, colour: Uint8Array): void {
  picture.set(colour, at);
  picture[at + 3] = 255;
}
