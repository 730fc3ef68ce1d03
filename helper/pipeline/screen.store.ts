/**
 * The shared screen as it may be shown: what was captured, with masks painted over it before anything else happens.
 * `truth` is what viewers are to see; `staged` is the picture that has just come in. A masked pixel enters neither.
 */
import type { FillRegion } from '../../protocol/picture.ts';
import type { Picture } from '../platform/platform.ts';
import { CellBounds, CellGrid, bandsOf } from './cells.ts';
import { COLOUR_BITS, Pixels } from './pixels.ts';
import { mergeRects } from './rect.merging.ts';
import { boundsOf, intersect, subtract, type Rect } from './rects.ts';

export class ScreenStore {
  readonly width: number;
  readonly height: number;
  readonly grid: CellGrid;
  readonly truth: Pixels;
  readonly staged: Pixels;
  readonly #screen: Rect;
  readonly #maskColour: number;
  #masks: Rect[] = [];
  /** Was masked and is not any more: to be taken from the next picture. The whole screen at first. */
  #missing: Rect[];

  constructor(width: number, height: number, maskColour: number) {
    this.width = width;
    this.height = height;
    this.grid = new CellGrid(width, height);
    this.truth = new Pixels(width, height);
    this.staged = new Pixels(width, height);
    this.#screen = { x: 0, y: 0, width, height };
    this.#maskColour = maskColour;
    this.#missing = [this.#screen];
  }

  /** Covers these areas from now on and returns what that changes; what is uncovered shows with the next picture. */
  setMasks(masks: readonly Rect[]): CellBounds {
    const next = masks.flatMap((mask) => intersect(mask, this.#screen) ?? []);
    this.#missing.push(...this.#masks.flatMap((mask) => subtract(mask, next)));
    for (const mask of next) this.#cover(this.staged, mask);
    const changes = this.compare(next);
    this.#masks = next;
    return changes;
  }

  /**
   * Takes in the damaged parts of a picture, masks left out, and returns the bounds of what was taken of each: what lies
   * around a mask belongs together.
   */
  stage(picture: Picture): Rect[] {
    const missing = this.#missing.splice(0);
    const damage = [...picture.damage, ...missing].flatMap((rect) => intersect(rect, this.#screen) ?? []);
    return damage.flatMap((rect) => {
      const open = subtract(rect, this.#masks);
      for (const part of open) this.#take(picture, part);
      return boundsOf(open) ?? [];
    });
  }

  /** Paints what is masked of this rectangle … */
  coversOf(rect: Rect): FillRegion[] {
    return this.#maskedIn(rect).map((part) => ({ kind: 'fill', rect: part, colour: this.#maskColour }));
  }

  /** … and this is the rest of it. */
  openPartsOf(rect: Rect): Rect[] {
    return subtract(rect, this.#masks);
  }

  /** Where staged and truth differ within these rectangles; under masks they do not, so that whole rows can be compared. */
  compare(rects: readonly Rect[]): CellBounds {
    const changes = new CellBounds(this.grid);
    for (const band of rects.flatMap(bandsOf)) {
      const rows = this.#differingRows(band);
      for (const cell of rows ? this.grid.touching(rows) : []) {
        const part = rows && intersect(rows, this.grid.rectOf(cell));
        const bounds = part && boundsOf(this.openPartsOf(part).flatMap((open) => this.#differingBounds(open) ?? []));
        if (bounds) changes.add(cell, bounds);
      }
    }
    return changes;
  }

  /** Makes the staged pixels of these changes the truth. */
  commit(changes: CellBounds): void {
    const { staged, truth, width: screenWidth } = this;
    for (const { x, y, width, height } of mergeRects(changes.rects())) {
      const isContiguous = width === screenWidth;
      const length = isContiguous ? width * height : width;
      for (let row = y; row < y + height; row += isContiguous ? height : 1) {
        const at = row * screenWidth + x;
        staged.bytes.copy(truth.bytes, at * 4, at * 4, (at + length) * 4);
      }
    }
  }

  /**
   * Moves truth within the screen by whole rows: the pixels at `rect` become those `distance` rows further down. Masks stay
   * where they are.
   */
  scroll(rect: Rect, distance: number): void {
    const { width } = this;
    for (let step = 0; step < rect.height; step++) {
      const row = distance > 0 ? rect.y + step : rect.y + rect.height - 1 - step;
      const from = (row + distance) * width + rect.x;
      this.truth.words.copyWithin(row * width + rect.x, from, from + rect.width);
    }
    // What comes from beneath a mask is covered already.
    const sources = this.#masks.map((mask) => ({ ...mask, y: mask.y - distance }));
    for (const part of this.#maskedIn(rect).flatMap((masked) => subtract(masked, sources)))
      this.#cover(this.truth, part);
  }

  #maskedIn(rect: Rect): Rect[] {
    return this.#masks.flatMap((mask) => intersect(mask, rect) ?? []);
  }

  #cover(pixels: Pixels, rect: Rect): void {
    for (let row = rect.y; row < rect.y + rect.height; row++) {
      const at = row * this.width + rect.x;
      pixels.words.fill(this.#maskColour, at, at + rect.width);
    }
  }

  #take({ pixels, stride }: Picture, { x, y, width, height }: Rect): void {
    const isContiguous = width === this.width && stride === width * 4;
    const rows = isContiguous ? height : 1;
    for (let row = y; row < y + height; row += rows) {
      const from = row * stride + x * 4;
      this.staged.bytes.set(pixels.subarray(from, from + rows * width * 4), (row * this.width + x) * 4);
    }
  }

  /** The band without the rows at its top and bottom that are the same, undefined when all are. */
  #differingRows({ x, y, width, height }: Rect): Rect | undefined {
    const isSame = (row: number): boolean => {
      const at = row * this.width + x;
      return this.staged.isSameRun(at, width, { other: this.truth, otherAt: at });
    };
    let top = y;
    while (top < y + height && isSame(top)) top++;
    if (top === y + height) return undefined;
    let bottom = y + height;
    while (isSame(bottom - 1)) bottom--;
    return { x, y: top, width, height: bottom - top };
  }

  #differingBounds({ x, y, width, height }: Rect): Rect | undefined {
    let top = y;
    let left = x + width;
    for (; top < y + height; top++) {
      left = this.#firstDifference(top, x, x + width);
      if (left < x + width) break;
    }
    if (top === y + height) return undefined;
    let bottom = y + height - 1;
    while (bottom > top && this.#firstDifference(bottom, x, x + width) === x + width) bottom--;
    let right = left + 1;
    for (let row = top; row <= bottom; row++) {
      left = this.#firstDifference(row, x, left);
      right = this.#lastDifference(row, right, x + width);
    }
    return { x: left, y: top, width: right - left, height: bottom + 1 - top };
  }

  /** The first differing column of a row in [from, to), or `to`. */
  #firstDifference(row: number, from: number, to: number): number {
    const staged = this.staged.words;
    const truth = this.truth.words;
    const base = row * this.width;
    let at = base + from;
    const end = base + to;
    while (at < end && (((staged[at] ?? 0) ^ (truth[at] ?? 0)) & COLOUR_BITS) === 0) at++;
    return at - base;
  }

  /** One past the last differing column of a row in [from, to), or `from`. */
  #lastDifference(row: number, from: number, to: number): number {
    const staged = this.staged.words;
    const truth = this.truth.words;
    const base = row * this.width;
    let at = base + to;
    const end = base + from;
    while (at > end && (((staged[at - 1] ?? 0) ^ (truth[at - 1] ?? 0)) & COLOUR_BITS) === 0) at--;
    return at - base;
  }
}
