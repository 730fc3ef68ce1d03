/** Where a window shows nothing but itself. Whatever cannot be told counts as seen through. Pure. */
import { intersect } from '../../pipeline/rects.ts';
import type { Rect } from '../platform.ts';

/** Blended by alpha. */
export const WS_EX_LAYERED = 0x00080000;
/** The program gives the pixels, with alpha if it likes. */
const WS_EX_NOREDIRECTIONBITMAP = 0x00200000;
/** By what a layered window is blended as a whole. */
export const LWA_ALPHA = 2;
const LWA_COLORKEY = 1;

export interface WindowSurface {
  bounds: Rect;
  exStyle: number;
  /** How a layered window is blended; undefined when each pixel has its own alpha. */
  layer: { alpha: number; flags: number } | undefined;
  /** Its shape: undefined for all of it, its one rectangle, or something else. */
  region: Rect | 'complex' | undefined;
  /** Of its round corners, in pixels. */
  cornerRadius: number;
}

export function opaqueParts({ bounds, exStyle, layer, region, cornerRadius }: WindowSurface): Rect[] {
  if ((exStyle & WS_EX_NOREDIRECTIONBITMAP) !== 0 || region === 'complex') return [];
  if ((exStyle & WS_EX_LAYERED) !== 0 && !isSolid(layer)) return [];
  const shaped = region === undefined ? bounds : intersect(region, bounds);
  if (shaped === undefined) return [];
  return withoutCorners(bounds, cornerRadius)
    .map((part) => intersect(part, shaped))
    .filter((part) => part !== undefined);
}

/** A layered window of which nothing can be seen at all, as programs keep them to draw on. */
export function isInvisible(exStyle: number, layer: WindowSurface['layer']): boolean {
  return (exStyle & WS_EX_LAYERED) !== 0 && layer !== undefined && (layer.flags & LWA_ALPHA) !== 0 && layer.alpha === 0;
}

function isSolid(layer: WindowSurface['layer']): boolean {
  if (layer === undefined || (layer.flags & LWA_COLORKEY) !== 0) return false;
  return (layer.flags & LWA_ALPHA) === 0 || layer.alpha === 255;
}

/** The rows between the corners first: they are the larger part. */
function withoutCorners({ x, y, width, height }: Rect, radius: number): Rect[] {
  if (radius === 0) return [{ x, y, width, height }];
  return [
    { x, y: y + radius, width, height: height - 2 * radius },
    { x: x + radius, y, width: width - 2 * radius, height: radius },
    { x: x + radius, y: y + height - radius, width: width - 2 * radius, height: radius },
  ].filter((part) => part.width > 0 && part.height > 0);
}
