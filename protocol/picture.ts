/**
 * The payload of one picture frame: what changed on the shared screen, as regions that are painted in order.
 *
 *     header, 16 bytes                                                                                    big-endian
 *      0  u8   version (1)
 *      1  u8   flags: bit 0 key (paints the whole screen, needs nothing before it); other bits 0
 *      2  u16  screen width            4  u16  screen height
 *      6  u32  frame number, counts up by one, wraps
 *     10  u32  captured: milliseconds of the device's clock, wraps; for the age of the frame
 *     14  u16  number of regions
 *
 *     region, 13 bytes and its body
 *      0  u8   kind                    1  u16  x, y, width, height: the pixels it paints
 *      9  u32  bytes of the body
 *
 *     kind 1 fill      u8 red, green, blue
 *     kind 2 copy      u16 x, y of the source, same size, as the screen was before this region (overlap is allowed)
 *     kind 3 palette   u8 flags (bit 0 deflated, RFC 1951), u8 colours - 1 (at least 2 colours), colours × (red, green,
 *                      blue), then indices: rows of 1, 2, 4 or 8 bits a pixel, the fewest that hold the palette, most
 *                      significant first, each row padded to a byte; an index beyond the palette is black
 *     kind 4 rgb       u8 flags (bit 0 deflated), then three planes: green, red - green, blue - green, modulo 256, each
 *                      the difference from the pixel above (in the first row from the pixel on the left, the first
 *                      pixel of all from black)
 *     kind 5 video     u8 flags (bit 0 key), u16 x, y, width, height of the coded picture (even size, contains what is
 *                      painted), then one H.264 access unit (Annex B, BT.709, limited range, no reordering); at most
 *                      one in a frame. A new coded picture rectangle starts with a key.
 *
 * Video is lossy; whatever it painted is painted again, exactly, once it has come to rest.
 */
import type { Bytes } from './bytes.ts';
import { CHANNELS, TAG_BYTES } from './frame.ts';

export const PICTURE_VERSION = 1;
export const MAX_PICTURE_BYTES = CHANNELS.picture.maxBytes - TAG_BYTES;
export const MAX_REGIONS = 4096;
export const MAX_SCREEN_SIDE = 16_384;
export const MAX_SCREEN_PIXELS = 1 << 26;
/** Of one palette or rgb region, so that what a body inflates to is bounded: 3 MiB. */
export const MAX_TILE_PIXELS = 1 << 20;
/** All regions together paint at most this many screens: bounds the work that one frame can ask for. */
export const MAX_PAINTED_SCREENS = 4;

const HEADER_BYTES = 16;
const REGION_BYTES = 13;
const MAX_COLOURS = 256;

/** Pixels, half-open: covers x … x+width-1. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** 0xRRGGBB. */
export type Colour = number;

export interface FillRegion {
  kind: 'fill';
  rect: Rect;
  colour: Colour;
}

export interface CopyRegion {
  kind: 'copy';
  rect: Rect;
  sourceX: number;
  sourceY: number;
}

export interface PaletteRegion {
  kind: 'palette';
  rect: Rect;
  palette: readonly Colour[];
  isDeflated: boolean;
  body: Uint8Array;
}

export interface RgbRegion {
  kind: 'rgb';
  rect: Rect;
  isDeflated: boolean;
  body: Uint8Array;
}

export interface VideoRegion {
  kind: 'video';
  rect: Rect;
  coded: Rect;
  isKey: boolean;
  accessUnit: Uint8Array;
}

export type TileRegion = PaletteRegion | RgbRegion;
export type Region = FillRegion | CopyRegion | TileRegion | VideoRegion;

export interface PictureFrame {
  isKey: boolean;
  width: number;
  height: number;
  /** Counts up by one, modulo 2³². */
  number: number;
  /** Milliseconds of the device's clock, modulo 2³². */
  capturedAtMs: number;
  regions: Region[];
}

/** Why a payload is refused as a whole. */
export type PictureRefusal =
  | 'too-short'
  | 'too-long'
  | 'unknown-version'
  | 'bad-flags'
  | 'bad-screen'
  | 'too-many-regions'
  | 'unknown-region'
  | 'bad-rect'
  | 'bad-body'
  | 'too-much-work'
  | 'trailing-bytes';

const KIND_IDS = { fill: 1, copy: 2, palette: 3, rgb: 4, video: 5 } as const satisfies Record<Region['kind'], number>;

/** Bits of one index into a palette of that many colours. */
export function bitsPerIndex(colours: number): 1 | 2 | 4 | 8 {
  if (colours <= 2) return 1;
  if (colours <= 4) return 2;
  return colours <= 16 ? 4 : 8;
}

/** Bytes of a tile once inflated. */
export function tileBytes(tile: TileRegion): number {
  const { width, height } = tile.rect;
  if (tile.kind === 'rgb') return width * height * 3;
  return Math.ceil((width * bitsPerIndex(tile.palette.length)) / 8) * height;
}

function bodyBytes(region: Region): number {
  switch (region.kind) {
    case 'fill':
      return 3;
    case 'copy':
      return 4;
    case 'palette':
      return 2 + region.palette.length * 3 + region.body.length;
    case 'rgb':
      return 1 + region.body.length;
    case 'video':
      return 9 + region.accessUnit.length;
  }
}

/** Bytes that a region adds to a payload. */
export function regionBytes(region: Region): number {
  return REGION_BYTES + bodyBytes(region);
}

class Writer {
  readonly bytes: Bytes;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  u8(...values: readonly number[]): void {
    for (const value of values) this.#view.setUint8(this.#at++, value);
  }

  u16(...values: readonly number[]): void {
    for (const value of values) {
      this.#view.setUint16(this.#at, value);
      this.#at += 2;
    }
  }

  u32(value: number): void {
    this.#view.setUint32(this.#at, value);
    this.#at += 4;
  }

  colour(colour: Colour): void {
    this.u8((colour >> 16) & 255, (colour >> 8) & 255, colour & 255);
  }

  rect({ x, y, width, height }: Rect): void {
    this.u16(x, y, width, height);
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}

function writeBody(writer: Writer, region: Region): void {
  switch (region.kind) {
    case 'fill':
      writer.colour(region.colour);
      break;
    case 'copy':
      writer.u16(region.sourceX, region.sourceY);
      break;
    case 'palette':
      writer.u8(region.isDeflated ? 1 : 0, region.palette.length - 1);
      for (const colour of region.palette) writer.colour(colour);
      writer.raw(region.body);
      break;
    case 'rgb':
      writer.u8(region.isDeflated ? 1 : 0);
      writer.raw(region.body);
      break;
    case 'video':
      writer.u8(region.isKey ? 1 : 0);
      writer.rect(region.coded);
      writer.raw(region.accessUnit);
      break;
  }
}

/** The payload bytes of a frame. The caller keeps the limits; `parsePicture` is what checks them. */
export function encodePicture(frame: PictureFrame): Bytes {
  const writer = new Writer(frame.regions.reduce((sum, region) => sum + regionBytes(region), HEADER_BYTES));
  writer.u8(PICTURE_VERSION, frame.isKey ? 1 : 0);
  writer.u16(frame.width, frame.height);
  writer.u32(frame.number);
  writer.u32(frame.capturedAtMs);
  writer.u16(frame.regions.length);
  for (const region of frame.regions) {
    writer.u8(KIND_IDS[region.kind]);
    writer.rect(region.rect);
    writer.u32(bodyBytes(region));
    writeBody(writer, region);
  }
  return writer.bytes;
}

function readRect(view: DataView, at: number): Rect {
  return {
    x: view.getUint16(at),
    y: view.getUint16(at + 2),
    width: view.getUint16(at + 4),
    height: view.getUint16(at + 6),
  };
}

function readColour(view: DataView, at: number): Colour {
  return (view.getUint8(at) << 16) | view.getUint16(at + 1);
}

function isInside(inner: Rect, outer: Rect): boolean {
  return (
    inner.width > 0 &&
    inner.height > 0 &&
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

interface RegionSource {
  rect: Rect;
  screen: Rect;
  body: Uint8Array;
  view: DataView;
}

function readCopy({ rect, screen, view }: RegionSource): Region | PictureRefusal {
  if (view.byteLength !== 4) return 'bad-body';
  const sourceX = view.getUint16(0);
  const sourceY = view.getUint16(2);
  if (!isInside({ ...rect, x: sourceX, y: sourceY }, screen)) return 'bad-rect';
  return { kind: 'copy', rect, sourceX, sourceY };
}

/** A deflated body is smaller than what it stands for; a plain one has exactly that length. */
function checkTile(tile: TileRegion): TileRegion | PictureRefusal {
  if (tile.rect.width * tile.rect.height > MAX_TILE_PIXELS) return 'bad-rect';
  const plain = tileBytes(tile);
  const isRight = tile.isDeflated ? tile.body.length > 0 && tile.body.length < plain : tile.body.length === plain;
  return isRight ? tile : 'bad-body';
}

function readPalette({ rect, body, view }: RegionSource): Region | PictureRefusal {
  if (body.length < 2) return 'bad-body';
  const flags = view.getUint8(0);
  const colours = view.getUint8(1) + 1;
  if (flags > 1) return 'bad-flags';
  if (colours < 2 || colours > MAX_COLOURS || body.length < 2 + colours * 3) return 'bad-body';
  const palette = Array.from({ length: colours }, (_, at) => readColour(view, 2 + at * 3));
  return checkTile({
    kind: 'palette',
    rect,
    palette,
    isDeflated: flags === 1,
    body: body.subarray(2 + colours * 3),
  });
}

function readRgb({ rect, body, view }: RegionSource): Region | PictureRefusal {
  if (body.length < 1) return 'bad-body';
  const flags = view.getUint8(0);
  if (flags > 1) return 'bad-flags';
  return checkTile({ kind: 'rgb', rect, isDeflated: flags === 1, body: body.subarray(1) });
}

function readVideo({ rect, screen, body, view }: RegionSource): Region | PictureRefusal {
  if (body.length < 10) return 'bad-body';
  const flags = view.getUint8(0);
  if (flags > 1) return 'bad-flags';
  const coded = readRect(view, 1);
  const isEven = coded.width % 2 === 0 && coded.height % 2 === 0;
  if (!isEven || !isInside(coded, screen) || !isInside(rect, coded)) return 'bad-rect';
  return { kind: 'video', rect, coded, isKey: flags === 1, accessUnit: body.subarray(9) };
}

function readRegion(kind: number, source: RegionSource): Region | PictureRefusal {
  switch (kind) {
    case KIND_IDS.fill:
      if (source.body.length !== 3) return 'bad-body';
      return { kind: 'fill', rect: source.rect, colour: readColour(source.view, 0) };
    case KIND_IDS.copy:
      return readCopy(source);
    case KIND_IDS.palette:
      return readPalette(source);
    case KIND_IDS.rgb:
      return readRgb(source);
    case KIND_IDS.video:
      return readVideo(source);
    default:
      return 'unknown-region';
  }
}

function readRegions(bytes: Uint8Array, count: number, screen: Rect): Region[] | PictureRefusal {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const regions: Region[] = [];
  let at = HEADER_BYTES;
  let work = MAX_PAINTED_SCREENS * screen.width * screen.height;
  let videos = 0;
  for (let index = 0; index < count; index++) {
    if (at + REGION_BYTES > bytes.length) return 'too-short';
    const rect = readRect(view, at + 1);
    const length = view.getUint32(at + 9);
    const start = at + REGION_BYTES;
    if (start + length > bytes.length) return 'too-short';
    if (!isInside(rect, screen)) return 'bad-rect';
    const body = bytes.subarray(start, start + length);
    const source = { rect, screen, body, view: new DataView(bytes.buffer, bytes.byteOffset + start, length) };
    const region = readRegion(view.getUint8(at), source);
    if (typeof region === 'string') return region;
    if (region.kind === 'video') videos += 1;
    work -= rect.width * rect.height;
    if (work < 0 || videos > 1) return 'too-much-work';
    regions.push(region);
    at = start + length;
  }
  return at === bytes.length ? regions : 'trailing-bytes';
}

/**
 * Reads a payload; whatever is wrong with it comes back as a reason, never as an exception. Bodies are views into
 * `bytes`; deflated bodies are not inflated here (`tileBytes` says what they may grow to).
 */
export function parsePicture(bytes: Uint8Array): PictureFrame | PictureRefusal {
  if (bytes.length < HEADER_BYTES) return 'too-short';
  if (bytes.length > MAX_PICTURE_BYTES) return 'too-long';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint8(0) !== PICTURE_VERSION) return 'unknown-version';
  const flags = view.getUint8(1);
  if (flags > 1) return 'bad-flags';
  const width = view.getUint16(2);
  const height = view.getUint16(4);
  if (width === 0 || height === 0 || Math.max(width, height) > MAX_SCREEN_SIDE) return 'bad-screen';
  if (width * height > MAX_SCREEN_PIXELS) return 'bad-screen';
  const count = view.getUint16(14);
  if (count > MAX_REGIONS) return 'too-many-regions';
  const regions = readRegions(bytes, count, { x: 0, y: 0, width, height });
  if (typeof regions === 'string') return regions;
  return {
    isKey: flags === 1,
    width,
    height,
    number: view.getUint32(6),
    capturedAtMs: view.getUint32(10),
    regions,
  };
}
