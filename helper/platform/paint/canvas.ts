/** Pixels to paint on: shapes with smooth edges, and text. Pure. */
import type { Rect } from '../platform.ts';
import type { TextImage } from './text.ts';

/** Red, green, blue, 0 to 255. */
export type Colour = readonly [number, number, number];

export class Canvas {
  readonly width: number;
  readonly height: number;
  /** BGRX, rows without padding. */
  readonly pixels: Buffer;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.pixels = Buffer.alloc(width * height * 4);
  }

  fill(colour: Colour): void {
    for (let i = 0; i < this.width * this.height; i++) this.#blend(i, colour, 1);
  }

  roundedRect(rect: Rect, radius: number, colour: Colour): void {
    for (let y = Math.floor(rect.y); y < Math.min(this.height, rect.y + rect.height); y++) {
      for (let x = Math.floor(rect.x); x < Math.min(this.width, rect.x + rect.width); x++) {
        const inside = 0.5 - distance({ x: x + 0.5, y: y + 0.5 }, rect, radius);
        if (inside > 0) this.#blend(y * this.width + x, colour, Math.min(1, inside));
      }
    }
  }

  /** A line along the inside of the pill's edge. */
  outline(colour: Colour, thickness: number): void {
    const pill = { x: 0, y: 0, width: this.width, height: this.height };
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) {
        const depth = -distance({ x: x + 0.5, y: y + 0.5 }, pill, this.height / 2);
        if (depth < thickness) this.#blend(y * this.width + x, colour, Math.min(1, thickness - depth));
      }
    }
  }

  text(image: TextImage, { x, baseline, colour }: { x: number; baseline: number; colour: Colour }): void {
    const top = baseline - image.baseline;
    for (let row = Math.max(0, -top); row < Math.min(image.height, this.height - top); row++) {
      for (let column = 0; column < Math.min(image.width, this.width - x); column++) {
        const coverage = image.coverage[row * image.width + column] ?? 0;
        if (coverage > 0) this.#blend((top + row) * this.width + x + column, colour, coverage / 255);
      }
    }
  }

  #blend(index: number, [red, green, blue]: Colour, share: number): void {
    const at = index * 4;
    for (const [i, value] of [blue, green, red].entries()) {
      const below = this.pixels[at + i] ?? 0;
      this.pixels[at + i] = Math.round(below + (value - below) * share);
    }
  }
}

/** Signed distance of a point from the edge of a rounded rectangle, negative inside. */
export function distance(point: { x: number; y: number }, rect: Rect, radius: number): number {
  const dx = Math.abs(point.x - rect.x - rect.width / 2) - rect.width / 2 + radius;
  const dy = Math.abs(point.y - rect.y - rect.height / 2) - rect.height / 2 + radius;
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
}
