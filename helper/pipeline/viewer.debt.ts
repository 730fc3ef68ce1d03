/**
 * What viewers still lack. `stale`: pixels whose latest state was not sent. `lossy`: cells whose latest state was sent
 * as video and is to be sent again, exactly, once it has come to rest.
 */
import { CellBounds, type CellGrid } from './cells.ts';
import { boundsOf, contains, intersect, subtract, type Rect } from './rects.ts';

export class ViewerDebt {
  readonly stale: CellBounds;
  readonly #grid: CellGrid;
  #lossy = new Set<number>();

  constructor(grid: CellGrid) {
    this.#grid = grid;
    this.stale = new CellBounds(grid);
  }

  get isEmpty(): boolean {
    return this.stale.isEmpty && this.#lossy.size === 0;
  }

  lossyCells(): number[] {
    return [...this.#lossy].sort((a, b) => a - b);
  }

  addStale(changes: CellBounds): void {
    for (const cell of changes.cells()) this.stale.add(cell, changes.boundsOf(cell));
  }

  addEverything(): void {
    for (let cell = 0; cell < this.#grid.count; cell++) this.stale.addWhole(cell);
  }

  /** Video has painted this rectangle with the latest pixels, not exactly. */
  paidByVideo(painted: Rect): void {
    for (const cell of this.#grid.touching(painted)) {
      this.#reduce(cell, painted);
      this.#lossy.add(cell);
    }
  }

  /** These pixels of the cell were sent exactly. */
  paidExactly(cell: number, painted: Rect): void {
    this.#reduce(cell, painted);
    if (contains(painted, this.#grid.rectOf(cell))) this.#lossy.delete(cell);
  }

  /**
   * Viewers have moved their pixels: `rect` now shows what was `distance` rows further down, with its debts. The truth
   * has been moved likewise.
   */
  scrolled(rect: Rect, distance: number): void {
    const staleBefore = this.stale.clone();
    const lossyBefore = new Set(this.#lossy);
    for (const cell of this.#grid.touching(rect)) {
      const moved = intersect(rect, this.#grid.rectOf(cell));
      if (moved === undefined) continue;
      const sources = this.#grid.touching({ ...moved, y: moved.y + distance });
      this.paidExactly(cell, moved);
      if (sources.some((source) => lossyBefore.has(source))) this.#lossy.add(cell);
      if (sources.some((source) => staleBefore.has(source))) this.stale.add(cell, moved);
    }
  }

  #reduce(cell: number, painted: Rect): void {
    if (!this.stale.has(cell)) return;
    const rest = boundsOf(subtract(this.stale.boundsOf(cell), [painted]));
    this.stale.remove(cell);
    if (rest) this.stale.add(cell, rest);
  }
}
