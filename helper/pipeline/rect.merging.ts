/** Joins and cuts the rectangles that are to be painted, so that regions are neither many nor large in vain. */
import { MAX_TILE_PIXELS } from '../../protocol/picture.ts';
import { CELL, bandsOf } from './cells.ts';
import { areaOf, unite, type Rect } from './rects.ts';

/** Pixels that a merged rectangle may waste beyond a quarter of what it holds: about the price of one more region. */
const WASTE_PIXELS = 512;
const SLICE_WIDTH = 8 * CELL;

function wasteOf(united: Rect, a: Rect, b: Rect): number {
  return areaOf(united) - areaOf(a) - areaOf(b);
}

function isWorthUniting(united: Rect, a: Rect, b: Rect): boolean {
  return areaOf(united) <= MAX_TILE_PIXELS && wasteOf(united, a, b) <= WASTE_PIXELS + (areaOf(a) + areaOf(b)) / 4;
}

/** Joins neighbouring cell rectangles, given in reading order, while little is painted in vain. */
export function mergeRects(rects: readonly Rect[]): Rect[] {
  const rows: Rect[] = [];
  for (const rect of rects) {
    const last = rows.at(-1);
    const isNeighbour = last && Math.floor(last.y / CELL) === Math.floor(rect.y / CELL);
    const united = isNeighbour && unite(last, rect);
    if (united && isWorthUniting(united, last, rect)) rows[rows.length - 1] = united;
    else rows.push(rect);
  }
  const merged: Rect[] = [];
  for (const row of rows) {
    const at = merged.findLastIndex((above) => {
      const isTouching =
        above.y + above.height >= row.y - CELL && above.x < row.x + row.width && row.x < above.x + above.width;
      return isTouching && isWorthUniting(unite(above, row), above, row);
    });
    const above = merged[at];
    if (above) merged[at] = unite(above, row);
    else merged.push(row);
  }
  return merged;
}

/** Cut so small that encoding one piece holds nobody up: at most a band of cells, 32 Ki pixels. */
export function sliceRect(rect: Rect): Rect[] {
  return bandsOf(rect).flatMap((band) => {
    const pieces: Rect[] = [];
    for (let x = band.x; x < band.x + band.width; x += SLICE_WIDTH) {
      pieces.push({ ...band, x, width: Math.min(SLICE_WIDTH, band.x + band.width - x) });
    }
    return pieces;
  });
}
