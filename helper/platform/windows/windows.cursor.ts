/** Shape and position of the mouse pointer: Windows is asked, which is a call of some microseconds. */
import type { CursorLook, DrawnCursor } from '../cursor.watch.ts';
import { toShape } from './cursor.shape.ts';
import { bitmapHeader, winLibrary } from './win32.ts';

const CURSOR_SHOWING = 1;
/** CURSORINFO: size, flags, handle, POINT. */
const CURSOR_INFO = { bytes: 24, flags: 4, handle: 8, x: 16, y: 20 } as const;
/** ICONINFO: is an icon, hotspot, mask, colours. */
const ICON_INFO = { bytes: 32, hotspotX: 4, hotspotY: 8, mask: 16, colour: 24 } as const;
/** BITMAP: type, width, height, and more. */
const BITMAP = { bytes: 32, width: 4, height: 8 } as const;

interface User32 {
  GetCursorInfo(found: Buffer): number;
  GetIconInfo(handle: number, found: Buffer): number;
  GetDC(hwnd: number): number;
  ReleaseDC(hwnd: number, dc: number): number;
}

const user32 = winLibrary<User32>('user32', {
  GetCursorInfo: 'int GetCursorInfo(void *found)',
  GetIconInfo: 'int GetIconInfo(intptr_t handle, void *found)',
  GetDC: 'intptr_t GetDC(intptr_t hwnd)',
  ReleaseDC: 'int ReleaseDC(intptr_t hwnd, intptr_t dc)',
});

interface Gdi32 {
  GetObjectW(object: number, bytes: number, found: Buffer): number;
  GetDIBits(
    ...args: [dc: number, bitmap: number, start: number, rows: number, bits: Uint32Array, header: Buffer, usage: number]
  ): number;
  DeleteObject(object: number): number;
}

const gdi32 = winLibrary<Gdi32>('gdi32', {
  GetObjectW: 'int GetObjectW(intptr_t object, int bytes, void *found)',
  GetDIBits:
    'int GetDIBits(intptr_t dc, intptr_t bitmap, uint32_t start, uint32_t rows, void *bits, void *header, uint32_t usage)',
  DeleteObject: 'int DeleteObject(intptr_t object)',
});

const HIDDEN = { width: 1, height: 1, hotspotX: 0, hotspotY: 0, rgba: new Uint8Array(4) };

/** Remembers which shape was told last. */
export function openCursorLook(): () => CursorLook | undefined {
  /** 0 when hidden. */
  let told: number | undefined;
  const newShape = (handle: number): DrawnCursor | undefined => {
    if (handle === told) return undefined;
    const drawn = handle === 0 ? HIDDEN : readShape(handle);
    // A program may take its shape back at any time; the next look sees the one after.
    if (drawn) told = handle;
    return drawn;
  };
  return () => {
    const found = Buffer.alloc(CURSOR_INFO.bytes);
    found.writeUInt32LE(CURSOR_INFO.bytes, 0);
    // Refused on the secure desktop.
    if (user32.GetCursorInfo(found) === 0) return undefined;
    const isShown = (found.readUInt32LE(CURSOR_INFO.flags) & CURSOR_SHOWING) !== 0;
    const handle = isShown ? Number(found.readBigUInt64LE(CURSOR_INFO.handle)) : 0;
    return {
      x: found.readInt32LE(CURSOR_INFO.x),
      y: found.readInt32LE(CURSOR_INFO.y),
      newShape: () => newShape(handle),
    };
  };
}

function readShape(handle: number): DrawnCursor | undefined {
  const found = Buffer.alloc(ICON_INFO.bytes);
  if (user32.GetIconInfo(handle, found) === 0) return undefined;
  const maskBitmap = Number(found.readBigUInt64LE(ICON_INFO.mask));
  const colourBitmap = Number(found.readBigUInt64LE(ICON_INFO.colour));
  try {
    const mask = readBitmap(maskBitmap);
    if (!mask) return undefined;
    const hotspot = {
      hotspotX: found.readUInt32LE(ICON_INFO.hotspotX),
      hotspotY: found.readUInt32LE(ICON_INFO.hotspotY),
    };
    return { ...toShape(mask, colourBitmap === 0 ? undefined : readBitmap(colourBitmap)), ...hotspot };
  } finally {
    // GetIconInfo makes copies.
    for (const bitmap of [maskBitmap, colourBitmap]) if (bitmap !== 0) gdi32.DeleteObject(bitmap);
  }
}

function readBitmap(bitmap: number): { width: number; height: number; words: Uint32Array } | undefined {
  const found = Buffer.alloc(BITMAP.bytes);
  if (gdi32.GetObjectW(bitmap, found.length, found) === 0) return undefined;
  const [width, height] = [found.readInt32LE(BITMAP.width), found.readInt32LE(BITMAP.height)];
  const words = new Uint32Array(width * height);
  const screen = user32.GetDC(0);
  const rows = gdi32.GetDIBits(screen, bitmap, 0, height, words, bitmapHeader(width, height), 0);
  user32.ReleaseDC(0, screen);
  return rows === height ? { width, height, words } : undefined;
}
