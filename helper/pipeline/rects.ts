/** Arithmetic on half-open pixel rectangles. */
import type { Rect } from '../../protocol/picture.ts';

export type { Rect };

/** Screens are narrower. */
const MAX_WIDTH = 65_536;

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

export function containsPoint(rect: Rect, x: number, y: number): boolean {
  return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
}

export function isSameRect(a: Rect, b: Rect | undefined): boolean {
  return a.x === b?.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

export function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Adds to `parts` what remains of `rect` outside `hole`, which it overlaps. */
function cutOut(rect: Rect, hole: Rect, parts: Rect[]): void {
  const [left, top] = [Math.max(rect.x, hole.x), Math.max(rect.y, hole.y)];
  const [right, bottom] = [
    Math.min(rect.x + rect.width, hole.x + hole.width),
    Math.min(rect.y + rect.height, hole.y + hole.height),
  ];
  if (top > rect.y) parts.push({ ...rect, height: top - rect.y });
  if (rect.y + rect.height > bottom) parts.push({ ...rect, y: bottom, height: rect.y + rect.height - bottom });
  if (left > rect.x) parts.push({ x: rect.x, y: top, width: left - rect.x, height: bottom - top });
  if (rect.x + rect.width > right)
    parts.push({ x: right, y: top, width: rect.x + rect.width - right, height: bottom - top });
}

/** What remains of `rect` outside all `holes`, as rectangles that do not overlap. */
export function subtract(rect: Rect, holes: readonly Rect[]): Rect[] {
  let parts = [rect];
  for (const hole of holes) {
    if (!parts.some((part) => overlaps(part, hole))) continue;
    const rest: Rect[] = [];
    for (const part of parts) {
      if (overlaps(part, hole)) cutOut(part, hole, rest);
      else rest.push(part);
    }
    parts = rest;
  }
  return parts;
}

/** Fewer rectangles that cover exactly the same: those whose union is a rectangle are joined. They must not overlap. */
export function joinNeighbours(rects: readonly Rect[]): Rect[] {
  return joinColumns(joinRows(joinColumns(rects)));
}

/** Joins what is one below the other and equally wide. */
function joinColumns(rects: readonly Rect[]): Rect[] {
  const sorted = [...rects].sort((a, b) => a.x - b.x || a.y - b.y);
  const columns: Rect[] = [];
  /** Where the lowest of each x and width is in `columns`. */
  const lowest = new Map<number, number>();
  for (const rect of sorted) {
    const key = rect.x * MAX_WIDTH + rect.width;
    const at = lowest.get(key) ?? -1;
    const above = columns[at];
    if (above !== undefined && above.y + above.height === rect.y) {
      columns[at] = { ...above, height: above.height + rect.height };
    } else {
      lowest.set(key, columns.push(rect) - 1);
    }
  }
  return columns;
}

function joinRows(rects: readonly Rect[]): Rect[] {
  return joinColumns(rects.map(turned)).map(turned);
}

function turned({ x, y, width, height }: Rect): Rect {
  return { x: y, y: x, width: height, height: width };
}
