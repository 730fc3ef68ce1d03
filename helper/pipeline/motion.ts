/**
 * Decides what travels as video: one rectangle of the screen where photograph-like content has appeared or keeps moving.
 * Everything else is sent losslessly.
 */
import type { CellBounds, CellGrid } from './cells.ts';
import { areaOf, boundsOf, contains, intersect, isSameRect, unite, type Rect } from './rects.ts';

/** Changes count less the older they are: after this time by a factor of e. */
const HEAT_DECAY_MS = 500;
/** Reached by a cell that changes six times a second or more. */
const HOT = 3.5;
/** Reached by a cell that changes for the third time within a few frames … */
const WARM = 2.2;
/** … and for the second time within a quarter of a second. */
const MOVING = 1.6;
/** The tiles of a cell are dear at three bits for each of its pixels. Smooth text takes less, however it comes in strips. */
const DEAR_BYTES_PER_PIXEL = 3 / 8;
/** So many photograph-like cells at once (64 KiB of pixels) go as video, even if they never change again. */
const MIN_CELLS = 16;
const MIN_HOT_CELLS = 4;
/** Next to a moving picture, so that its margin joins it. */
const MIN_ADJOINING_CELLS = 2;
/** Flat but moving content goes as video when it is at least this large and tiles of it cost too much. */
const MIN_COSTLY_CELLS = 32;
const RECENT_MS = 500;
/** Lossy cells are sent exactly when they have been still for so long; longer after motion, which may have stalled. */
const SETTLE_MS = 100;
const SETTLE_AFTER_MOTION_MS = 200;
/** A changed area of which this part is photograph-like is a film as a whole. */
const MIN_SHARE = 0.4;
/** How much larger one rectangle around two may be than both, before the larger of them is taken alone. */
const MAX_SPREAD = 1.6;
/** A rectangle of which less than this is in use shrinks to what is. */
const MIN_USE = 0.6;
const USE_PERIOD_MS = 1000;

export interface MotionQuestion {
  /** What viewers lack. */
  stale: CellBounds;
  /** Like a photograph: dear as a tile, hardly the worse for being sent as video. */
  isPhoto(rect: Rect): boolean;
  /** Like text or a control: cheap as a tile, unpleasant as video. Some content is neither. */
  isText(rect: Rect): boolean;
  /** Tiles have lately cost more than the path should carry. */
  isCostly: boolean;
  isKey: boolean;
  now: number;
}

export interface VideoPlan {
  /** The coded picture. */
  coded: Rect;
  /** The part of it that is to be painted. */
  painted: Rect;
  /** Cells of the painted part that are better repeated losslessly on top: text and controls that do not move. */
  overlaid: number[];
}

interface Candidate {
  cell: number;
  bounds: Rect;
  heat: number;
  isPhoto: boolean;
  /** Its last tile was dear, and soon after it has changed again. */
  isDear: boolean;
}

export class MotionPlanner {
  readonly #grid: CellGrid;
  readonly #screen: Rect;
  readonly #heat: Float32Array;
  readonly #changedAt: Float64Array;
  /** What the cell cost when it was last sent as tiles, in bytes for each pixel of the whole cell. */
  readonly #tileCost: Float32Array;
  /** When video last painted on the cell. */
  readonly #paintedAt: Float64Array;
  #coded: Rect | undefined;
  #usedAt = Number.NEGATIVE_INFINITY;
  #use: { since: number; bounds: Rect } | undefined;

  constructor(grid: CellGrid) {
    this.#grid = grid;
    // H.264 with halved chroma wants even sides; an odd last row or column stays with the tiles.
    this.#screen = { x: 0, y: 0, width: grid.width & ~1, height: grid.height & ~1 };
    this.#heat = new Float32Array(grid.count);
    this.#tileCost = new Float32Array(grid.count);
    this.#changedAt = new Float64Array(grid.count).fill(Number.NEGATIVE_INFINITY);
    this.#paintedAt = new Float64Array(grid.count).fill(Number.NEGATIVE_INFINITY);
  }

  noteChanges(cells: readonly number[], now: number): void {
    for (const cell of cells) {
      this.#heat[cell] = this.#heatAt(cell, now) + 1;
      this.#changedAt[cell] = now;
    }
  }

  /** A rectangle was sent as tiles of so many bytes. */
  noteTiles(rect: Rect, bytes: number): void {
    for (const cell of this.#grid.touching(rect)) {
      const whole = this.#grid.rectOf(cell);
      const part = intersect(rect, whole);
      // A line of text costs much for its few pixels and is cheap all the same.
      this.#tileCost[cell] = part ? ((bytes / areaOf(rect)) * areaOf(part)) / areaOf(whole) : 0;
    }
  }

  /** When a lossy cell may be sent exactly. */
  settlesAt(cell: number): number {
    const isMoving = (this.#heat[cell] ?? 0) >= WARM;
    const still = (this.#changedAt[cell] ?? 0) + (isMoving ? SETTLE_AFTER_MOTION_MS : SETTLE_MS);
    // Under a film that goes on, exact pixels would be painted over by its next frame.
    return Math.max(still, (this.#paintedAt[cell] ?? 0) + SETTLE_MS);
  }

  /** The rectangle that was last sent as video is not needed any more after two seconds. */
  isIdle(now: number): boolean {
    return now - this.#usedAt > 4 * RECENT_MS;
  }

  forget(): void {
    this.#coded = undefined;
    this.#use = undefined;
  }

  /** What of this frame goes as video, if anything does. */
  plan(question: MotionQuestion): VideoPlan | undefined {
    const candidates = this.#candidates(question);
    if (candidates === undefined) return undefined;
    const coded = this.#place(candidates, question);
    if (coded === undefined) return undefined;
    const inside = candidates.filter(({ bounds }) => contains(coded, bounds));
    const painted = boundsOf(inside.map(({ bounds }) => bounds));
    if (painted === undefined) return undefined;
    for (const cell of this.#grid.touching(painted)) this.#paintedAt[cell] = question.now;
    const isOverlaid = ({ cell, heat, isDear }: Candidate): boolean =>
      (question.isKey || (heat < WARM && !isDear)) && question.isText(this.#grid.rectOf(cell));
    return {
      coded: this.#settle(coded, painted, question.now),
      painted,
      overlaid: inside.filter(isOverlaid).map(({ cell }) => cell),
    };
  }

  #isRecent(now: number): boolean {
    return this.#coded !== undefined && now - this.#usedAt < RECENT_MS;
  }

  #heatAt(cell: number, now: number): number {
    return (this.#heat[cell] ?? 0) * Math.exp(((this.#changedAt[cell] ?? 0) - now) / HEAT_DECAY_MS);
  }

  /** Undefined when so little changed that video is out of the question. */
  #candidates({ stale, isPhoto, isKey, now }: MotionQuestion): Candidate[] | undefined {
    const cells = stale.cells();
    if (cells.length < MIN_ADJOINING_CELLS) return undefined;
    const current = isKey && this.#isRecent(now) ? this.#coded : undefined;
    return cells.flatMap((cell) => {
      const whole = intersect(stale.boundsOf(cell), this.#screen);
      // A key makes whole cells stale: at the margin of a film, only what lies in it is the film.
      const bounds = (whole && current && intersect(whole, current)) ?? whole;
      if (bounds === undefined) return [];
      const heat = this.#heatAt(cell, now);
      const isDear = heat >= MOVING && (this.#tileCost[cell] ?? 0) >= DEAR_BYTES_PER_PIXEL;
      return { cell, bounds, heat, isPhoto: isPhoto(bounds), isDear };
    });
  }

  /** The coded rectangle for this frame: as before, grown, moved, or none. */
  #place(candidates: readonly Candidate[], question: MotionQuestion): Rect | undefined {
    const current = this.#coded;
    const isRecent = this.#isRecent(question.now);
    const wanted = question.isKey
      ? this.#keyRect(candidates, isRecent)
      : this.#motionRect(candidates, { isCostly: question.isCostly, isRecent });
    if (wanted === undefined) return undefined;
    const isRoomy = current !== undefined && contains(current, wanted);
    if (isRoomy && (isRecent || areaOf(current) <= 2 * areaOf(wanted))) return current;
    return this.#even(current && isRecent ? this.#join(current, wanted) : wanted);
  }

  /** A key frame takes all photographs in one rectangle: as tiles they would cost more than the space between them. */
  #keyRect(candidates: readonly Candidate[], isRecent: boolean): Rect | undefined {
    const photos = candidates.filter(({ isPhoto }) => isPhoto);
    return isRecent || photos.length >= MIN_CELLS ? boundsOfAll(photos) : undefined;
  }

  /** The largest area that has become, or goes on to be, a moving picture. */
  #motionRect(
    candidates: readonly Candidate[],
    { isCostly, isRecent }: { isCostly: boolean; isRecent: boolean },
  ): Rect | undefined {
    const isVideo = ({ isPhoto, isDear, heat }: Candidate): boolean => isPhoto || isDear || (isCostly && heat >= WARM);
    const rects = this.#groups(candidates).flatMap((group) => {
      const video = group.filter(isVideo);
      if (video.length < MIN_SHARE * group.length) {
        return this.#groups(video).filter((part) => isEnough(part, isRecent));
      }
      // Mostly a film: its flat parts belong to it, from the start or once they are seen to move.
      const whole = isRecent ? group.filter((member) => isVideo(member) || member.heat >= WARM) : group;
      return isEnough(video, isRecent) ? [whole] : [];
    });
    return rects.flatMap((group) => boundsOfAll(group) ?? []).sort((a, b) => areaOf(b) - areaOf(a))[0];
  }

  /** Candidates whose cells touch each other. */
  #groups(candidates: readonly Candidate[]): Candidate[][] {
    const byCell = new Map(candidates.map((candidate) => [candidate.cell, candidate]));
    return this.#grid.components([...byCell.keys()]).map((cells) => cells.flatMap((cell) => byCell.get(cell) ?? []));
  }

  #join(current: Rect, fresh: Rect): Rect {
    const both = unite(current, fresh);
    if (areaOf(both) <= MAX_SPREAD * (areaOf(current) + areaOf(fresh))) return both;
    return areaOf(fresh) > areaOf(current) ? fresh : current;
  }

  /** Remembers what is in use; shrinks to it when it has been much less than the whole for a while. */
  #settle(coded: Rect, painted: Rect, now: number): Rect {
    const isSame = isSameRect(coded, this.#coded);
    this.#usedAt = now;
    if (!isSame || this.#use === undefined) this.#use = { since: now, bounds: painted };
    this.#coded = coded;
    this.#use.bounds = unite(this.#use.bounds, painted);
    if (now - this.#use.since < USE_PERIOD_MS) return coded;
    const needed = this.#even(this.#use.bounds);
    if (needed && areaOf(needed) < MIN_USE * areaOf(coded)) this.#coded = needed;
    this.#use = { since: now, bounds: painted };
    return this.#coded;
  }

  /** Grown to even edges, within the even part of the screen. */
  #even(rect: Rect): Rect | undefined {
    const x = rect.x & ~1;
    const y = rect.y & ~1;
    const right = Math.min((rect.x + rect.width + 1) & ~1, this.#screen.width);
    const bottom = Math.min((rect.y + rect.height + 1) & ~1, this.#screen.height);
    return right - x >= 16 && bottom - y >= 16 ? { x, y, width: right - x, height: bottom - y } : undefined;
  }
}

function boundsOfAll(group: readonly Candidate[]): Rect | undefined {
  return boundsOf(group.map(({ bounds }) => bounds));
}

function isEnough(group: readonly Candidate[], isRecent: boolean): boolean {
  const hotPhotos = group.filter(({ isPhoto, heat }) => isPhoto && heat >= HOT).length;
  const dear = group.filter(({ isPhoto, isDear }) => isPhoto || isDear).length;
  return (
    dear >= MIN_CELLS ||
    hotPhotos >= (isRecent ? MIN_ADJOINING_CELLS : MIN_HOT_CELLS) ||
    group.length >= MIN_COSTLY_CELLS
  );
}
