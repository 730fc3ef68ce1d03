/**
 * Screen capture by looking, often while something happens and less often in between; only while somebody waits for damage.
 * Each look is by desktop duplication, which knows what changed, or, where that does not work, by GDI, which copies the
 * screen to be compared with the picture grabbed last (docs/decisions/0018).
 */
import { coalesceDamage } from '../damage.regions.ts';
import type { CaptureMethod, CaptureSession, CursorShape, Picture, Rect, Screen, ScreenCapture } from '../platform.ts';
import { openDuplication } from './desktop.duplication.ts';
import { DuplicatedScreen } from './duplicated.screen.ts';
import { isDenied, untilComposed } from './graphics.device.ts';
import type { ScreenPictures } from './screen.pictures.ts';
import { CursorWatch } from './windows.cursor.ts';
import { GdiScreen } from './windows.gdi.ts';
import type { InputHooks } from './windows.hooks.ts';
import { listScreens } from './windows.screens.ts';

/** Each look in vain makes the next one later. */
const LATER = 1.3;
const SCREENS_EVERY_MS = 500;

export interface CaptureOptions {
  hooks: InputHooks;
  onError: (error: unknown) => void;
}

export interface WindowsCapture extends ScreenCapture {
  close(): void;
}

export function openWindowsCapture(options: CaptureOptions): WindowsCapture {
  const cursor = new CursorWatch(options.hooks);
  const sessions = new Set<WindowsCaptureSession>();
  const follow = setInterval(() => {
    if (sessions.size === 0) return;
    const screens = listScreens();
    for (const session of sessions) session.follow(screens.find(({ id }) => id === session.screen.id));
  }, SCREENS_EVERY_MS);
  follow.unref();
  return {
    screens: () => Promise.resolve(listScreens()),
    open: (screenId) => {
      const screen = listScreens().find(({ id }) => id === screenId);
      if (!screen) return Promise.reject(new Error(`there is no screen ${screenId}`));
      const session = new WindowsCaptureSession(
        { ...options, cursor, onClose: () => sessions.delete(session) },
        screen,
      );
      sessions.add(session);
      return Promise.resolve(session);
    },
    close: () => {
      clearInterval(follow);
      for (const session of sessions) session.close();
      cursor.close();
    },
  };
}

interface CaptureTools extends CaptureOptions {
  cursor: CursorWatch;
  onClose(): void;
}

class WindowsCaptureSession implements CaptureSession {
  screen: Screen;
  #pictures: ScreenPictures;
  /** Takes the place of `#pictures` once it has a picture. */
  #coming: ScreenPictures | undefined;
  readonly #tools: CaptureTools;
  readonly #stops: (() => void)[];
  /** In picture coordinates: what counts as damaged whatever the pixels say. */
  #ownDamage: Rect[] = [];
  #isTold = false;
  #isClosed = false;
  #waitMs = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer ends. */
  #lookAt = 0;
  #last: Promise<unknown> = Promise.resolve();
  #damageListener: (() => void) | undefined;
  #screenListener: ((change: 'resized' | 'gone') => void) | undefined;

  constructor(tools: CaptureTools, screen: Screen) {
    this.#tools = tools;
    this.screen = screen;
    this.#pictures = new GdiScreen(screen.bounds, undefined);
    this.#stops = [tools.hooks.listen(() => this.#expectChanges())];
    this.invalidate();
  }

  get method(): CaptureMethod {
    return this.#pictures.method;
  }

  /** Whoever wants one picture only, as for a thumbnail, has it by GDI at once. */
  onDamage(listener: () => void): void {
    this.#damageListener = listener;
    this.#coming ??= this.#duplicated();
    this.#isTold = false;
    if (this.#ownDamage.length > 0) queueMicrotask(() => this.#tell());
    else this.#lookSoon();
  }

  onScreenChange(listener: (change: 'resized' | 'gone') => void): void {
    this.#screenListener = listener;
  }

  onCursorShape(listener: (shape: CursorShape) => void): void {
    this.#stops.push(this.#tools.cursor.listen({ onShape: listener, onMove: () => undefined }));
  }

  onCursorMove(listener: (x: number, y: number, isLocal: boolean) => void): void {
    const onMove = (x: number, y: number, isLocal: boolean): void =>
      listener(x - this.screen.bounds.x, y - this.screen.bounds.y, isLocal);
    this.#stops.push(this.#tools.cursor.listen({ onShape: () => undefined, onMove }));
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
    this.#tools.onClose();
    // A copy under way still writes to the memory.
    void this.#inTurn(() => Promise.resolve(this.#closePictures()));
  }

  /** `screen` as Windows has it now, undefined when it is gone. */
  follow(screen: Screen | undefined): void {
    if (!screen) {
      this.#screenListener?.('gone');
      return;
    }
    const { x, y, width, height } = this.screen.bounds;
    const now = screen.bounds;
    if (now.x === x && now.y === y && now.width === width && now.height === height) return;
    void this.#inTurn(() => Promise.resolve(this.#resize(screen)));
  }

  #resize(screen: Screen): void {
    if (this.#isClosed) return;
    this.#closePictures();
    const { why } = this.#pictures.method;
    this.screen = screen;
    this.#pictures = new GdiScreen(screen.bounds, why);
    this.#coming = this.#duplicated();
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

  /** Looks, and tells where the screen differs from what was grabbed last; nothing while Windows shows us nothing. */
  async #copy(options: { isForGrab: boolean }): Promise<Rect[]> {
    await this.#useComing();
    try {
      if (!(await this.#pictures.copy(options))) return [];
    } catch (cause) {
      if (this.#pictures.method.name === 'windows-gdi') throw cause;
      this.#use(new GdiScreen(this.screen.bounds, String(cause)));
      if (!(await this.#pictures.copy(options))) return [];
    }
    const { width, height } = this.screen.bounds;
    const whole = this.#whole();
    const isWhole = this.#ownDamage.some((rect) => rect.width >= width && rect.height >= height);
    if (isWhole) return [whole];
    return coalesceDamage([...this.#ownDamage, ...this.#pictures.changes()], whole);
  }

  /** Undefined when it was given up before. */
  #duplicated(): ScreenPictures | undefined {
    if (this.#pictures.method.why !== undefined) return undefined;
    return new DuplicatedScreen({
      size: this.screen.bounds,
      open: () => openDuplication(this.screen),
      untilComposed,
      isDenied,
      now: () => performance.now(),
    });
  }

  /** Until the graphics card has told of the first change, pictures come by GDI. */
  async #useComing(): Promise<void> {
    const coming = this.#coming;
    if (coming === undefined) return;
    try {
      if (await coming.copy({ isForGrab: false })) this.#use(coming);
    } catch (cause) {
      coming.close();
      this.#use(new GdiScreen(this.screen.bounds, String(cause)));
    }
  }

  #use(pictures: ScreenPictures): void {
    this.#coming = undefined;
    this.#pictures.close();
    this.#pictures = pictures;
    this.#ownDamage = [this.#whole()];
  }

  #closePictures(): void {
    this.#coming?.close();
    this.#coming = undefined;
    this.#pictures.close();
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
      this.#inTurn(() => this.#look()).catch((error: unknown) => this.#tools.onError(error));
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
