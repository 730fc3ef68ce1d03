/** Shape and position of the mouse pointer, driven by events: XFixes for the shape, XInput 2 for movement. */
import type { CursorImage, FixesExtension, XEvent } from 'x11';
import type { CursorShape } from '../platform.ts';
import { findInjectionDevices } from './linux.devices.ts';
import type { InjectionDevices } from './linux.devices.ts';
import { XRequestError } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';

export interface CursorListeners {
  onShape(shape: CursorShape): void;
  /** Root coordinates. */
  onMove(x: number, y: number, isLocal: boolean): void;
}

/** Watches the pointer of one connection; sleeps while nothing moves. */
export class CursorWatch {
  readonly #x: XConnection;
  readonly #fixes: FixesExtension;
  readonly #devices: InjectionDevices;
  readonly #listeners = new Set<CursorListeners>();
  #isAsking = false;
  #isStale = false;
  #isLocal = true;

  static async open(x: XConnection): Promise<CursorWatch> {
    const fixes = await x.requireExtension('fixes');
    const devices = await findInjectionDevices(x);
    const watch = new CursorWatch(x, fixes, devices);
    fixes.SelectCursorInput(x.root, 1);
    devices.select(x.root, ['RawMotion', 'RawTouchBegin', 'RawTouchUpdate']);
    x.onEvent((event) => watch.#take(event));
    return watch;
  }

  private constructor(x: XConnection, fixes: FixesExtension, devices: InjectionDevices) {
    this.#x = x;
    this.#fixes = fixes;
    this.#devices = devices;
  }

  /** The listener hears the present shape and position at once, then every change. */
  listen(listeners: CursorListeners): () => void {
    this.#listeners.add(listeners);
    this.#x.background(this.#readShape());
    this.#askPosition();
    return () => this.#listeners.delete(listeners);
  }

  #take(event: XEvent): void {
    if (this.#listeners.size === 0) return;
    if (event.name === 'CursorNotify') this.#x.background(this.#readShape());
    if (event.name === 'XIRawMotion' || event.name === 'XIRawTouchBegin' || event.name === 'XIRawTouchUpdate') {
      this.#isLocal = !this.#devices.isInjected(event.sourceId);
      this.#askPosition();
    }
  }

  async #readShape(): Promise<void> {
    const image = await this.#readImage();
    const shape = image ? toShape(image) : ARROW;
    for (const listener of this.#listeners) listener.onShape(shape);
    // A program that warps the pointer makes no raw motion, but often changes the shape.
    if (image) this.#tellPosition(image.x, image.y);
  }

  /** Undefined when the program that made the cursor has ended (xsetroot): the server then refuses to show it. */
  async #readImage(): Promise<CursorImage | undefined> {
    try {
      return await this.#x.ask<CursorImage>((done) => this.#fixes.GetCursorImage(done));
    } catch (error) {
      if (error instanceof XRequestError) return undefined;
      throw error;
    }
  }

  /** At most one question under way: a mouse of 1000 events/s costs as many questions as answers arrive. */
  #askPosition(): void {
    if (this.#isAsking) {
      this.#isStale = true;
      return;
    }
    this.#isAsking = true;
    this.#x.background(this.#readPosition());
  }

  async #readPosition(): Promise<void> {
    try {
      do {
        this.#isStale = false;
        const at = await this.#x.ask<{ rootX: number; rootY: number }>((done) =>
          this.#x.client.QueryPointer(this.#x.root, done),
        );
        this.#tellPosition(at.rootX, at.rootY);
      } while (this.#isStale);
    } finally {
      this.#isAsking = false;
    }
  }

  #tellPosition(rootX: number, rootY: number): void {
    for (const listener of this.#listeners) listener.onMove(rootX, rootY, this.#isLocal);
  }
}

const ARROW_ROWS = [
  'X           ',
  'XX          ',
  'X.X         ',
  'X..X        ',
  'X...X       ',
  'X....X      ',
  'X.....X     ',
  'X......X    ',
  'X.......X   ',
  'X........X  ',
  'X.....XXXXX ',
  'X..X..X     ',
  'X.X X..X    ',
  'XX  X..X    ',
  'X    X..X   ',
  '     XXXX   ',
];

/** A plain arrow for when the real shape is kept from us. */
const ARROW: CursorShape = {
  serial: 0,
  width: 12,
  height: ARROW_ROWS.length,
  hotspotX: 0,
  hotspotY: 0,
  rgba: Uint8Array.from(
    ARROW_ROWS.flatMap((row) =>
      [...row].flatMap((dot) =>
        dot === ' '
          ? [0, 0, 0, 0]
          : Array(3)
              .fill(dot === '.' ? 255 : 0)
              .concat(255),
      ),
    ),
  ),
};

/** XFixes sends ARGB words with the colours multiplied by alpha (fixesproto section 5); ours are straight RGBA bytes. */
export function toShape(image: CursorImage): CursorShape {
  const { width, height, cursorImage: argb } = image;
  const rgba = new Uint8Array(width * height * 4);
  for (let at = 0; at < rgba.length; at += 4) {
    const word = argb.readUInt32LE(at);
    const alpha = word >>> 24;
    rgba[at] = straighten((word >>> 16) & 0xff, alpha);
    rgba[at + 1] = straighten((word >>> 8) & 0xff, alpha);
    rgba[at + 2] = straighten(word & 0xff, alpha);
    rgba[at + 3] = alpha;
  }
  return { serial: image.cursorSerial, width, height, hotspotX: image.xhot, hotspotY: image.yhot, rgba };
}

function straighten(channel: number, alpha: number): number {
  return alpha === 0 ? 0 : Math.min(255, Math.round((channel * 255) / alpha));
}
