/**
 * One screen by duplication, which Windows takes away whenever the desktop changes (another resolution, a UAC prompt, the lock
 * screen): then it is made anew, and given up when that fails three times in a row. No call of the system in here.
 */
import { coalesceDamage } from '../damage.regions.ts';
import type { Rect } from '../platform.ts';
import type { ScreenPictures } from '../screen.pictures.ts';

/** What the system gives, as `desktop.duplication.ts` does. */
export interface Duplication {
  /** Where the screen has changed since the last call, the whole of it at first; throws when it was taken away. */
  next(): Rect[];
  /** Copies these parts, as they were at the last `next`, into a picture of the whole screen. */
  read(rects: readonly Rect[], pixels: Uint8Array): Promise<void>;
  close(): void;
}

export interface DuplicatedScreenOptions {
  size: Pick<Rect, 'width' | 'height'>;
  open: () => Promise<Duplication>;
  /** Resolves when what is on the desktop now has been put together to a picture. */
  untilComposed: () => Promise<unknown>;
  /** Whether nobody may look at the moment, which is no failure. */
  isDenied: (cause: unknown) => boolean;
  now: () => number;
}

const MAX_FAILURES = 3;
/** A new resolution takes a while until everything is there again. */
const AGAIN_MS = 300;

export class DuplicatedScreen implements ScreenPictures {
  readonly method = { name: 'windows-duplication', why: undefined } as const;
  /** A look asks and copies nothing. */
  readonly looks = { firstMs: 8, lastMs: 33 } as const;
  readonly previous: Uint8Array;
  readonly #options: DuplicatedScreenOptions;
  readonly #whole: Rect;
  #duplication: Duplication | undefined;
  #isOpening = false;
  #isClosed = false;
  /** Why there will be none any more. */
  #end: { cause: unknown } | undefined;
  /** Not read yet. */
  #changes: Rect[] = [];
  #hasPicture = false;
  #everHadPicture = false;
  /** In a row. */
  #failures = 0;
  #againAt = -Infinity;

  constructor(options: DuplicatedScreenOptions) {
    this.#options = options;
    this.#whole = { x: 0, y: 0, ...options.size };
    this.previous = new Uint8Array(options.size.width * options.size.height * 4);
  }

  /** Rejects when duplication is given up; false when Windows shows nothing, or nothing yet. */
  async copy({ isForGrab }: { isForGrab: boolean }): Promise<boolean> {
    this.#openSoon();
    // Windows are where they were said to be only in pictures that are made from now on: masks rely on it.
    if (isForGrab && this.#hasPicture) await this.#options.untilComposed();
    try {
      this.#note(this.#duplication?.next() ?? []);
    } catch (cause) {
      this.#lose(cause);
    }
    if (this.#end) throw this.#end.cause;
    return this.#hasPicture;
  }

  changes(): readonly Rect[] {
    return this.#changes;
  }

  async keep(): Promise<void> {
    const changes = this.#changes;
    this.#changes = [];
    try {
      await this.#duplication?.read(changes, this.previous);
    } catch (cause) {
      this.#lose(cause);
      throw cause;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  /** In the background: a driver takes its time. */
  #openSoon(): void {
    if (this.#duplication || this.#isOpening || this.#isClosed || this.#end) return;
    if (this.#options.now() < this.#againAt) return;
    this.#isOpening = true;
    const opened = (duplication: Duplication): void => {
      if (this.#isClosed) duplication.close();
      else this.#duplication = duplication;
    };
    void this.#options
      .open()
      .then(opened, (cause: unknown) => this.#lose(cause))
      .finally(() => (this.#isOpening = false));
  }

  #note(changes: Rect[]): void {
    if (changes.length === 0) return;
    this.#failures = 0;
    this.#hasPicture = true;
    this.#everHadPicture = true;
    this.#changes = coalesceDamage([...this.#changes, ...changes], this.#whole);
  }

  #lose(cause: unknown): void {
    this.#drop();
    this.#againAt = this.#options.now() + AGAIN_MS;
    if (this.#options.isDenied(cause)) return;
    this.#failures += 1;
    // One that never worked is not waited for.
    if (!this.#everHadPicture || this.#failures >= MAX_FAILURES) this.#end = { cause };
  }

  /** What was not read is gone; the next one begins with the whole screen. */
  #drop(): void {
    this.#duplication?.close();
    this.#duplication = undefined;
    this.#changes = [];
    this.#hasPicture = false;
  }
}
