/** Pixels in memory that Core Graphics draws into, whatever the picture that is drawn is made of. CGBitmapContext.h, CGImage.h. */
import koffi from 'koffi';
import type { KoffiFunc } from 'koffi';
import { release } from './core.foundation.ts';
import { constantOf, macLibrary } from './frameworks.ts';
import type { CGRect, Ref } from './frameworks.ts';

/** kCGBitmapByteOrder32Little with alpha first: blue comes first in memory. */
const LITTLE = 2 << 12;
/** CGImageAlphaInfo: kCGImageAlphaNoneSkipFirst, kCGImageAlphaPremultipliedFirst. */
const ALPHA = { none: 6, premultiplied: 2 } as const;
const BYTES_PER_PIXEL = 4;

interface CoreGraphics {
  CGColorSpaceCreateWithName(name: Ref): Ref;
  CGBitmapContextCreate(
    ...args: [
      memory: bigint | Uint8Array,
      width: number,
      height: number,
      bits: number,
      stride: number,
      space: Ref,
      info: number,
    ]
  ): Ref;
  CGBitmapContextCreateImage(context: Ref): Ref;
  CGContextDrawImage: KoffiFunc<(context: Ref, place: CGRect, image: Ref) => void>;
  CGContextClearRect(context: Ref, place: CGRect): void;
}

const coreGraphics = macLibrary<CoreGraphics>('CoreGraphics', {
  CGColorSpaceCreateWithName: 'void *CGColorSpaceCreateWithName(void *name)',
  CGBitmapContextCreate:
    'void *CGBitmapContextCreate(void *memory, size_t width, size_t height, size_t bits, size_t stride, void *space, uint32_t info)',
  CGBitmapContextCreateImage: 'void *CGBitmapContextCreateImage(void *context)',
  CGContextDrawImage: 'void CGContextDrawImage(void *context, CGRect place, void *image)',
  CGContextClearRect: 'void CGContextClearRect(void *context, CGRect place)',
});

export interface Size {
  width: number;
  height: number;
}

/** BGRX, or BGRA with each colour multiplied by its alpha; rows without padding, the top one first. */
export class Bitmap {
  readonly bytes: Uint8Array;
  readonly #size: Size;
  readonly #memory: bigint;
  readonly #context: Ref;

  constructor(size: Size, alpha: keyof typeof ALPHA) {
    const { width, height } = size;
    this.#size = size;
    const length = width * height * BYTES_PER_PIXEL;
    // By koffi's documentation an address.
    this.#memory = koffi.alloc('uint8_t', length) as bigint;
    this.bytes = new Uint8Array(koffi.view(this.#memory, length));
    const space = coreGraphics.CGColorSpaceCreateWithName(constantOf('CoreGraphics', 'kCGColorSpaceSRGB'));
    this.#context = coreGraphics.CGBitmapContextCreate(
      this.#memory,
      width,
      height,
      8,
      width * BYTES_PER_PIXEL,
      space,
      LITTLE | ALPHA[alpha],
    );
    release(space);
    if (this.#context === null) throw new Error(`macOS has no memory for a picture of ${width}×${height}`);
  }

  /** The image over all of it, on a thread of koffi's pool. Not while another one is drawn. */
  draw(image: Ref): Promise<void> {
    const place = whole(this.#size);
    return new Promise((resolve, reject) => {
      coreGraphics.CGContextDrawImage.async(this.#context, place, image, (error: unknown) => {
        if (error instanceof Error) reject(error);
        else resolve();
      });
    });
  }

  /** The image alone: what was there before is gone. */
  drawNow(image: Ref): void {
    coreGraphics.CGContextClearRect(this.#context, whole(this.#size));
    coreGraphics.CGContextDrawImage(this.#context, whole(this.#size), image);
  }

  /** What is in it now, as an image that is the caller's to let go. */
  image(): Ref {
    return coreGraphics.CGBitmapContextCreateImage(this.#context);
  }

  /** Not while an image is drawn. */
  close(): void {
    release(this.#context);
    // A reader that is late finds nothing, instead of memory that is gone.
    (this.bytes.buffer as ArrayBuffer).transfer();
    koffi.free(this.#memory);
  }
}

function whole({ width, height }: Size): CGRect {
  return { origin: { x: 0, y: 0 }, size: { width, height } };
}
