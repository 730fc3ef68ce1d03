/**
 * Several displays in one space of pixels. macOS places its displays in points, and each has its own number of pixels for a
 * point. Ours are pixels: every display keeps its own ones, and its corner is where its points are, times the largest
 * scale there is. So displays never overlap; beside one of a smaller scale there is a gap that nothing lies in. Pure.
 */
import { containsPoint, intersect, unite } from '../../pipeline/rects.ts';
import type { Rect } from '../platform.ts';

export interface Display {
  /** CGDirectDisplayID. */
  id: number;
  /** CGDisplayBounds: origin top left of the main display. */
  points: Rect;
  /** Size of its pictures. */
  pixels: { width: number; height: number };
}

interface Placed extends Display {
  /** In our pixels. */
  bounds: Rect;
  scale: { x: number; y: number };
}

interface Point {
  x: number;
  y: number;
}

/** Sums of fractions of a pixel fall short of a whole one. */
const EPSILON = 1e-6;

export class DisplayMap {
  readonly #displays: readonly Placed[];

  constructor(displays: readonly Display[]) {
    const largest = Math.max(1, ...displays.map(({ points, pixels }) => pixels.width / points.width));
    this.#displays = displays.map((display) => {
      const { points, pixels } = display;
      const bounds = { x: Math.round(points.x * largest), y: Math.round(points.y * largest), ...pixels };
      return { ...display, bounds, scale: { x: pixels.width / points.width, y: pixels.height / points.height } };
    });
  }

  /** Where a display is in our pixels. */
  boundsOf(id: number): Rect | undefined {
    return this.#displays.find((display) => display.id === id)?.bounds;
  }

  /** All displays together; empty without any. */
  desktop(): Rect {
    const [first, ...others] = this.#displays.map(({ bounds }) => bounds);
    return others.reduce(unite, first ?? { x: 0, y: 0, width: 0, height: 0 });
  }

  /** The pixel at a place in points; beyond all displays as if the nearest one went on. */
  toPixel(at: Point): Point {
    const display = this.#nearest(at, ({ points }) => points);
    if (display === undefined) return { x: Math.floor(at.x), y: Math.floor(at.y) };
    const { points, bounds, scale } = display;
    return {
      x: bounds.x + Math.floor((at.x - points.x) * scale.x + EPSILON),
      y: bounds.y + Math.floor((at.y - points.y) * scale.y + EPSILON),
    };
  }

  /** The corner of a pixel in points; what lies in no display becomes the edge of the nearest one. */
  toPoint(at: Point): Point {
    const display = this.#nearest(at, ({ bounds }) => bounds);
    if (display === undefined) return at;
    const { points, bounds, scale } = display;
    return {
      x: points.x + clamp(at.x - bounds.x, bounds.width) / scale.x,
      y: points.y + clamp(at.y - bounds.y, bounds.height) / scale.y,
    };
  }

  /** All pixels that a rectangle in points touches, as one rectangle: what reaches over two displays covers more. */
  toPixels(rect: Rect): Rect {
    const parts = this.#displays.flatMap((display) => {
      const part = intersect(rect, display.points);
      return part === undefined ? [] : [outer(part, display)];
    });
    const [first, ...others] = parts;
    if (first !== undefined) return others.reduce(unite, first);
    const display = this.#nearest(rect, ({ points }) => points);
    return display === undefined ? rect : outer(rect, display);
  }

  /** A rectangle of pixels in points, by the display that its middle is on: all of it keeps one scale. */
  toPoints(rect: Rect): Rect {
    const middle = { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
    const display = this.#nearest(middle, ({ bounds }) => bounds);
    if (display === undefined) return rect;
    const { points, bounds, scale } = display;
    return {
      x: points.x + (rect.x - bounds.x) / scale.x,
      y: points.y + (rect.y - bounds.y) / scale.y,
      width: rect.width / scale.x,
      height: rect.height / scale.y,
    };
  }

  /** Pixels for a point of the main display, which is the one at 0,0. */
  mainScale(): number {
    return this.#displays.find(({ points }) => containsPoint(points, 0, 0))?.scale.x ?? 1;
  }

  #nearest(at: Point, areaOf: (display: Placed) => Rect): Placed | undefined {
    let nearest: Placed | undefined;
    let least = Infinity;
    for (const display of this.#displays) {
      const far = distance(at, areaOf(display));
      if (far < least) [nearest, least] = [display, far];
    }
    return nearest;
  }
}

/** 0 within; beyond, more than 0 from the first pixel on. */
function distance(at: Point, { x, y, width, height }: Rect): number {
  const beyond = (value: number, first: number, count: number): number =>
    value < first ? first - value : value >= first + count ? value - first - count + EPSILON : 0;
  return Math.hypot(beyond(at.x, x, width), beyond(at.y, y, height));
}

function clamp(offset: number, count: number): number {
  return Math.max(0, Math.min(count - 1, offset));
}

function outer(part: Rect, { points, bounds, scale }: Placed): Rect {
  const left = Math.floor((part.x - points.x) * scale.x + EPSILON);
  const top = Math.floor((part.y - points.y) * scale.y + EPSILON);
  const right = Math.ceil((part.x + part.width - points.x) * scale.x - EPSILON);
  const bottom = Math.ceil((part.y + part.height - points.y) * scale.y - EPSILON);
  return { x: bounds.x + left, y: bounds.y + top, width: right - left, height: bottom - top };
}

/** AppKit counts from the lower left corner of the main display, upwards. */
export function toAppKit({ x, y, width, height }: Rect, mainHeight: number): Rect {
  return { x, y: mainHeight - y - height, width, height };
}
