/** A small picture of a screen for the question "which screen?": shown to the local person only, never sent. */
import { crc32, deflateSync } from 'node:zlib';
import type { Picture, ScreenCapture } from '../platform/platform.ts';

const WIDTH = 320;

/** A `data:` URL of a PNG about 320 pixels wide; null when the screen gives no picture in time. */
export async function thumbnailOf(capture: ScreenCapture, screenId: string): Promise<string | null> {
  const session = await capture.open(screenId);
  try {
    const picture = await session.grab();
    return picture === undefined ? null : `data:image/png;base64,${encodePng(shrink(picture)).toString('base64')}`;
  } finally {
    session.close();
  }
}

interface Rgb {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** Averages whole blocks of pixels, so that text becomes grey rather than noise. */
function shrink({ width, height, stride, pixels }: Picture): Rgb {
  const block = Math.max(1, Math.round(width / WIDTH));
  const [columns, rows] = [Math.floor(width / block), Math.floor(height / block)];
  const small = new Uint8Array(columns * rows * 3);
  for (let at = 0; at < columns * rows; at++) {
    const origin = Math.floor(at / columns) * block * stride + (at % columns) * block * 4;
    const sums = [0, 0, 0];
    for (let y = 0; y < block; y++) {
      for (let x = 0; x < block; x++) {
        const from = origin + y * stride + x * 4;
        for (const part of [0, 1, 2]) sums[part] = (sums[part] ?? 0) + (pixels[from + part] ?? 0);
      }
    }
    // The picture is BGRX, a PNG is RGB.
    for (const part of [0, 1, 2]) small[at * 3 + 2 - part] = (sums[part] ?? 0) / (block * block);
  }
  return { width: columns, height: rows, pixels: small };
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
