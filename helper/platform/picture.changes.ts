/** Where two pictures of a screen differ, for systems that do not tell. Compares whole runs at the speed of memory. Pure. */
import { coalesceDamage } from './damage.regions.ts';
import type { Rect } from './platform.ts';

/** Edge of the squares in which differences are found. */
const CELL = 64;
const BYTES_PER_PIXEL = 4;

/** `bytes` are rows of `width` pixels without gaps. */
export interface Pair {
  latest: Uint8Array;
  previous: Uint8Array;
  width: number;
  height: number;
}

/** Rectangles that cover every difference, near ones joined: at most 16. */
export function findChanges(pair: Pair): Rect[] {
  const { width, height } = pair;
  const changes: Rect[] = [];
  for (let y = 0; y < height; y += CELL) {
    const band = trimRows(pair, { x: 0, y, width, height: Math.min(CELL, height - y) });
    if (band) changes.push(...differingCells(pair, band));
  }
  return coalesceDamage(changes, { x: 0, y: 0, width, height });
}

/** The band without the rows at its top and bottom that are the same, undefined when all are. */
function trimRows(pair: Pair, { x, y, width, height }: Rect): Rect | undefined {
  // Full rows lie behind each other in memory.
  if (width === pair.width && isSameRun(pair, y * width, width * height)) return undefined;
  const isSame = (row: number): boolean => isSameRun(pair, row * pair.width + x, width);
  let top = y;
  while (top < y + height && isSame(top)) top++;
  if (top === y + height) return undefined;
  let bottom = y + height;
  while (isSame(bottom - 1)) bottom--;
  return { x, y: top, width, height: bottom - top };
}

function differingCells(pair: Pair, { x, y, width, height }: Rect): Rect[] {
  const cells: Rect[] = [];
  for (let left = x; left < x + width; left += CELL) {
    const cell = trimRows(pair, { x: left, y, width: Math.min(CELL, x + width - left), height });
    if (cell) cells.push(cell);
  }
  return cells;
}

function isSameRun({ latest, previous }: Pair, at: number, length: number): boolean {
  const [from, to] = [at * BYTES_PER_PIXEL, (at + length) * BYTES_PER_PIXEL];
  return Buffer.compare(latest.subarray(from, to), previous.subarray(from, to)) === 0;
}
