/** Gives a layered window its pixels. Runs in window.thread.ts. */
import type { Rect } from '../platform.ts';
import { bitmapHeader, winLibrary } from './win32.ts';
import type { WinPoint } from './win32.ts';

const ULW_ALPHA = 2;
/** BLENDFUNCTION: AC_SRC_OVER, no flags, opaque as a whole, AC_SRC_ALPHA. */
const BLEND = Buffer.from([0, 0, 255, 1]);

interface User32 {
  UpdateLayeredWindow(
    ...args: [
      hwnd: number,
      screen: number,
      to: WinPoint,
      size: WinPoint,
      dc: number,
      from: WinPoint,
      key: number,
      blend: Buffer,
      flags: number,
    ]
  ): number;
}

const user32 = winLibrary<User32>('user32', {
  UpdateLayeredWindow:
    'int UpdateLayeredWindow(intptr_t hwnd, intptr_t screen, POINT *to, POINT *size, intptr_t dc, POINT *from, uint32_t key, void *blend, uint32_t flags)',
});

interface Gdi32 {
  CreateCompatibleDC(dc: number): number;
  DeleteDC(dc: number): number;
  CreateDIBSection(
    ...args: [dc: number, header: Buffer, usage: number, bits: unknown, section: number, offset: number]
  ): number;
  SetDIBits(
    ...args: [dc: number, bitmap: number, start: number, lines: number, bits: Uint8Array, header: Buffer, usage: number]
  ): number;
  SelectObject(dc: number, object: number): number;
  DeleteObject(object: number): number;
}

const gdi32 = winLibrary<Gdi32>('gdi32', {
  CreateCompatibleDC: 'intptr_t CreateCompatibleDC(intptr_t dc)',
  DeleteDC: 'int DeleteDC(intptr_t dc)',
  CreateDIBSection:
    'intptr_t CreateDIBSection(intptr_t dc, void *header, uint32_t usage, _Out_ void **bits, intptr_t section, uint32_t offset)',
  SetDIBits:
    'int SetDIBits(intptr_t dc, intptr_t bitmap, uint32_t start, uint32_t lines, const void *bits, void *header, uint32_t usage)',
  SelectObject: 'intptr_t SelectObject(intptr_t dc, intptr_t object)',
  DeleteObject: 'int DeleteObject(intptr_t object)',
});

/** `picture` is BGRA, each colour multiplied by its alpha. */
export function showPicture(hwnd: number, { x, y, width, height }: Rect, picture: Uint8Array): void {
  const header = bitmapHeader(width, height);
  const dc = gdi32.CreateCompatibleDC(0);
  const bitmap = gdi32.CreateDIBSection(dc, header, 0, [null], 0, 0);
  gdi32.SetDIBits(dc, bitmap, 0, height, picture, header, 0);
  const before = gdi32.SelectObject(dc, bitmap);
  const [to, size, from] = [
    { x, y },
    { x: width, y: height },
    { x: 0, y: 0 },
  ];
  const isShown = user32.UpdateLayeredWindow(hwnd, 0, to, size, dc, from, 0, BLEND, ULW_ALPHA) !== 0;
  gdi32.SelectObject(dc, before);
  gdi32.DeleteObject(bitmap);
  gdi32.DeleteDC(dc);
  if (!isShown) throw new Error('Windows does not take the picture of a surface');
}
