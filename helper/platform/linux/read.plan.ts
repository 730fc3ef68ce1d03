/** How to read rectangles of the screen in few requests. Pure. */
import { areaOf } from '../../pipeline/rects.ts';
import type { Rect } from '../platform.ts';

/** One read of the screen: straight into its place (full rows), or packed at `packedAt` and copied row by row. */
export interface PlannedRead {
  rect: Rect;
  /** Byte offset of a packed read behind the picture; undefined for full rows. */
  packedAt: number | undefined;
}

/**
 * X packs the rows of what it reads, so only full rows land in their place without a copy. Rectangles of at least half
 * the width are read as full rows, narrower ones packed and copied.
 */
export function planReads(
  rects: readonly Rect[],
  size: { width: number; height: number; scratchBytes: number },
): PlannedRead[] {
  const reads: PlannedRead[] = [];
  let packed = 0;
  for (const rect of rects) {
    const bytes = areaOf(rect) * 4;
    if (rect.width * 2 >= size.width || packed + bytes > size.scratchBytes) {
      reads.push({ rect: { ...rect, x: 0, width: size.width }, packedAt: undefined });
    } else {
      reads.push({ rect, packedAt: packed });
      packed += bytes;
    }
  }
  return reads;
}
