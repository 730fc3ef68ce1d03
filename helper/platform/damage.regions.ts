/** Geometry of damage: which rectangles to read and to look at. Pure. */
import { areaOf, intersect, unite } from '../pipeline/rects.ts';
import type { Rect } from './platform.ts';

/** More rectangles than this cost more in requests than the pixels between them. */
const MAX_RECTS = 16;
/** Pixels that may be read in vain to save one request (a request costs about as much as 16 000 pixels). */
const FREE_WASTE = 8192;
/** The X server sends rectangles in bands, so that neighbours are near each other in the list. */
const LOOK_BACK = 8;

/** The parts of `rects` inside `bounds`, relative to its corner, with near ones joined: at most 16. */
export function coalesceDamage(rects: readonly Rect[], bounds: Rect): Rect[] {
  let joined: Rect[] = [];
  for (const rect of rects) {
    const inside = intersect(rect, bounds);
    if (inside) joined.push({ ...inside, x: inside.x - bounds.x, y: inside.y - bounds.y });
  }
  for (let waste = FREE_WASTE; ; waste *= 4) {
    joined = joinNear(joined, waste);
    if (joined.length <= MAX_RECTS) return joined;
  }
}

function joinNear(rects: readonly Rect[], maxWaste: number): Rect[] {
  const out: Rect[] = [];
  for (const rect of rects) {
    const at = findNear(out, rect, maxWaste);
    const near = out[at];
    if (near) out[at] = unite(near, rect);
    else out.push(rect);
  }
  return out;
}

function findNear(out: readonly Rect[], rect: Rect, maxWaste: number): number {
  for (let i = out.length - 1; i >= Math.max(0, out.length - LOOK_BACK); i--) {
    const near = out[i];
    if (near && areaOf(unite(near, rect)) - areaOf(near) - areaOf(rect) <= maxWaste) return i;
  }
  return -1;
}
