/** Follows one screen from picture to picture: keeps the truth, and what viewers lack of it. */
import type { CopyRegion, FillRegion } from '../../protocol/picture.ts';
import type { Picture } from '../platform/platform.ts';
import type { CellBounds } from './cells.ts';
import type { Pixels } from './pixels.ts';
import { areaOf, boundsOf, contains, intersect, type Rect } from './rects.ts';
import { ScreenStore } from './screen.store.ts';
import { findDistance, moveBy, type Scroll } from './scroll.ts';
import { ViewerDebt } from './viewer.debt.ts';

const MIN_SCROLL_CELLS = 3;
/** Damage of at least this size is searched for scrolling before anything else: 256 × 256. */
const MIN_SCROLL_PIXELS = 1 << 16;
const MAX_SCROLLS = 2;
/** Pieces beside what scrolls, and the rows from which on a copy is worth its place. */
const MAX_PIECES = 4;
const MIN_PIECE_HEIGHT = 8;

/** Masks stay where they are when what is around them moves. */
export type Move = CopyRegion | FillRegion;

export interface Followed {
  /** What viewers move first, and cover again of it, in this order; already noted in the debt. */
  moves: Move[];
  /** Cells that changed otherwise. */
  changed: number[];
}

export class ScreenFollower {
  readonly store: ScreenStore;
  readonly debt: ViewerDebt;

  constructor(size: { width: number; height: number }, maskColour: number) {
    this.store = new ScreenStore(size.width, size.height, maskColour);
    this.debt = new ViewerDebt(this.store.grid);
  }

  cover(masks: readonly Rect[]): void {
    const changes = this.store.setMasks(masks);
    this.store.commit(changes);
    this.debt.addStale(changes);
  }

  /** Takes in a picture. Scrolling is looked for outside `moving`, the picture in motion, unless it is to be left out. */
  follow(picture: Picture, options: { moving: Rect | undefined; withScroll: boolean }): Followed {
    const damage = this.store.stage(picture);
    const areas = options.withScroll ? damage.filter((rect) => isScrollArea(rect, options.moving)) : [];
    const moves = this.#scrollAny(areas, damage);
    let changes = this.store.compare(damage);
    // Damage may be coarser than what scrolled: look once more where something did change.
    if (options.withScroll && moves.length === 0) {
      const smaller = this.#changedAreas(changes, options.moving).filter(
        (area) => !areas.some((tried) => isMostOf(area, tried)),
      );
      moves.push(...this.#scrollAny(smaller, []));
      for (const { kind, rect } of moves) if (kind === 'copy') changes = this.#compareAgain(changes, rect);
    }
    this.store.commit(changes);
    this.debt.addStale(changes);
    return { moves, changed: changes.cells() };
  }

  /** The largest areas that changed. */
  #changedAreas(changes: CellBounds, moving: Rect | undefined): Rect[] {
    const cells = changes.cells().filter((cell) => !moving || !contains(moving, changes.boundsOf(cell)));
    return this.store.grid
      .components(cells)
      .filter((group) => group.length >= MIN_SCROLL_CELLS)
      .flatMap((group) => boundsOf(group.map((cell) => changes.boundsOf(cell))) ?? []);
  }

  /** Looks for scrolling in the largest of these areas, and for the same movement in what lies around it. */
  #scrollAny(areas: readonly Rect[], around: readonly Rect[]): Move[] {
    const largest = areas.toSorted((a, b) => areaOf(b) - areaOf(a)).slice(0, MAX_SCROLLS);
    return largest.flatMap((area, at) => {
      const distance = findDistance(this.#screen(), area);
      if (distance === undefined) return [];
      // A window in front cuts what scrolls behind it in pieces.
      const pieces = at === 0 ? around.filter((rect) => !largest.includes(rect)).slice(0, MAX_PIECES) : [];
      // Along the movement, so that nothing is overwritten before it has been moved itself.
      const ordered = [area, ...pieces].toSorted((a, b) => (distance > 0 ? a.y - b.y : b.y - a.y));
      return ordered.flatMap((rect) => {
        const minHeight = rect === area ? undefined : MIN_PIECE_HEIGHT;
        const move = moveBy(this.#screen(), rect, { distance, ...(minHeight === undefined ? {} : { minHeight }) });
        return move ? this.#apply(move) : [];
      });
    });
  }

  #screen(): { before: Pixels; after: Pixels } {
    return { before: this.store.truth, after: this.store.staged };
  }

  #apply({ rect, distance }: Scroll): Move[] {
    this.store.scroll(rect, distance);
    this.debt.scrolled(rect, distance);
    return [{ kind: 'copy', rect, sourceX: rect.x, sourceY: rect.y + distance }, ...this.store.coversOf(rect)];
  }

  /** Changes after a move: what it touched is compared again. */
  #compareAgain(changes: CellBounds, moved: Rect): CellBounds {
    const { grid } = this.store;
    const touched = new Set(grid.touching(moved));
    const again = this.store.compare([...touched].map((cell) => grid.rectOf(cell)));
    for (const cell of changes.cells()) if (!touched.has(cell)) again.add(cell, changes.boundsOf(cell));
    return again;
  }
}

function isScrollArea(rect: Rect, moving: Rect | undefined): boolean {
  const film = moving && intersect(rect, moving);
  return areaOf(rect) >= MIN_SCROLL_PIXELS && (!film || !isMostOf(film, rect));
}

function isMostOf(part: Rect, whole: Rect): boolean {
  return areaOf(part) > areaOf(whole) / 2;
}
