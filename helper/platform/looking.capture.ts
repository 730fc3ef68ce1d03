/**
 * Screen capture by looking, for systems that tell nothing of changes unasked: often while something happens and less often
 * in between. Only while somebody waits for damage.
 */
import { isSameRect } from '../pipeline/rects.ts';
import type { CursorListeners } from './cursor.watch.ts';
import { coalesceDamage } from './damage.regions.ts';
import type { CaptureMethod, CaptureSession, CursorShape, Picture, Rect, Screen, ScreenCapture } from './platform.ts';
import type { PictureWish, ScreenPictures } from './screen.pictures.ts';

/** Each look in vain makes the next one later. */
const LATER = 1.3;
const SCREENS_EVERY_MS = 500;

/** What a system has to look at. */
export interface ScreenSource {
  screens(): Screen[];
  /** `why`: what the stream's pictures before these had found to stand against a better way. */
  open(screen: Screen, why: string | undefined): ScreenPictures;
  /** Hears that something was done, here or from afar. Returns how to stop. */
  onInput(listener: () => void): () => void;
  cursor: { listen(listeners: CursorListeners): () => void; close(): void };
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
      source.cursor.close();
    },
  };
}

interface SessionSource extends ScreenSource {
  onClose(): void;
}

class LookingSession implements CaptureSession {
  screen: Screen;
  #pictures: ScreenPictures;
  readonly #source: SessionSource;
  readonly #stops: (() => void)[];
  /** In picture coordinates: what counts as damaged whatever the pixels say. */
  #ownDamage: Rect[] = [];
  #isTold = false;
  #isClosed = false;
  #waitMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer ends. */
  #lookAt = 0;
  #last: Promise<unknown> = Promise.resolve();
  #damageListener: (() => void) | undefined;
  #screenListener: ((change: 'resized' | 'gone') => void) | undefined;

  constructor(source: SessionSource, screen: Screen) {
    this.#source = source;
    this.screen = screen;
    this.#pictures = source.open(screen, undefined);
    this.#waitMs = this.#pictures.looks.firstMs;
    this.#stops = [source.onInput(() => this.#expectChanges())];
    this.invalidate();
  }

  get method(): CaptureMethod {
    return this.#pictures.method;
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
    this.#stops.push(this.#source.cursor.listen({ onShape: listener, onMove: () => undefined }));
  }

  onCursorMove(listener: (x: number, y: number, isLocal: boolean) => void): void {
    const onMove = (x: number, y: number, isLocal: boolean): void =>
      listener(x - this.screen.bounds.x, y - this.screen.bounds.y, isLocal);
    this.#stops.push(this.#source.cursor.listen({ onShape: () => undefined, onMove }));
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
    void this.#inTurn(() => Promise.resolve(this.#pictures.close()));
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
    this.#pictures.close();
    this.#pictures = this.#source.open(screen, this.method.why);
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
      const damage = this.#isClosed ? [] : await this.#copy({ isForGrab: true });
      if (damage.length === 0 || this.#isClosed) return undefined;
      this.#ownDamage = [];
      await this.#pictures.keep();
      this.#waitMs = this.#pictures.looks.firstMs;
      const { width, height } = this.screen.bounds;
      return { width, height, stride: width * 4, pixels: this.#pictures.previous, damage };
    } finally {
      this.#lookSoon();
    }
  }

  /** Looks, and tells where the screen differs from what was grabbed last; nothing while the system shows us nothing. */
  async #copy({ isForGrab }: Pick<PictureWish, 'isForGrab'>): Promise<Rect[]> {
    const isAwaited = this.#damageListener !== undefined;
    if (!(await this.#pictures.copy({ isForGrab, isAwaited }))) return [];
    const { width, height } = this.screen.bounds;
    const whole = this.#whole();
    const isWhole = this.#ownDamage.some((rect) => rect.width >= width && rect.height >= height);
    if (isWhole) return [whole];
    return coalesceDamage([...this.#ownDamage, ...this.#pictures.changes()], whole);
  }

  #whole(): Rect {
    return { ...this.screen.bounds, x: 0, y: 0 };
  }

  /** Something was done, here or from afar: what it changes is seen soon. */
  #expectChanges(): void {
    this.#waitMs = this.#pictures.looks.firstMs;
    if (this.#timer && this.#lookAt - performance.now() > this.#waitMs) this.#lookSoon();
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
    const damage = await this.#copy({ isForGrab: false });
    if (damage.length > 0) return this.#tell();
    const { firstMs, lastMs } = this.#pictures.looks;
    this.#waitMs = Math.min(lastMs, Math.max(firstMs, this.#waitMs) * LATER);
    this.#lookSoon();
  }

  #tell(): void {
    if (this.#isTold || this.#isClosed || !this.#damageListener) return;
    this.#isTold = true;
    this.#stopLooking();
    this.#damageListener();
  }
}
