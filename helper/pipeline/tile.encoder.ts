/** Turns rectangles of the screen into lossless regions: fills, palette tiles and rgb tiles, whichever is smallest to send. */
import { constants, deflateRawSync } from 'node:zlib';
import {
  MAX_TILE_PIXELS,
  bitsPerIndex,
  type Colour,
  type FillRegion,
  type Rect,
  type TileRegion,
} from '../../protocol/picture.ts';
import { CELL, bandsOf, columnsOf } from './cells.ts';
import { COLOUR_BITS, type Pixels } from './pixels.ts';
import { areaOf, unite } from './rects.ts';

const MAX_COLOURS = 256;
const TABLE_BITS = 10;
/** Up to here the better compression costs less than 0.3 ms; above, speed wins. */
const CAREFUL_BYTES = 1 << 15;
/** Not worth starting deflate for less. */
const MIN_DEFLATE_BYTES = 48;
/** A photograph has more colours than this in every eighth row of a cell; text and controls have fewer. */
const PHOTO_COLOURS = 110;
const PHOTO_ROW_STEP = 8;
/** Smooth text has up to so many in a part of a cell, however small. */
const SMOOTH_TEXT_COLOURS = 56;
const TEXT_COLOURS = 96;

/** From this width on, what is of one colour is not packed with its neighbours. */
const MIN_FLAT_COLUMNS = 8;

export type LosslessRegion = FillRegion | TileRegion;

/** Colours of a part of the screen in the order in which they came; undefined: more than a palette holds. */
type Palette = Colour[] | undefined;

interface Part {
  rect: Rect;
  palette: Palette;
  /** Wide and of one colour: a fill of its own, since packing and unpacking its indices would take longer than all else. */
  isFlat?: boolean;
}

/** Whether a rectangle is of one colour (where its X bytes agree: otherwise the palette finds out). */
function isSolid(source: Pixels, { x, y, width, height }: Rect): boolean {
  const start = y * source.width + x;
  for (let at = start + 1; at < start + width; at++) if (source.words[at] !== source.words[start]) return false;
  for (let row = 1; row < height; row++) {
    if (!source.isSameRun(start + row * source.width, width, { other: source, otherAt: start })) return false;
  }
  return true;
}

/** The smaller of the bytes as they are and deflated. */
function pack(plain: Uint8Array): { isDeflated: boolean; body: Uint8Array } {
  if (plain.length >= MIN_DEFLATE_BYTES) {
    const level = plain.length <= CAREFUL_BYTES ? 6 : constants.Z_BEST_SPEED;
    const body = deflateRawSync(plain, {
      level,
      memLevel: 9,
      chunkSize: Math.max(constants.Z_MIN_CHUNK, plain.length),
    });
    if (body.length < plain.length) return { isDeflated: true, body };
  }
  return { isDeflated: false, body: plain.slice() };
}

/** Both palettes in one, as long as that is still a palette. */
function joinPalettes(a: Palette, b: Palette): Palette {
  if (a === undefined || b === undefined) return undefined;
  const joined = new Set(a);
  for (const colour of b) joined.add(colour);
  return joined.size <= MAX_COLOURS ? [...joined] : undefined;
}

/** Two bands in one part, where one palette does for both and flat stays flat. */
function joinBands(above: Part, below: Part): Part | undefined {
  const rect = unite(above.rect, below.rect);
  const palette = above.isFlat === below.isFlat ? joinPalettes(above.palette, below.palette) : undefined;
  const isPossible = above.isFlat ? palette?.length === 1 : areaOf(rect) <= MAX_TILE_PIXELS;
  return palette && isPossible ? { ...above, rect, palette } : undefined;
}

function isOneColour(a: Part | undefined, b: Part | undefined): boolean {
  return a?.palette?.length === 1 && b?.palette?.length === 1 && a.palette[0] === b.palette[0];
}

export class TileEncoder {
  readonly #keys = new Int32Array(1 << TABLE_BITS);
  readonly #indexes = new Uint16Array(1 << TABLE_BITS);
  readonly #stamps = new Uint32Array(1 << TABLE_BITS);
  #stamp = 0;
  #plain = new Uint8Array(1 << 16);

  /** Whether a part of the screen is more like a photograph than like text and controls (judged on every eighth row). */
  isPhoto(source: Pixels, rect: Rect): boolean {
    const limit = Math.max(SMOOTH_TEXT_COLOURS, Math.floor((PHOTO_COLOURS * areaOf(rect)) / (CELL * CELL)));
    return this.#coloursOf(source, rect, { limit, rowStep: PHOTO_ROW_STEP }) === undefined;
  }

  /** Whether it has so few colours that a lossless tile of it is small. */
  isText(source: Pixels, rect: Rect): boolean {
    return this.#coloursOf(source, rect, { limit: TEXT_COLOURS, rowStep: 1 }) !== undefined;
  }

  /** Lossless regions that paint exactly `rect`. */
  encode(source: Pixels, rect: Rect): LosslessRegion[] {
    if (isSolid(source, rect)) {
      return [{ kind: 'fill', rect, colour: (source.words[rect.y * source.width + rect.x] ?? 0) & COLOUR_BITS }];
    }
    return this.#partsOf(source, rect).map((part) => this.#encodePart(source, part));
  }

  /**
   * Splits at cell borders where one palette does not do: bands of cells share a palette as long as it lasts; a band
   * that needs more is cut into runs.
   */
  #partsOf(source: Pixels, rect: Rect): Part[] {
    const parts: Part[] = [];
    let open: Part | undefined;
    for (const band of bandsOf(rect)) {
      const runs = this.#runsOf(source, band);
      const [run] = runs;
      const joined = runs.length === 1 && open && run ? joinBands(open, run) : undefined;
      if (joined) parts[parts.length - 1] = joined;
      else parts.push(...runs);
      open = joined ?? (runs.length === 1 ? run : undefined);
    }
    return parts;
  }

  #runsOf(source: Pixels, band: Rect): Part[] {
    const runs: Part[] = [];
    for (const part of this.#columnsOf(source, band)) {
      const last = runs.at(-1);
      const isJoinable = last && !last.isFlat && !part.isFlat;
      const joined = isJoinable ? joinPalettes(last.palette, part.palette) : undefined;
      const isSameKind = isJoinable && (joined !== undefined || (!last.palette && !part.palette));
      if (isSameKind) runs[runs.length - 1] = { rect: unite(last.rect, part.rect), palette: joined };
      else runs.push(part);
    }
    return runs;
  }

  /** The band's columns of cells with their palettes, wide stretches of one colour in one piece. */
  #columnsOf(source: Pixels, band: Rect): Part[] {
    if (band.width >= MIN_FLAT_COLUMNS * CELL && isSolid(source, band)) {
      const colour = (source.words[band.y * source.width + band.x] ?? 0) & COLOUR_BITS;
      return [{ rect: band, palette: [colour], isFlat: true }];
    }
    const parts: Part[] = columnsOf(band).map((rect) => {
      return { rect, palette: this.#coloursOf(source, rect, { limit: MAX_COLOURS, rowStep: 1 }) };
    });
    for (let start = 0, end = 1; start < parts.length; start += 1, end = start + 1) {
      while (isOneColour(parts[start], parts[end])) end += 1;
      const [first, last] = [parts[start], parts[end - 1]];
      if (end - start < MIN_FLAT_COLUMNS || !first || !last) continue;
      parts.splice(start, end - start, { ...first, rect: unite(first.rect, last.rect), isFlat: true });
    }
    return parts;
  }

  #encodePart(source: Pixels, { rect, palette }: Part): LosslessRegion {
    if (palette === undefined) return { kind: 'rgb', rect, ...pack(this.#planes(source, rect)) };
    const [colour = 0] = palette;
    if (palette.length === 1) return { kind: 'fill', rect, colour };
    return { kind: 'palette', rect, palette, ...pack(this.#indices(source, rect, palette)) };
  }

  #coloursOf({ words, width }: Pixels, rect: Rect, options: { limit: number; rowStep: number }): Palette {
    const colours: Colour[] = [];
    this.#stamp += 1;
    let last = -1;
    for (let row = rect.y; row < rect.y + rect.height; row += options.rowStep) {
      const end = row * width + rect.x + rect.width;
      for (let at = row * width + rect.x; at < end; at++) {
        const colour = (words[at] ?? 0) & COLOUR_BITS;
        if (colour === last) continue;
        last = colour;
        if (!this.#learn(colour, colours.length)) continue;
        if (colours.length === options.limit) return undefined;
        colours.push(colour);
      }
    }
    return colours;
  }

  /** The slot of a colour in the table: its own, or the free one where it belongs. */
  #slotOf(colour: Colour): number {
    let slot = Math.imul(colour, 0x9e3779b1) >>> (32 - TABLE_BITS);
    while (this.#stamps[slot] === this.#stamp && this.#keys[slot] !== colour)
      slot = (slot + 1) & ((1 << TABLE_BITS) - 1);
    return slot;
  }

  /** Enters a colour in the table; false when it was there. */
  #learn(colour: Colour, index: number): boolean {
    const slot = this.#slotOf(colour);
    if (this.#stamps[slot] === this.#stamp) return false;
    this.#stamps[slot] = this.#stamp;
    this.#keys[slot] = colour;
    this.#indexes[slot] = index;
    return true;
  }

  #scratch(length: number): Uint8Array {
    if (this.#plain.length < length) this.#plain = new Uint8Array(length);
    return this.#plain.subarray(0, length);
  }

  #indices({ words, width }: Pixels, rect: Rect, palette: readonly Colour[]): Uint8Array {
    this.#stamp += 1;
    palette.forEach((colour, index) => this.#learn(colour, index));
    const bits = bitsPerIndex(palette.length);
    const [, second] = palette;
    const plain = this.#scratch(Math.ceil((rect.width * bits) / 8) * rect.height);
    let out = 0;
    let last = -1;
    let index = 0;
    for (let row = rect.y; row < rect.y + rect.height; row++) {
      const end = row * width + rect.x + rect.width;
      let packed = 0;
      let room = 8;
      for (let at = row * width + rect.x; at < end; at++) {
        const colour = (words[at] ?? 0) & COLOUR_BITS;
        // Of two colours no table is needed, which is most of all text.
        if (bits === 1) index = Number(colour === second);
        else if (colour !== last) {
          last = colour;
          index = this.#indexes[this.#slotOf(colour)] ?? 0;
        }
        room -= bits;
        packed |= index << room;
        if (room > 0) continue;
        plain[out++] = packed;
        packed = 0;
        room = 8;
      }
      if (room < 8) plain[out++] = packed;
    }
    return plain;
  }

  #planes({ words, width }: Pixels, rect: Rect): Uint8Array {
    const plane = areaOf(rect);
    const plain = this.#scratch(plane * 3);
    let out = 0;
    for (let row = 0; row < rect.height; row++) {
      const start = (rect.y + row) * width + rect.x;
      for (let at = start; at < start + rect.width; at++, out++) {
        const before = row > 0 ? words[at - width] : at > start ? words[at - 1] : 0;
        const pixel = words[at] ?? 0;
        const near = before ?? 0;
        const green = ((pixel >> 8) & 255) - ((near >> 8) & 255);
        plain[out] = green;
        plain[plane + out] = ((pixel >> 16) & 255) - ((near >> 16) & 255) - green;
        plain[2 * plane + out] = (pixel & 255) - (near & 255) - green;
      }
    }
    return plain;
  }
}
