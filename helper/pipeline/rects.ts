/** Arithmetic on half-open pixel rectangles. */
import type { Rect } from '../../protocol/picture.ts';

export type { Rect };

export function areaOf({ width, height }: Rect): number {
  return width * height;
}

/** The common part, undefined when there is none. */
export function intersect(a: Rect, b: Rect): Rect | undefined {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

/** The smallest rectangle around both. */
export function unite(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/** The smallest rectangle around all, undefined for none. */
export function boundsOf(rects: readonly Rect[]): Rect | undefined {
  const [first, ...rest] = rects;
  return first && rest.reduce(unite, first);
}

export function contains(outer: Rect, inner: Rect): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

export function isSameRect(a: Rect, b: Rect | undefined): boolean {
  return a.x === b?.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

function subtractOne(rect: Rect, hole: Rect): Rect[] {
  const common = intersect(rect, hole);
  if (common === undefined) return [rect];
  const bottom = common.y + common.height;
  const right = common.x + common.width;
  return [
    { ...rect, height: common.y - rect.y },
    { ...rect, y: bottom, height: rect.y + rect.height - bottom },
    { x: rect.x, y: common.y, width: common.x - rect.x, height: common.height },
    { x: right, y: common.y, width: rect.x + rect.width - right, height: common.height },
  ].filter((part) => part.width > 0 && part.height > 0);
}

/** What remains of `rect` outside all `holes`, as rectangles that do not overlap. */
export function subtract(rect: Rect, holes: readonly Rect[]): Rect[] {
  return holes.reduce<Rect[]>((parts, hole) => parts.flatMap((part) => subtractOne(part, hole)), [rect]);
}
