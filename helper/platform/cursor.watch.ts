/**
 * Shape and position of the mouse pointer, for systems that tell neither to a program in the background: they are asked,
 * after each input that is heard, and at a steady pace for what programs do.
 */
import type { InputEar } from './heard.input.ts';
import type { CursorShape } from './platform.ts';

const LOOK_EVERY_MS = 33;

export interface CursorListeners {
  onShape(shape: CursorShape): void;
  /** Coordinates of the desktop. */
  onMove(x: number, y: number, isLocal: boolean): void;
}

export type DrawnCursor = Omit<CursorShape, 'serial'>;

export interface CursorLook {
  x: number;
  y: number;
  /** Undefined when it is as it was, or not known now. */
  newShape(): DrawnCursor | undefined;
}

export interface CursorWatchOptions {
  ear: InputEar;
  /** Undefined when the system does not say. */
  look: () => CursorLook | undefined;
  onError: (error: unknown) => void;
}

/** Watches while somebody listens. */
export class CursorWatch {
  readonly #options: CursorWatchOptions;
  readonly #stopListening: () => void;
  readonly #listeners = new Set<CursorListeners>();
  #timer: NodeJS.Timeout | undefined;
  #place: { x: number; y: number } | undefined;
  #shape: CursorShape | undefined;

  constructor(options: CursorWatchOptions) {
    this.#options = options;
    this.#stopListening = options.ear.listen(({ kind }) => {
      // It is heard before the pointer moves.
      if (kind === 'pointer') setImmediate(() => this.#look());
    });
  }

  /** The listener hears the present shape and position soon, then every change. */
  listen(listeners: CursorListeners): () => void {
    this.#listeners.add(listeners);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
    setImmediate(() => {
      this.#look();
      if (!this.#listeners.has(listeners)) return;
      if (this.#shape) listeners.onShape(this.#shape);
      if (this.#place) listeners.onMove(this.#place.x, this.#place.y, this.#isLocal());
    });
    return () => {
      this.#listeners.delete(listeners);
      if (this.#listeners.size === 0) this.#rest();
    };
  }

  close(): void {
    this.#stopListening();
    this.#listeners.clear();
    this.#rest();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #isLocal(): boolean {
    return !this.#options.ear.isPointerInjected();
  }

  #look(): void {
    if (this.#listeners.size === 0) return;
    try {
      const seen = this.#options.look();
      if (!seen) return;
      this.#notePlace(seen);
      this.#noteShape(seen.newShape());
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #notePlace({ x, y }: CursorLook): void {
    if (x === this.#place?.x && y === this.#place.y) return;
    this.#place = { x, y };
    const isLocal = this.#isLocal();
    for (const { onMove } of this.#listeners) onMove(x, y, isLocal);
  }

  #noteShape(drawn: DrawnCursor | undefined): void {
    if (!drawn) return;
    this.#shape = { serial: (this.#shape?.serial ?? 0) + 1, ...drawn };
    for (const { onShape } of this.#listeners) onShape(this.#shape);
  }
}
