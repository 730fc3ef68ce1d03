/** The grid of 64 × 64 pixel cells in which changes and debts are kept. */
import type { Rect } from './rects.ts';

export const CELL = 64;

/** Cut where rows of cells meet. */
export function bandsOf(rect: Rect): Rect[] {
  const bands: Rect[] = [];
  const bottom = rect.y + rect.height;
  for (let y = rect.y; y < bottom; y += bands.at(-1)?.height ?? bottom) {
    bands.push({ ...rect, y, height: Math.min(bottom, (Math.floor(y / CELL) + 1) * CELL) - y });
  }
  return bands;
}

/** Cut where columns of cells meet. */
export function columnsOf(rect: Rect): Rect[] {
  const columns: Rect[] = [];
  const right = rect.x + rect.width;
  for (let x = rect.x; x < right; x += columns.at(-1)?.width ?? right) {
    columns.push({ ...rect, x, width: Math.min(right, (Math.floor(x / CELL) + 1) * CELL) - x });
  }
  return columns;
}

export class CellGrid {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly count: number;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.columns = Math.ceil(width / CELL);
    this.count = this.columns * Math.ceil(height / CELL);
  }

  rectOf(cell: number): Rect {
    const x = (cell % this.columns) * CELL;
    const y = Math.floor(cell / this.columns) * CELL;
    return { x, y, width: Math.min(CELL, this.width - x), height: Math.min(CELL, this.height - y) };
  }

  /** Cells that share a pixel with the rectangle (which lies on the screen), row by row. */
  touching({ x, y, width, height }: Rect): number[] {
    const cells: number[] = [];
    for (let row = Math.floor(y / CELL); row * CELL < y + height; row++) {
      for (let column = Math.floor(x / CELL); column * CELL < x + width; column++) {
        cells.push(row * this.columns + column);
      }
    }
    return cells;
  }

  /** Groups of cells that touch each other, diagonally as well. */
  components(cells: readonly number[]): number[][] {
    const open = new Set(cells);
    const groups: number[][] = [];
    for (const cell of cells) {
      if (!open.delete(cell)) continue;
      const group = [cell];
      for (const member of group) {
        for (const neighbour of this.#neighbours(member)) if (open.delete(neighbour)) group.push(neighbour);
      }
      groups.push(group);
    }
    return groups;
  }

  #neighbours(cell: number): number[] {
    const { columns } = this;
    const column = cell % columns;
    const left = column > 0 ? [cell - 1, cell - 1 - columns, cell - 1 + columns] : [];
    const right = column < columns - 1 ? [cell + 1, cell + 1 - columns, cell + 1 + columns] : [];
    return [cell - columns, cell + columns, ...left, ...right];
  }
}

/** For each cell the bounds of the pixels in it that count, if any. */
export class CellBounds {
  readonly #grid: CellGrid;
  /** left, top, right, bottom of each marked cell. */
  readonly #edges: Uint16Array;
  #marked = new Set<number>();

  constructor(grid: CellGrid) {
    this.#grid = grid;
    this.#edges = new Uint16Array(grid.count * 4);
  }

  get isEmpty(): boolean {
    return this.#marked.size === 0;
  }

  /** Marked cells in reading order. */
  cells(): number[] {
    return [...this.#marked].sort((a, b) => a - b);
  }

  has(cell: number): boolean {
    return this.#marked.has(cell);
  }

  /** Adds a rectangle that lies inside the cell. */
  add(cell: number, { x, y, width, height }: Rect): void {
    const at = cell * 4;
    const edges = this.#edges;
    const isNew = !this.#marked.has(cell);
    edges[at] = isNew ? x : Math.min(edges[at] ?? x, x);
    edges[at + 1] = isNew ? y : Math.min(edges[at + 1] ?? y, y);
    edges[at + 2] = isNew ? x + width : Math.max(edges[at + 2] ?? 0, x + width);
    edges[at + 3] = isNew ? y + height : Math.max(edges[at + 3] ?? 0, y + height);
    this.#marked.add(cell);
  }

  addWhole(cell: number): void {
    this.add(cell, this.#grid.rectOf(cell));
  }

  remove(cell: number): void {
    this.#marked.delete(cell);
  }

  clear(): void {
    this.#marked.clear();
  }

  boundsOf(cell: number): Rect {
    const [x = 0, y = 0, right = 0, bottom = 0] = this.#edges.subarray(cell * 4, cell * 4 + 4);
    return { x, y, width: right - x, height: bottom - y };
  }

  /** The bounds of all marked cells in reading order. */
  rects(): Rect[] {
    return this.cells().map((cell) => this.boundsOf(cell));
  }

  clone(): CellBounds {
    const copy = new CellBounds(this.#grid);
    copy.#edges.set(this.#edges);
    copy.#marked = new Set(this.#marked);
    return copy;
  }
}
