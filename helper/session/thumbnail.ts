/** Small pictures of the screen and of windows for the questions "which?": shown to the local person only, never sent. */
import { crc32, deflateSync } from 'node:zlib';
import type { Picture, Rect, ScreenCapture } from '../platform/platform.ts';

const SCREEN_WIDTH = 320;
/** What is not shown of a window. */
const GREY = 0xb0;

/** A `data:` URL of a PNG about 320 pixels wide; null when the screen gives no picture in time. */
export async function thumbnailOf(capture: ScreenCapture, screenId: string): Promise<string | null> {
  const picture = await grabOnce(capture, screenId, (each) => {
    const all = { x: 0, y: 0, width: each.width, height: each.height };
    return partThumbnail(each, { part: all, shown: [all], width: SCREEN_WIDTH });
  });
  return picture ?? null;
}

/** `use` gets the picture while it lasts; undefined when the screen gives none. */
export async function grabOnce<T>(
  capture: ScreenCapture,
  screenId: string,
  use: (picture: Picture) => T,
): Promise<T | undefined> {
  const session = await capture.open(screenId);
  try {
    const picture = await session.grab();
    return picture === undefined ? undefined : use(picture);
  } finally {
    session.close();
  }
}

/** A part of a picture, in whose coordinates the rectangles are. */
export interface ThumbnailPart {
  /** May reach beyond the picture. */
  part: Rect;
  /** The rest is grey. They do not overlap and lie within the picture. */
  shown: readonly Rect[];
  /** About, in pixels. */
  width: number;
}

/** A `data:` URL of a PNG. */
export function partThumbnail(picture: Picture, part: ThumbnailPart): string {
  return `data:image/png;base64,${encodePng(shrink(picture, part)).toString('base64')}`;
}

interface Rgb {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** Averages whole blocks of pixels, so that text becomes grey rather than noise. */
function shrink(picture: Picture, { part, shown, width }: ThumbnailPart): Rgb {
  const block = Math.max(1, Math.round(part.width / width));
  const [columns, rows] = [Math.max(1, Math.floor(part.width / block)), Math.max(1, Math.floor(part.height / block))];
  const small = new Uint8Array(columns * rows * 3).fill(GREY);
  const shownPixels = countShown({ part, shown, block, columns, rows });
  for (let at = 0; at < columns * rows; at++) {
    // A block that is shown in part would mix in what is not.
    if (shownPixels[at] !== block * block) continue;
    const x = part.x + (at % columns) * block;
    const y = part.y + Math.floor(at / columns) * block;
    averageBlock(picture, { x, y, width: block, height: block }, small.subarray(at * 3, at * 3 + 3));
  }
  return { width: columns, height: rows, pixels: small };
}

/** How many pixels of each block are shown. */
function countShown(grid: {
  part: Rect;
  shown: readonly Rect[];
  block: number;
  columns: number;
  rows: number;
}): Uint32Array {
  const { part, block, columns, rows } = grid;
  const counts = new Uint32Array(columns * rows);
  for (const rect of grid.shown) {
    const [left, top] = [rect.x - part.x, rect.y - part.y];
    for (let row = 0; row < rows; row++) {
      const height = overlapOf([row * block, block], [top, rect.height]);
      if (height === 0) continue;
      for (let column = 0; column < columns; column++) {
        const at = row * columns + column;
        counts[at] = (counts[at] ?? 0) + height * overlapOf([column * block, block], [left, rect.width]);
      }
    }
  }
  return counts;
}

type Span = readonly [start: number, length: number];

function overlapOf([start, length]: Span, [otherStart, otherLength]: Span): number {
  return Math.max(0, Math.min(start + length, otherStart + otherLength) - Math.max(start, otherStart));
}

function averageBlock({ stride, pixels }: Picture, block: Rect, rgb: Uint8Array): void {
  const sums = [0, 0, 0];
  for (let y = block.y; y < block.y + block.height; y++) {
    for (let x = block.x; x < block.x + block.width; x++) {
      const from = y * stride + x * 4;
      for (const part of [0, 1, 2]) sums[part] = (sums[part] ?? 0) + (pixels[from + part] ?? 0);
    }
  }
  // The picture is BGRX, a PNG is RGB.
  for (const part of [0, 1, 2]) rgb[2 - part] = (sums[part] ?? 0) / (block.width * block.height);
}

/** PNG (ISO/IEC 15948), 8-bit RGB, every row unfiltered. */
export function encodePng({ width, height, pixels }: Rgb): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (width * 3 + 1));
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * width * 3, (y + 1) * width * 3), y * (width * 3 + 1) + 1);
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const frame = Buffer.alloc(8 + typed.length);
  frame.writeUInt32BE(body.length, 0);
  frame.set(typed, 4);
  frame.writeUInt32BE(crc32(typed), 4 + typed.length);
  return frame;
}
