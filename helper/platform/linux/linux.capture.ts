/**
 * Screen capture driven by XDamage. The server collects what changed; we hear of the first change after a grab
 * (report level NonEmpty, so that a busy screen costs one event a frame and not one a drawing request), fetch the exact
 * region and read only those pixels. Nothing runs while nothing changes.
 */
import type { DamageExtension, FixesExtension, XRectangle } from 'x11';
import type { CaptureSession, CursorShape, Picture, Rect, Screen, ScreenCapture } from '../platform.ts';
import { coalesceDamage } from '../damage.regions.ts';
import { LatestOnly } from '../latest-only.ts';
import { CursorWatch } from './linux.cursor.ts';
import { createPixelStore } from './linux.pixels.ts';
import type { PixelStore } from './linux.pixels.ts';
import { listScreens, watchScreens } from './linux.screens.ts';
import type { XConnection } from './x11.connection.ts';

/** Opens what all sessions share. */
export async function openLinuxCapture(x: XConnection): Promise<ScreenCapture> {
  const [damage, fixes, cursor] = [
    await x.requireExtension('damage'),
    await x.requireExtension('fixes'),
    await CursorWatch.open(x),
  ];
  const sessions = new Set<LinuxCaptureSession>();
  const follow = new LatestOnly(async () => {
    const screens = await listScreens(x);
    for (const session of sessions) await session.follow(screens.find(({ id }) => id === session.screen.id));
  });
  await watchScreens(x, () => x.background(follow.run()));
  return {
    screens: () => listScreens(x),
    open: async (screenId) => {
      const screen = (await listScreens(x)).find(({ id }) => id === screenId);
      if (!screen) throw new Error(`there is no screen ${screenId}`);
      const store = await createPixelStore(x, screen.bounds);
      const session = new LinuxCaptureSession(
        { x, damage, fixes, cursor, onClose: () => sessions.delete(session) },
        { screen, store },
      );
      sessions.add(session);
      return session;
    },
  };
}

interface CaptureTools {
  x: XConnection;
  damage: DamageExtension;
  fixes: FixesExtension;
  cursor: CursorWatch;
  onClose(): void;
}

class LinuxCaptureSession implements CaptureSession {
  screen: Screen;
  readonly method = { name: 'x11-damage', why: undefined } as const;
  #store: PixelStore;
  readonly #tools: CaptureTools;
  readonly #damageId: number;
  readonly #regionId: number;
  readonly #stops: (() => void)[];
  /** Root coordinates; what must be read beside what the server collected. */
  #ownDamage: Rect[] = [];
  #hasDamage = false;
  #isTold = false;
  #isClosed = false;
  #last: Promise<unknown> = Promise.resolve();
  #damageListener: (() => void) | undefined;
  #screenListener: ((change: 'resized' | 'gone') => void) | undefined;

  constructor(tools: CaptureTools, at: { screen: Screen; store: PixelStore }) {
    const { x, damage, fixes } = tools;
    this.#tools = tools;
    this.screen = at.screen;
    this.#store = at.store;
    this.#damageId = x.client.AllocID();
    this.#regionId = x.client.AllocID();
    fixes.CreateRegion(this.#regionId, []);
    damage.Create(this.#damageId, x.root, damage.ReportLevel.NonEmpty);
    // A new damage object counts the whole window as damaged and would not report before it is emptied.
    damage.Subtract(this.#damageId, 0, 0);
    this.#stops = [
      x.onEvent((event) => {
        if (event.name === 'DamageNotify' && event.damage === this.#damageId) this.#noteDamage();
      }),
    ];
    this.invalidate();
  }

  onDamage(listener: () => void): void {
    this.#damageListener = listener;
    if (this.#hasDamage) {
      this.#isTold = false;
      queueMicrotask(() => this.#noteDamage());
    }
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
    const { x, y } = this.screen.bounds;
    const again = rects?.map((rect) => ({ ...rect, x: rect.x + x, y: rect.y + y }));
    this.#ownDamage = again === undefined ? [this.screen.bounds] : [...this.#ownDamage, ...again];
    this.#noteDamage();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    const { x, damage, fixes, onClose } = this.#tools;
    onClose();
    if (x.isOpen) {
      damage.Destroy(this.#damageId);
      fixes.DestroyRegion(this.#regionId);
    }
    // A grab under way still writes to the memory.
    x.background(this.#inTurn(async () => this.#store.close()));
  }

  /** `screen` as RandR has it now, undefined when it is gone. */
  async follow(screen: Screen | undefined): Promise<void> {
    if (this.#isClosed) return;
    if (!screen) {
      this.#screenListener?.('gone');
      return;
    }
    if (isSame(screen.bounds, this.screen.bounds)) return;
    await this.#inTurn(async () => {
      const old = this.#store;
      this.#store = await createPixelStore(this.#tools.x, screen.bounds);
      this.screen = screen;
      old.close();
    });
    this.invalidate();
    this.#screenListener?.('resized');
  }

  /** Grabs and changes of the buffer exclude each other. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const next = this.#last.then(task);
    this.#last = next.catch(() => undefined); // the caller has the error; the next task starts afresh
    return next;
  }

  async #grab(): Promise<Picture | undefined> {
    this.#isTold = false;
    if (this.#isClosed || !this.#hasDamage) return undefined;
    this.#hasDamage = false;
    const rects = await this.#takeDamage();
    if (rects.length === 0) return undefined;
    try {
      await this.#store.read(rects);
    } catch (error) {
      // The screen shrank between the question and the read: `follow` comes next and marks everything as damaged.
      this.#ownDamage = [this.screen.bounds];
      this.#hasDamage = true;
      if (!(await this.#isShrunk())) throw error;
      return undefined;
    }
    const { width, height } = this.screen.bounds;
    return { width, height, stride: width * 4, pixels: this.#store.pixels, damage: rects };
  }

  /** Empties the server's collection and ours. What changes from here on is reported anew. */
  async #takeDamage(): Promise<Rect[]> {
    const { x, damage, fixes } = this.#tools;
    const own = this.#ownDamage;
    this.#ownDamage = [];
    damage.Subtract(this.#damageId, 0, this.#regionId);
    const region = await x.ask<{ rectangles: XRectangle[] }>((done) => fixes.FetchRegion(this.#regionId, done));
    return coalesceDamage([...own, ...region.rectangles], this.screen.bounds);
  }

  async #isShrunk(): Promise<boolean> {
    const now = (await listScreens(this.#tools.x)).find(({ id }) => id === this.screen.id);
    return !now || !isSame(now.bounds, this.screen.bounds);
  }

  #noteDamage(): void {
    this.#hasDamage = true;
    if (this.#isTold || this.#isClosed || !this.#damageListener) return;
    this.#isTold = true;
    this.#damageListener();
  }
}

function isSame(a: Rect, b: Rect): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}
