/**
 * The lossless half of a picture in memory: fills, copies and tiles painted on RGBA pixels. The viewer paints with it,
 * tests use it as the reference. Video is not its business.
 */
import { bitsPerIndex, tileBytes, type CopyRegion, type FillRegion, type Rect, type TileRegion } from './picture.ts';

const OPAQUE = 0xff000000;

/** 0xRRGGBB to the word whose bytes in memory are red, green, blue, 255 (little-endian). */
function toWord(colour: number): number {
  return (OPAQUE | ((colour & 255) << 16) | (colour & 0xff00) | (colour >> 16)) >>> 0;
}

export class Framebuffer {
  readonly width: number;
  readonly height: number;
  /** One word a pixel; in memory red, green, blue, alpha, as ImageData has them. */
  readonly words: Uint32Array<ArrayBuffer>;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.words = new Uint32Array(width * height).fill(OPAQUE);
  }

  fill({ rect, colour }: FillRegion): void {
    const word = toWord(colour);
    for (let row = 0; row < rect.height; row++) {
      const at = (rect.y + row) * this.width + rect.x;
      this.words.fill(word, at, at + rect.width);
    }
  }

  copy({ rect, sourceX, sourceY }: CopyRegion): void {
    const isDownwards = rect.y > sourceY;
    for (let step = 0; step < rect.height; step++) {
      const row = isDownwards ? rect.height - 1 - step : step;
      const from = (sourceY + row) * this.width + sourceX;
      this.words.copyWithin((rect.y + row) * this.width + rect.x, from, from + rect.width);
    }
  }

  /** Paints a tile from its inflated bytes, exactly `tileBytes(tile)` of them. */
  tile(tile: TileRegion, plain: Uint8Array): void {
    if (plain.length !== tileBytes(tile)) throw new RangeError('tile bytes do not fit the tile');
    if (tile.kind === 'rgb') this.#rgb(tile.rect, plain);
    else this.#palette(tile.rect, plain, tile.palette);
  }

  /** Pixels of a rectangle as 0xRRGGBB, row by row. */
  colours(rect: Rect): Uint32Array {
    const colours = new Uint32Array(rect.width * rect.height);
    let at = 0;
    for (let y = rect.y; y < rect.y + rect.height; y++) {
      for (const word of this.words.subarray(y * this.width + rect.x, y * this.width + rect.x + rect.width)) {
        colours[at++] = ((word & 255) << 16) | (word & 0xff00) | ((word >> 16) & 255);
      }
    }
    return colours;
  }

  #palette(rect: Rect, plain: Uint8Array, palette: readonly number[]): void {
    const bits = bitsPerIndex(palette.length);
    const lookup = new Uint32Array(1 << bits).fill(OPAQUE);
    palette.forEach((colour, at) => (lookup[at] = toWord(colour)));
    const stride = Math.ceil((rect.width * bits) / 8);
    const mask = (1 << bits) - 1;
    const { words } = this;
    for (let row = 0; row < rect.height; row++) {
      let at = (rect.y + row) * this.width + rect.x;
      const end = at + rect.width;
      for (let from = row * stride; at < end; from++) {
        const packed = plain[from] ?? 0;
        for (let shift = 8 - bits; shift >= 0 && at < end; shift -= bits) {
          words[at++] = lookup[(packed >> shift) & mask] ?? OPAQUE;
        }
      }
    }
  }

  #rgb(rect: Rect, plain: Uint8Array): void {
    const { words, width } = this;
    const plane = rect.width * rect.height;
    let index = 0;
    for (let row = 0; row < rect.height; row++) {
      const start = (rect.y + row) * width + rect.x;
      for (let at = start; at < start + rect.width; at++, index++) {
        const before = row > 0 ? words[at - width] : at > start ? words[at - 1] : 0;
        const near = before ?? 0;
        const green = plain[index] ?? 0;
        const red = (plain[plane + index] ?? 0) + green + near;
        const blue = (plain[2 * plane + index] ?? 0) + green + (near >> 16);
        words[at] = OPAQUE | ((blue & 255) << 16) | (((green + (near >> 8)) & 255) << 8) | (red & 255);
      }
    }
  }
}
