/** What the sharer hides with their own hand: windows, rectangles, or everything at once. Never refused; outlives a pause. */
import type { OwnMask } from '../consent/consent.views.ts';
import type { Rect } from '../platform/platform.ts';
import type { SessionHandover } from './handover.ts';

export class SharerMasks {
  readonly #windows = new Map<string, string>();
  readonly #rectangles = new Map<string, Rect>();
  #isAllHidden = false;
  #next = 1;
  #onChange: () => void = () => undefined;

  constructor(handed?: SessionHandover['masks']) {
    if (handed === undefined) return;
    this.#isAllHidden = handed.isAllHidden;
    for (const { id, label } of handed.windows) this.hideWindow(id, label);
    for (const rectangle of handed.rectangles) this.hideRectangle(rectangle);
  }

  /** For the process that goes on with the session. */
  handOver(): SessionHandover['masks'] {
    const windows = [...this.#windows].map(([id, label]) => ({ id, label }));
    return { isAllHidden: this.#isAllHidden, windows, rectangles: [...this.#rectangles.values()] };
  }

  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  get isAllHidden(): boolean {
    return this.#isAllHidden;
  }
  get windowIds(): ReadonlySet<string> {
    return new Set(this.#windows.keys());
  }
  /** Pixels of the shared screen. */
  get rectangles(): readonly Rect[] {
    return [...this.#rectangles.values()];
  }

  list(): OwnMask[] {
    const windows = [...this.#windows].map(([id, label]) => ({ id, label }));
    const rectangles = [...this.#rectangles].map(([id, { width, height }]) => ({ id, label: `${width} × ${height}` }));
    return [...windows, ...rectangles];
  }

  hideAll(isHidden: boolean): void {
    this.#isAllHidden = isHidden;
    this.#onChange();
  }

  /** `label` is for the sharer's own eyes. */
  hideWindow(id: string, label: string): void {
    this.#windows.set(id, label);
    this.#onChange();
  }

  hideRectangle(rectangle: Rect): void {
    this.#rectangles.set(`rectangle-${this.#next++}`, rectangle);
    this.#onChange();
  }

  show(id: string): void {
    this.#windows.delete(id);
    this.#rectangles.delete(id);
    this.#onChange();
  }
}
