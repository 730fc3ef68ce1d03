/** Where the pixels of one screen live, and the two ways to read them from the X server. */
import type { ShmExtension } from 'x11';
import type { Rect } from '../platform.ts';
import { planReads } from './read.plan.ts';
import type { PlannedRead } from './read.plan.ts';
import { createSharedSegment } from './linux.shm.ts';
import type { SharedSegment } from './linux.shm.ts';
import type { XConnection } from './x11.connection.ts';

const ALL_PLANES = 0xffffffff;
const Z_PIXMAP = 2;
const BYTES_PER_PIXEL = 4;

/** BGRX pixels of `bounds` (root coordinates) with a stride of exactly its width. */
export interface PixelStore {
  readonly pixels: Uint8Array;
  /** Reads the rectangles, given relative to the corner of `bounds`. */
  read(rects: readonly Rect[]): Promise<void>;
  close(): void;
}

/** Shared memory where the server can attach to it, the core protocol (ten times slower at full HD) otherwise. */
export async function createPixelStore(x: XConnection, bounds: Rect): Promise<PixelStore> {
  checkPixelFormat(x);
  const shm = x.display.isLocalSocket ? await x.extension('shm') : undefined;
  const segment = shm ? await attachSegment(x, shm, bounds) : undefined;
  return shm && segment ? new SharedPixels(x, shm, segment) : new CorePixels(x, bounds);
}

function checkPixelFormat(x: XConnection): void {
  const { format, image_byte_order: byteOrder } = x.display;
  const { root_depth: depth, root_visual: visualId, depths } = x.screen;
  const visual = depths[depth]?.[visualId];
  const isBgrx = format[depth]?.bits_per_pixel === 32 && byteOrder === 0 && visual?.red_mask === 0xff0000;
  if (!isBgrx) throw new Error(`the display has ${depth} bits a pixel; only 24 bits in 4 bytes (BGRX) are supported`);
}

interface AttachedSegment extends SharedSegment {
  xid: number;
  bounds: Rect;
  scratchBytes: number;
}

/** Undefined when kernel or server refuse: another user's server, a container without shared IPC. */
async function attachSegment(x: XConnection, shm: ShmExtension, bounds: Rect): Promise<AttachedSegment | undefined> {
  const pictureBytes = bounds.width * bounds.height * BYTES_PER_PIXEL;
  const scratchBytes = Math.ceil(pictureBytes / 2);
  let segment: SharedSegment;
  try {
    segment = createSharedSegment(pictureBytes + scratchBytes);
  } catch (error) {
    x.report(error);
    return undefined;
  }
  const xid = x.client.AllocID();
  try {
    await x.ask((done) => shm.Attach(xid, segment.id, false, done));
  } catch (error) {
    segment.release();
    x.report(error);
    return undefined;
  } finally {
    segment.markForRemoval();
  }
  return { ...segment, xid, bounds, scratchBytes };
}

class SharedPixels implements PixelStore {
  readonly pixels: Uint8Array;
  readonly #x: XConnection;
  readonly #shm: ShmExtension;
  readonly #segment: AttachedSegment;
  readonly #stride: number;

  constructor(x: XConnection, shm: ShmExtension, segment: AttachedSegment) {
    this.#x = x;
    this.#shm = shm;
    this.#segment = segment;
    this.#stride = segment.bounds.width * BYTES_PER_PIXEL;
    this.pixels = segment.bytes.subarray(0, this.#stride * segment.bounds.height);
  }

  async read(rects: readonly Rect[]): Promise<void> {
    const { bounds, scratchBytes } = this.#segment;
    const reads = planReads(rects, { width: bounds.width, height: bounds.height, scratchBytes });
    // All requests leave in one go and are answered in order: one round trip however many there are.
    await Promise.all(reads.map((read) => this.#request(read)));
    for (const { rect, packedAt } of reads) if (packedAt !== undefined) this.#unpack(rect, packedAt);
  }

  close(): void {
    if (this.#x.isOpen) this.#shm.Detach(this.#segment.xid);
    this.#segment.release();
  }

  #request({ rect, packedAt }: PlannedRead): Promise<unknown> {
    const { xid, bounds } = this.#segment;
    const offset = packedAt === undefined ? rect.y * this.#stride : this.pixels.length + packedAt;
    const [left, top] = [bounds.x + rect.x, bounds.y + rect.y];
    return this.#x.ask<unknown>((done) =>
      this.#shm.GetImage(this.#x.root, left, top, rect.width, rect.height, ALL_PLANES, Z_PIXMAP, xid, offset, done),
    );
  }

  #unpack(rect: Rect, packedAt: number): void {
    const packed = this.#segment.bytes.subarray(this.pixels.length + packedAt);
    copyRows(packed, this.pixels, { rect, stride: this.#stride });
  }
}

class CorePixels implements PixelStore {
  readonly pixels: Uint8Array;
  readonly #x: XConnection;
  readonly #bounds: Rect;

  constructor(x: XConnection, bounds: Rect) {
    this.#x = x;
    this.#bounds = bounds;
    this.pixels = new Uint8Array(bounds.width * bounds.height * BYTES_PER_PIXEL);
  }

  async read(rects: readonly Rect[]): Promise<void> {
    const { x: left, y: top, width } = this.#bounds;
    await Promise.all(
      rects.map(async (rect) => {
        const image = await this.#x.ask<{ data: Buffer }>((done) =>
          this.#x.client.GetImage(
            Z_PIXMAP,
            this.#x.root,
            left + rect.x,
            top + rect.y,
            rect.width,
            rect.height,
            ALL_PLANES,
            done,
          ),
        );
        copyRows(image.data, this.pixels, { rect, stride: width * BYTES_PER_PIXEL });
      }),
    );
  }

  close(): void {
    // Nothing is held outside the JavaScript heap.
  }
}

function copyRows(packed: Uint8Array, pixels: Uint8Array, { rect, stride }: { rect: Rect; stride: number }): void {
  const rowBytes = rect.width * BYTES_PER_PIXEL;
  let from = 0;
  let to = rect.y * stride + rect.x * BYTES_PER_PIXEL;
  for (let row = 0; row < rect.height; row++) {
    pixels.set(packed.subarray(from, from + rowBytes), to);
    from += rowBytes;
    to += stride;
  }
}
