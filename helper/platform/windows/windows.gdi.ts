/**
 * Pictures of one screen by GDI: BitBlt into memory that we read. It works on every Windows and under Wine, and knows
 * nothing of changes. A copy waits for the graphics card, so it is made on a thread of Node's pool.
 */
import koffi from 'koffi';
import type { KoffiFunc } from 'koffi';
import type { CaptureMethod, Rect } from '../platform.ts';
import type { ScreenPictures } from '../screen.pictures.ts';
import { bitmapHeader, winLibrary } from './win32.ts';
import { findChanges } from '../picture.changes.ts';

const BYTES_PER_PIXEL = 4;
const SRCCOPY = 0x00cc0020;
/** With layered (translucent) windows. */
const CAPTUREBLT = 0x40000000;

/** The target's DC, place and size, the source's DC and place, the operation. */
type BitBlt = (...args: number[]) => number;

interface Gdi32 {
  CreateCompatibleDC(dc: number): number;
  DeleteDC(dc: number): number;
  CreateDIBSection(
    ...args: [dc: number, header: Buffer, usage: number, bits: unknown[], section: number, offset: number]
  ): number;
  SelectObject(dc: number, object: number): number;
  DeleteObject(object: number): number;
  BitBlt: KoffiFunc<BitBlt>;
}

const gdi32 = winLibrary<Gdi32>('gdi32', {
  CreateCompatibleDC: 'intptr_t CreateCompatibleDC(intptr_t dc)',
  DeleteDC: 'int DeleteDC(intptr_t dc)',
  CreateDIBSection:
    'intptr_t CreateDIBSection(intptr_t dc, void *header, uint32_t usage, _Out_ void **bits, intptr_t section, uint32_t offset)',
  SelectObject: 'intptr_t SelectObject(intptr_t dc, intptr_t object)',
  DeleteObject: 'int DeleteObject(intptr_t object)',
  BitBlt:
    'int BitBlt(intptr_t to, int x, int y, int w, int h, intptr_t from, int fromX, int fromY, uint32_t operation)',
});

interface User32 {
  GetDC(hwnd: number): number;
  ReleaseDC(hwnd: number, dc: number): number;
}

const user32 = winLibrary<User32>('user32', {
  GetDC: 'intptr_t GetDC(intptr_t hwnd)',
  ReleaseDC: 'int ReleaseDC(intptr_t hwnd, intptr_t dc)',
});

/** Two pictures of the same screen, BGRX without gaps between rows. */
export class GdiScreen implements ScreenPictures {
  readonly method: CaptureMethod;
  readonly looks = { firstMs: 25, lastMs: 150 } as const;
  readonly #bounds: Rect;
  #latest: Bitmap;
  #previous: Bitmap;

  /** `why`: what stands against a better way. */
  constructor(bounds: Rect, why: string | undefined) {
    this.method = { name: 'windows-gdi', why };
    this.#bounds = bounds;
    this.#latest = new Bitmap(bounds);
    this.#previous = new Bitmap(bounds);
  }

  get previous(): Uint8Array {
    return this.#previous.bytes;
  }

  changes(): Rect[] {
    const { width, height } = this.#bounds;
    return findChanges({ latest: this.#latest.bytes, previous: this.#previous.bytes, width, height });
  }

  keep(): Promise<void> {
    [this.#latest, this.#previous] = [this.#previous, this.#latest];
    return Promise.resolve();
  }

  /** False when Windows shows us nothing: the screen is locked, or asks for an administrator. */
  async copy(): Promise<boolean> {
    const { x, y, width, height } = this.#bounds;
    const screen = user32.GetDC(0);
    const args = [this.#latest.dc, 0, 0, width, height, screen, x, y, SRCCOPY | CAPTUREBLT];
    try {
      return await new Promise<boolean>((resolve, reject) => {
        gdi32.BitBlt.async(...args, (error: unknown, isCopied: number) => {
          if (error instanceof Error) reject(error);
          else resolve(isCopied !== 0);
        });
      });
    } finally {
      user32.ReleaseDC(0, screen);
    }
  }

  close(): void {
    this.#latest.close();
    this.#previous.close();
  }
}

/** A bitmap in memory, and the context to draw into it. */
class Bitmap {
  readonly dc: number;
  readonly bytes: Uint8Array;
  readonly #handle: number;
  readonly #before: number;

  constructor({ width, height }: Rect) {
    const bits: unknown[] = [null];
    this.#handle = gdi32.CreateDIBSection(0, bitmapHeader(width, height), 0, bits, 0, 0);
    if (this.#handle === 0) throw new Error(`Windows has no memory for a picture of ${width}×${height}`);
    this.bytes = new Uint8Array(koffi.view(bits[0], width * height * BYTES_PER_PIXEL));
    this.dc = gdi32.CreateCompatibleDC(0);
    this.#before = gdi32.SelectObject(this.dc, this.#handle);
  }

  close(): void {
    // A reader that is late finds nothing, instead of memory that is gone.
    (this.bytes.buffer as ArrayBuffer).transfer();
    gdi32.SelectObject(this.dc, this.#before);
    gdi32.DeleteDC(this.dc);
    gdi32.DeleteObject(this.#handle);
  }
}
