/** A screen's pixels in memory, as words for arithmetic and as bytes for comparing whole runs at memory speed. */

/** Of a BGRX word: the X byte is whatever the platform left there. */
export const COLOUR_BITS = 0xffffff;

export class Pixels {
  /** Pixels in a row. */
  readonly width: number;
  readonly height: number;
  /** BGRX, one word a pixel (little-endian). */
  readonly words: Uint32Array<ArrayBuffer>;
  readonly bytes: Buffer<ArrayBuffer>;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.words = new Uint32Array(width * height);
    this.bytes = Buffer.from(this.words.buffer);
  }

  /**
   * Whether `length` pixels from `at` are the same, X byte included, as those from `otherAt` in `other`. Two runs that
   * differ in X alone count as different: callers look closer or lose a little compression, never correctness.
   */
  isSameRun(at: number, length: number, { other, otherAt }: { other: Pixels; otherAt: number }): boolean {
    return this.bytes.compare(other.bytes, otherAt * 4, (otherAt + length) * 4, at * 4, (at + length) * 4) === 0;
  }
}
