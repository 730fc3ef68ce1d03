/** The few X requests that the scenes paint with, over the npm package `x11`. */
import { createRequire } from 'node:module';
import { codeAreaSize, encodeFrameCode, whiteRectangles } from '../barcode.ts';
import type { CodeArea, FrameCode } from '../barcode.ts';
import type { Region } from '../observer.page.ts';

/** The part of the package's client that is used here; the package itself has no types. */
interface XClient {
  AllocID(): number;
  CreateWindow(...args: unknown[]): void;
  MapWindow(id: number): void;
  CreatePixmap(id: number, drawable: number, depth: number, width: number, height: number): void;
  CreateGC(id: number, drawable: number, values: object): void;
  ChangeGC(id: number, values: object): void;
  PolyFillRectangle(drawable: number, gc: number, rectangles: number[]): void;
  PutImage(...args: unknown[]): void;
  CopyArea(...args: unknown[]): void;
  QueryPointer(window: number, done: (error: unknown) => void): void;
  GetImage(...args: unknown[]): void;
  QueryTree(window: number, done: (error: unknown, tree?: { children: number[] }) => void): void;
  GetGeometry(drawable: number, done: (error: unknown, box?: Geometry) => void): void;
  terminate(): void;
  on(event: 'event', listener: (event: { name: string }) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
}

interface Geometry {
  xPos: number;
  yPos: number;
  width: number;
  height: number;
}

interface XPackage {
  createClient(
    options: { display: string },
    done: (error: Error | null, display: { client: XClient; screen: { root: number }[] }) => void,
  ): void;
  eventMask: { ButtonPress: number };
}

// The one place where the untyped package enters.
const x11 = createRequire(import.meta.url)('x11') as XPackage;

const depth = 24;
const zPixmap = 2;
const inputOutput = 1;
/** The longest request without BIG-REQUESTS is 65535 words; image data has room for this much of it. */
const maxImageBytes = 240_000;

export const black = 0x000000;
export const white = 0xffffff;

/** Something that can be painted on: a window or a pixmap, by its X id. */
export type Drawable = number;

export class XScreen {
  readonly #client: XClient;
  readonly #root: Drawable;
  readonly #gc: number;

  private constructor(client: XClient, root: Drawable) {
    this.#client = client;
    this.#root = root;
    this.#gc = client.AllocID();
    client.CreateGC(this.#gc, root, { graphicsExposures: false });
    client.on('error', (error) => {
      throw error;
    });
  }

  /** Connects to an X server. */
  static async connect(display: string): Promise<XScreen> {
    return await new Promise((resolve, reject) => {
      x11.createClient({ display }, (error, connection) => {
        const root = connection?.screen[0]?.root;
        if (error || root === undefined) reject(error ?? new Error('no screen'));
        else resolve(new XScreen(connection.client, root));
      });
    });
  }

  /** A window at the top of the stack that no window manager touches. */
  openWindow(area: Region, colour: number): Drawable {
    const window = this.#client.AllocID();
    const values = { backgroundPixel: colour, overrideRedirect: true, eventMask: x11.eventMask.ButtonPress };
    this.#client.CreateWindow(
      window,
      this.#root,
      area.x,
      area.y,
      area.width,
      area.height,
      0,
      depth,
      inputOutput,
      0,
      values,
    );
    this.#client.MapWindow(window);
    return window;
  }

  /** Memory of the X server to copy from. */
  createPixmap(size: { width: number; height: number }): Drawable {
    const pixmap = this.#client.AllocID();
    this.#client.CreatePixmap(pixmap, this.#root, depth, size.width, size.height);
    return pixmap;
  }

  fill(target: Drawable, colour: number, rectangles: number[]): void {
    if (rectangles.length === 0) return;
    this.#client.ChangeGC(this.#gc, { foreground: colour });
    this.#client.PolyFillRectangle(target, this.#gc, rectangles);
  }

  /** Uploads BGRX pixels in strips that fit a request. */
  putImage(target: Drawable, size: { width: number; height: number }, pixels: Uint8Array): void {
    const rows = Math.floor(maxImageBytes / (size.width * 4));
    for (let top = 0; top < size.height; top += rows) {
      const height = Math.min(rows, size.height - top);
      const strip = Buffer.from(pixels.subarray(top * size.width * 4, (top + height) * size.width * 4));
      this.#client.PutImage(zPixmap, target, this.#gc, size.width, height, 0, top, 0, depth, strip);
    }
  }

  copy(source: Drawable, target: Drawable, size: { width: number; height: number }): void {
    this.#client.CopyArea(source, target, this.#gc, 0, 0, 0, 0, size.width, size.height);
  }

  /** Paints a code strip; atomic for every other client only on a pixmap. */
  paintCode(target: Drawable, area: CodeArea, frame: FrameCode): void {
    const { width, height } = codeAreaSize(area);
    this.fill(target, black, [area.x, area.y, width, height]);
    this.fill(target, white, whiteRectangles(encodeFrameCode(frame), area));
  }

  onButtonPress(listener: () => void): void {
    this.#client.on('event', ({ name }) => {
      if (name === 'ButtonPress') listener();
    });
  }

  /** Resolves when the server has done everything asked so far. */
  async settled(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#client.QueryPointer(this.#root, (error) => {
        if (error) reject(new Error('the X server refused a request', { cause: error }));
        else resolve();
      });
    });
  }

  /** Whether a top-level window is exactly this large; products keep windows of their own above it. */
  async hasWindowOf(size: { width: number; height: number }): Promise<boolean> {
    const boxes = await Promise.all((await this.#windows()).map(async (window) => await this.#boxOf(window)));
    return boxes.some((box) => box?.width === size.width && box.height === size.height);
  }

  async #windows(): Promise<number[]> {
    return await new Promise((resolve, reject) => {
      this.#client.QueryTree(this.#root, (error, tree) => {
        if (error) reject(new Error('the windows could not be listed', { cause: error }));
        else resolve(tree?.children ?? []);
      });
    });
  }

  /** Undefined for a window that is gone by now. */
  async #boxOf(window: number): Promise<{ width: number; height: number } | undefined> {
    return await new Promise((resolve) => {
      this.#client.GetGeometry(window, (_, box) => resolve(box ?? undefined));
    });
  }

  close(): void {
    this.#client.terminate();
  }

  /** What the screen shows now, BGRX. */
  async capture(area: Region): Promise<Uint8Array> {
    return await new Promise((resolve, reject) => {
      const done = (error: unknown, image: { data: Uint8Array }): void => {
        if (error) reject(new Error('the screen could not be read', { cause: error }));
        else resolve(image.data);
      };
      this.#client.GetImage(zPixmap, this.#root, area.x, area.y, area.width, area.height, 0xffffffff, done);
    });
  }
}
