/**
 * Finds content that moved up or down: hashes of rows in a few narrow strips, before and after, vote for a distance;
 * columns that gain by it are moved. What it proposes need not be perfect: the encoder compares again afterwards.
 */
import { columnsOf } from './cells.ts';
import { unite, type Rect } from './rects.ts';
import { COLOUR_BITS, type Pixels } from './pixels.ts';

/** A screen before and after. */
export interface BeforeAndAfter {
  before: Pixels;
  after: Pixels;
}

/** The pixels of `rect` are now what was `distance` rows further down (negative: further up). */
export interface Scroll {
  rect: Rect;
  distance: number;
}

const STRIP_WIDTH = 32;
const STRIPS = 4;
/** Rows that must be found again, each unlike all others, before a distance is believed. */
const MIN_VOTES = 12;
const MIN_HEIGHT = 24;
/** Columns are judged on so many of their rows. */
const SAMPLED_ROWS = 64;

/** The strip's rows by hash: the row a hash stands for, or undefined where several rows share it. */
function uniqueRows(hashes: Int32Array, top: number): Map<number, number> {
  const rows = new Map<number, number>();
  const shared = new Set<number>();
  hashes.forEach((hash, at) => {
    if (rows.has(hash)) shared.add(hash);
    else rows.set(hash, top + at);
  });
  for (const hash of shared) rows.delete(hash);
  return rows;
}

function hashRows({ words, width }: Pixels, strip: Rect): Int32Array {
  const hashes = new Int32Array(strip.height);
  for (let row = 0; row < strip.height; row++) {
    const start = (strip.y + row) * width + strip.x;
    let hash = 0x811c9dc5;
    for (let at = start; at < start + strip.width; at++) {
      hash = Math.imul(hash ^ ((words[at] ?? 0) & COLOUR_BITS), 0x01000193);
      hash ^= hash >>> 15;
    }
    hashes[row] = hash;
  }
  return hashes;
}

function vote({ before, after }: BeforeAndAfter, area: Rect): number | undefined {
  const votes = new Map<number, number>();
  const step = Math.max(STRIP_WIDTH, Math.floor(area.width / STRIPS));
  for (let x = area.x; x + STRIP_WIDTH <= area.x + area.width; x += step) {
    const strip = { ...area, x, width: STRIP_WIDTH };
    const found = uniqueRows(hashRows(after, strip), area.y);
    if (found.size < MIN_VOTES) continue;
    const known = uniqueRows(hashRows(before, strip), area.y);
    for (const [hash, row] of found) {
      const source = known.get(hash);
      if (source !== undefined) votes.set(source - row, (votes.get(source - row) ?? 0) + 1);
    }
  }
  const [best] = [...votes].sort(([, a], [, b]) => b - a);
  return best && best[0] !== 0 && best[1] >= MIN_VOTES ? best[0] : undefined;
}

/** Whether the row of `area` came to be what it is by the move, and would not be so without. */
function isMovedRow(
  { before, after }: BeforeAndAfter,
  { x, width }: Rect,
  move: { row: number; distance: number },
): 'moved' | 'still' | 'neither' {
  const here = move.row * after.width + x;
  const isStill = after.isSameRun(here, width, { other: before, otherAt: here });
  const isMoved = after.isSameRun(here, width, { other: before, otherAt: here + move.distance * after.width });
  if (isStill === isMoved) return 'neither';
  return isMoved ? 'moved' : 'still';
}

/** Rows of the area whose source is on the screen. */
function rowsOf(area: Rect, distance: number, screenHeight: number): { top: number; bottom: number } {
  return {
    top: Math.max(area.y, -distance),
    bottom: Math.min(area.y + area.height, screenHeight - distance),
  };
}

/** Sampled rows of a column that the move makes right, less those that it makes wrong. */
function gainOf(screen: BeforeAndAfter, column: Rect, distance: number): number {
  const { top, bottom } = rowsOf(column, distance, screen.after.height);
  const step = Math.max(1, Math.floor((bottom - top) / SAMPLED_ROWS));
  let gain = 0;
  for (let row = top; row < bottom; row += step) {
    const verdict = isMovedRow(screen, column, { row, distance });
    if (verdict !== 'neither') gain += verdict === 'moved' ? 1 : -1;
  }
  return gain;
}

/** The adjoining columns of cells that gain most together. */
function bestRun(screen: BeforeAndAfter, area: Rect, distance: number): Rect | undefined {
  let best: { rect: Rect; gain: number } | undefined;
  let run: typeof best;
  for (const column of columnsOf(area)) {
    const gain = gainOf(screen, column, distance);
    // A column of background gains nothing and loses nothing: it may join, so that a run is not cut by a margin.
    if (gain < 0) run = undefined;
    else run = { rect: run ? unite(run.rect, column) : column, gain: (run?.gain ?? 0) + gain };
    if (run && run.gain > (best?.gain ?? 0)) best = run;
  }
  return best?.rect;
}

/** How far most of what changed in `area` moved up (negative: down), undefined when it did not move. */
export function findDistance(screen: BeforeAndAfter, area: Rect): number | undefined {
  return area.width < STRIP_WIDTH || area.height < MIN_HEIGHT ? undefined : vote(screen, area);
}

/** The part of `area` that a move by this distance makes right, if there is one of `minHeight` rows. */
export function moveBy(
  screen: BeforeAndAfter,
  area: Rect,
  { distance, minHeight = MIN_HEIGHT }: { distance: number; minHeight?: number },
): Scroll | undefined {
  const run = bestRun(screen, area, distance);
  if (run === undefined) return undefined;
  const rows = rowsOf(run, distance, screen.after.height);
  const isMoved = (row: number): boolean => isMovedRow(screen, run, { row, distance }) === 'moved';
  let { top, bottom } = rows;
  while (top < bottom && !isMoved(top)) top++;
  while (bottom > top && !isMoved(bottom - 1)) bottom--;
  return bottom - top < minHeight ? undefined : { rect: { ...run, y: top, height: bottom - top }, distance };
}
