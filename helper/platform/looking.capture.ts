/**
 * Screen capture by looking, for systems that tell nothing of changes: the screen is copied and compared with the picture
 * grabbed last, often while something happens and less often in between. Only while somebody waits for damage.
 */
import { isSameRect } from '../pipeline/rects.ts';
import { coalesceDamage } from './damage.regions.ts';
import { findChanges } from './picture.changes.ts';
import type { CaptureMethod, CaptureSession, CursorShape, Picture, Rect, Screen, ScreenCapture } from './platform.ts';

/** A look comes this soon after a change or an input, and each look in vain makes the next one later. */
const FIRST_LOOK_MS = 25;
const LAST_LOOK_MS = 150;
const LATER = 1.3;
const SCREENS_EVERY_MS = 500;

/** Two pictures of the same screen, BGRX without gaps between rows. */
export interface ScreenPictures {
  /** What `copy` made last. */
  readonly latest: Uint8Array;
  /** What was kept. */
  readonly previous: Uint8Array;
  /** Makes the latest picture the previous one. */
  keep(): void;
  /** False when the system shows us nothing. */
  copy(): Promise<boolean>;
  /** Not while `copy` runs. */
  close(): void;
}

export interface CursorListeners {
  onShape(shape: CursorShape): void;
  /** Coordinates of the desktop. */
  onMove(x: number, y: number, isLocal: boolean): void;
}

/** What a system has to look at. */
export interface ScreenSource {
  readonly method: CaptureMethod;
  screens(): Screen[];
  open(screen: Screen): ScreenPictures;
  /** Hears that something was done, here or from afar. Returns how to stop. */
  onInput(listener: () => void): () => void;
  onCursor(listeners: CursorListeners): () => void;
  onError(error: unknown): void;
}

export interface LookingCapture extends ScreenCapture {
  close(): void;
}

export function openLookingCapture(source: ScreenSource): LookingCapture {
  const sessions = new Set<LookingSession>();
  const follow = setInterval(() => {
    if (sessions.size === 0) return;
    const screens = source.screens();
    for (const session of sessions) session.follow(screens.find(({ id }) => id === session.screen.id));
  }, SCREENS_EVERY_MS);
  follow.unref();
  return {
    screens: () => Promise.resolve(source.screens()),
    open: (screenId) => {
      const screen = source.screens().find(({ id }) => id === screenId);
      if (!screen) return Promise.reject(new Error(`there is no screen ${screenId}`));
      const session = new LookingSession({ ...source, onClose: () => sessions.delete(session) }, screen);
      sessions.add(session);
      return Promise.resolve(session);
    },
    close: () => {
      clearInterval(follow);
      for (const session of sessions) session.close();
    },
  };
}

interface SessionSource extends ScreenSource {
  onClose(): void;
}

class LookingSession implements CaptureSession {
  screen: Screen;
  #pixels: ScreenPictures;
  readonly #source: SessionSource;
  readonly #stops: (() => void)[];
  /** In picture coordinates: what counts as damaged whatever the pixels say. */
  #ownDamage: Rect[] = [];
  #isTold = false;
  #isClosed = false;
  #waitMs = FIRST_LOOK_MS;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer ends. */
  #lookAt = 0;
  #last: Promise<unknown> = Promise.resolve();
  #damageListener: (() => void) | undefined;
  #screenListener: ((change: 'resized' | 'gone') => void) | undefined;

  constructor(source: SessionSource, screen: Screen) {
    this.#source = source;
    this.screen = screen;
    this.#pixels = this.#source.open(screen);
    this.#stops = [source.onInput(() => this.#expectChanges())];
    this.invalidate();
  }

  get method(): CaptureMethod {
    return this.#source.method;
  }

  onDamage(listener: () => void): void {
    this.#damageListener = listener;
    this.#isTold = false;
    if (this.#ownDamage.length > 0) queueMicrotask(() => this.#tell());
    else this.#lookSoon();
  }

  onScreenChange(listener: (change: 'resized' | 'gone') => void): void {
    this.#screenListener = listener;
  }

  onCursorShape(listener: (shape: CursorShape) => void): void {
    this.#stops.push(this.#source.onCursor({ onShape: listener, onMove: () => undefined }));
  }

  onCursorMove(listener: (x: number, y: number, isLocal: boolean) => void): void {
    const onMove = (x: number, y: number, isLocal: boolean): void =>
      listener(x - this.screen.bounds.x, y - this.screen.bounds.y, isLocal);
    this.#stops.push(this.#source.onCursor({ onShape: () => undefined, onMove }));
  }

  grab(): Promise<Picture | undefined> {
    return this.#inTurn(() => this.#grab());
  }

  invalidate(rects?: readonly Rect[]): void {
    this.#ownDamage = rects === undefined ? [this.#whole()] : [...this.#ownDamage, ...rects];
    this.#tell();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopLooking();
    for (const stop of this.#stops) stop();
    this.#source.onClose();
    // A copy under way still writes to the memory.
    void this.#inTurn(() => Promise.resolve(this.#pixels.close()));
  }

  /** `screen` as the system has it now, undefined when it is gone. */
  follow(screen: Screen | undefined): void {
    if (!screen) {
      this.#screenListener?.('gone');
      return;
    }
    if (isSameRect(screen.bounds, this.screen.bounds)) return;
    void this.#inTurn(() => Promise.resolve(this.#resize(screen)));
  }

  #resize(screen: Screen): void {
    if (this.#isClosed) return;
    this.#pixels.close();
    this.#pixels = this.#source.open(screen);
    this.screen = screen;
    this.invalidate();
    this.#screenListener?.('resized');
  }

  /** Copies, looks and changes of the memory exclude each other. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const next = this.#last.then(task);
    this.#last = next.catch(() => undefined); // the caller has the error; the next task starts afresh
    return next;
  }

  async #grab(): Promise<Picture | undefined> {
    this.#isTold = false;
    try {
      const damage = this.#isClosed ? [] : await this.#copy();
      if (damage.length === 0 || this.#isClosed) return undefined;
      this.#ownDamage = [];
      this.#pixels.keep();
      this.#waitMs = FIRST_LOOK_MS;
      const { width, height } = this.screen.bounds;
      return { width, height, stride: width * 4, pixels: this.#pixels.previous, damage };
    } finally {
      this.#lookSoon();
    }
  }

  /** Copies the screen and tells where it differs from what was grabbed last; nothing while the system shows us nothing. */
  async #copy(): Promise<Rect[]> {
    if (!(await this.#pixels.copy())) return [];
    const { latest, previous } = this.#pixels;
    const { width, height } = this.screen.bounds;
    const whole = this.#whole();
    const isWhole = this.#ownDamage.some((rect) => rect.width >= width && rect.height >= height);
    if (isWhole) return [whole];
    return coalesceDamage([...this.#ownDamage, ...findChanges({ latest, previous, width, height })], whole);
  }

  #whole(): Rect {
    return { ...this.screen.bounds, x: 0, y: 0 };
  }

  /** Something was done, here or from afar: what it changes is seen soon. */
  #expectChanges(): void {
    this.#waitMs = FIRST_LOOK_MS;
    if (this.#timer && this.#lookAt - performance.now() > FIRST_LOOK_MS) this.#lookSoon();
  }

  /** Looks again after a while, if somebody waits for damage. */
  #lookSoon(): void {
    this.#stopLooking();
    if (this.#isClosed || this.#isTold || !this.#damageListener) return;
    this.#lookAt = performance.now() + this.#waitMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#inTurn(() => this.#look()).catch((error: unknown) => this.#source.onError(error));
    }, this.#waitMs);
  }

  #stopLooking(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    if (this.#isTold || this.#isClosed) return;
    const damage = await this.#copy();
    if (damage.length > 0) return this.#tell();
    this.#waitMs = Math.min(LAST_LOOK_MS, this.#waitMs * LATER);
    this.#lookSoon();
  }

  #tell(): void {
    if (this.#isTold || this.#isClosed || !this.#damageListener) return;
    this.#isTold = true;
    this.#stopLooking();
    this.#damageListener();
  }
}
