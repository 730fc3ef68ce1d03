/** How drawn rectangles move and grow, in whole pixels of a screen and never beyond it. Pure. */
import type { Rect } from '../../platform/platform.ts';

export interface Point {
  x: number;
  y: number;
}
interface Size {
  width: number;
  height: number;
}

/** Smaller ones are slips of the hand. */
export const MIN_SIDE = 16;

const limit = (value: number, low: number, high: number): number =>
  Math.round(Math.min(Math.max(value, low), Math.max(low, high)));

/** The nearest rectangle that lies on the screen: size first, then place. */
export function clampTo({ x, y, width, height }: Rect, screen: Size): Rect {
  const size = { width: limit(width, MIN_SIDE, screen.width), height: limit(height, MIN_SIDE, screen.height) };
  return { x: limit(x, 0, screen.width - size.width), y: limit(y, 0, screen.height - size.height), ...size };
}

/** From one corner to the opposite one; undefined while it is too small to be meant. */
export function between(from: Point, to: Point, screen: Size): Rect | undefined {
  const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)];
  const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
  if (right - left < MIN_SIDE || bottom - top < MIN_SIDE) return undefined;
  return clampTo({ x: left, y: top, width: right - left, height: bottom - top }, screen);
}

export function moved(rect: Rect, by: Point, screen: Size): Rect {
  return clampTo({ ...rect, x: rect.x + by.x, y: rect.y + by.y }, screen);
}

/** Moves the far corner; the near one stays. */
export function resized(rect: Rect, by: Point, screen: Size): Rect {
  const width = limit(rect.width + by.x, MIN_SIDE, screen.width - rect.x);
  const height = limit(rect.height + by.y, MIN_SIDE, screen.height - rect.y);
  return clampTo({ ...rect, width, height }, screen);
}

/** Where an area begins that was not drawn: the middle. */
export function middleOf(screen: Size): Rect {
  const [width, height] = [screen.width / 2, screen.height / 2];
  return clampTo({ x: width / 2, y: height / 2, width, height }, screen);
}

/** One press of an arrow key: about a hundred to cross the screen. */
export function stepOf(screen: Size): number {
  return Math.max(1, Math.round(screen.width / 96));
}
