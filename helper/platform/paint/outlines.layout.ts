/** What the outlines are made of: four bars along the inside of each rectangle, and a label in its corner. Pure. */
import type { Rect } from '../platform.ts';
import { Canvas } from './canvas.ts';
import type { Colour } from './canvas.ts';
import type { TextImage } from './text.ts';

export interface Outline {
  rect: Rect;
  label: string;
}

export const MAX_OUTLINES = 64;
/** Sizes in pixels at 96 dpi. */
export const OUTLINE_SIZE = { bar: 3, text: 12, maxText: 240 } as const;
const PAD = { x: 8, y: 3 };
const STRIPE_PX = 8;

const AMBER: Colour = [227, 167, 46];
const GREY: Colour = [70, 79, 90];
const LABEL: Colour = [27, 31, 36];
const LABEL_TEXT: Colour = [255, 255, 255];

/** Whole pixels within the desktop; what is left out has nothing to show there. */
export function fitOutlines(outlines: readonly Outline[], desktop: Rect): Outline[] {
  return outlines
    .flatMap(({ rect, label }) => {
      const left = Math.max(desktop.x, Math.floor(rect.x));
      const top = Math.max(desktop.y, Math.floor(rect.y));
      const right = Math.min(desktop.x + desktop.width, Math.ceil(rect.x + rect.width));
      const bottom = Math.min(desktop.y + desktop.height, Math.ceil(rect.y + rect.height));
      const fitted = { x: left, y: top, width: right - left, height: bottom - top };
      return fitted.width > 0 && fitted.height > 0 ? [{ rect: fitted, label }] : [];
    })
    .slice(0, MAX_OUTLINES);
}

/** The rectangle without its inside. */
export function barsOf({ x, y, width, height }: Rect, bar: number): Rect[] {
  if (width <= 2 * bar || height <= 2 * bar) return [{ x, y, width, height }];
  const sideHeight = height - 2 * bar;
  return [
    { x, y, width, height: bar },
    { x, y: y + height - bar, width, height: bar },
    { x, y: y + bar, width: bar, height: sideHeight },
    { x: x + width - bar, y: y + bar, width: bar, height: sideHeight },
  ];
}

/** Where a label of that size goes; undefined where it does not fit in. */
export function labelPlace(rect: Rect, size: { width: number; height: number }, bar: number): Rect | undefined {
  if (size.width > rect.width - 2 * bar || size.height > rect.height - 2 * bar) return undefined;
  return { x: rect.x + bar, y: rect.y + bar, width: size.width, height: size.height };
}

/** Slanting stripes, told from anything in a program by their shape and not by their colour alone; fits itself as a tile. */
export function paintStripes(scale: number): Canvas {
  const stripe = Math.round(STRIPE_PX * scale);
  const canvas = new Canvas(2 * stripe, 2 * stripe);
  canvas.fill(GREY);
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      const isAmber = (x + y) % (2 * stripe) < stripe;
      if (isAmber) canvas.roundedRect({ x, y, width: 1, height: 1 }, 0, AMBER);
    }
  }
  return canvas;
}

export function paintLabel(text: TextImage, scale: number): Canvas {
  const pad = { x: Math.round(PAD.x * scale), y: Math.round(PAD.y * scale) };
  const canvas = new Canvas(text.width + 2 * pad.x, text.height + 2 * pad.y);
  canvas.fill(LABEL);
  canvas.text(text, { x: pad.x, baseline: pad.y + text.baseline, colour: LABEL_TEXT });
  return canvas;
}
