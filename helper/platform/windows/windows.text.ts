/** Text by GDI in the font of Windows' own windows, which falls back to others for characters that it lacks. */
import koffi from 'koffi';
import type { TextImage, TextRenderer, TextStyle } from '../paint/text.ts';
import { bitmapHeader, winLibrary } from './win32.ts';
import type { WinRect } from './win32.ts';

const FACE = 'Segoe UI';
const WEIGHT = { normal: 400, bold: 700 } as const;
const DEFAULT_CHARSET = 1;
const ANTIALIASED_QUALITY = 4;
const WHITE = 0xffffff;
const TRANSPARENT = 1;
/** DT_SINGLELINE and DT_NOPREFIX. */
const SINGLE_LINE = 0x0020 | 0x0800;
const DT_END_ELLIPSIS = 0x8000;
const DT_CALCRECT = 0x0400;
/** TEXTMETRICW begins with height and ascent. */
const TEXT_METRIC_BYTES = 60;
const ASCENT_AT = 4;

interface Gdi32 {
  CreateCompatibleDC(dc: number): number;
  DeleteDC(dc: number): number;
  CreateDIBSection(
    ...args: [dc: number, header: Buffer, usage: number, bits: unknown[], section: number, offset: number]
  ): number;
  SelectObject(dc: number, object: number): number;
  DeleteObject(object: number): number;
  CreateFontW(...args: (number | string)[]): number;
  SetTextColor(dc: number, colour: number): number;
  SetBkMode(dc: number, mode: number): number;
  GetTextMetricsW(dc: number, metric: Buffer): number;
  GdiFlush(): number;
}

const gdi32 = winLibrary<Gdi32>('gdi32', {
  CreateCompatibleDC: 'intptr_t CreateCompatibleDC(intptr_t dc)',
  DeleteDC: 'int DeleteDC(intptr_t dc)',
  CreateDIBSection:
    'intptr_t CreateDIBSection(intptr_t dc, void *header, uint32_t usage, _Out_ void **bits, intptr_t section, uint32_t offset)',
  SelectObject: 'intptr_t SelectObject(intptr_t dc, intptr_t object)',
  DeleteObject: 'int DeleteObject(intptr_t object)',
  CreateFontW:
    'intptr_t CreateFontW(int height, int width, int escapement, int orientation, int weight, uint32_t italic, uint32_t underline, uint32_t strikeOut, uint32_t charSet, uint32_t outPrecision, uint32_t clipPrecision, uint32_t quality, uint32_t pitch, const char16_t *face)',
  SetTextColor: 'uint32_t SetTextColor(intptr_t dc, uint32_t colour)',
  SetBkMode: 'int SetBkMode(intptr_t dc, int mode)',
  GetTextMetricsW: 'int GetTextMetricsW(intptr_t dc, void *metric)',
  GdiFlush: 'int GdiFlush()',
});

const user32 = winLibrary<{ DrawTextW(...args: [number, string, number, Partial<WinRect>, number]): number }>(
  'user32',
  {
    DrawTextW: 'int DrawTextW(intptr_t dc, const char16_t *text, int length, _Inout_ RECT *rect, uint32_t format)',
  },
);

const scaling = winLibrary<{ GetDpiForSystem(): number }>('user32', {
  GetDpiForSystem: 'uint32_t GetDpiForSystem()',
});

export const gdiText: TextRenderer = {
  render: (text, style) => Promise.resolve(renderText(text.replaceAll('\0', ''), style)),
};

function renderText(text: string, { sizePx, isBold, maxWidthPx }: TextStyle): TextImage {
  const dc = gdi32.CreateCompatibleDC(0);
  const weight = isBold ? WEIGHT.bold : WEIGHT.normal;
  const rest = [0, 0, 0, DEFAULT_CHARSET, 0, 0, ANTIALIASED_QUALITY, 0, FACE];
  // A negative height is that of the letters and not of the line.
  const font = gdi32.CreateFontW(-sizePx, 0, 0, 0, weight, ...rest);
  const fontBefore = gdi32.SelectObject(dc, font);
  try {
    const metric = Buffer.alloc(TEXT_METRIC_BYTES);
    gdi32.GetTextMetricsW(dc, metric);
    const needed: Partial<WinRect> = { left: 0, top: 0, right: 0, bottom: 0 };
    user32.DrawTextW(dc, text, -1, needed, SINGLE_LINE | DT_CALCRECT);
    const width = Math.max(1, Math.min(maxWidthPx, needed.right ?? 0));
    const height = Math.max(1, needed.bottom ?? 0);
    return { width, height, baseline: metric.readInt32LE(ASCENT_AT), coverage: draw(dc, text, { width, height }) };
  } finally {
    gdi32.SelectObject(dc, fontBefore);
    gdi32.DeleteObject(font);
    gdi32.DeleteDC(dc);
  }
}

/** White on black: each channel is the coverage. */
function draw(dc: number, text: string, { width, height }: { width: number; height: number }): Uint8Array {
  const bits: unknown[] = [null];
  const bitmap = gdi32.CreateDIBSection(dc, bitmapHeader(width, height), 0, bits, 0, 0);
  if (bitmap === 0) throw new Error('Windows has no memory for a line of text');
  const before = gdi32.SelectObject(dc, bitmap);
  gdi32.SetTextColor(dc, WHITE);
  gdi32.SetBkMode(dc, TRANSPARENT);
  user32.DrawTextW(dc, text, -1, { left: 0, top: 0, right: width, bottom: height }, SINGLE_LINE | DT_END_ELLIPSIS);
  gdi32.GdiFlush();
  const pixels = koffi.decode(bits[0], 'uint8_t', width * height * 4) as Uint8Array; // by its type
  const coverage = new Uint8Array(width * height).map((_, at) => pixels[at * 4 + 1] ?? 0);
  gdi32.SelectObject(dc, before);
  gdi32.DeleteObject(bitmap);
  return coverage;
}

/** Dots per inch of the desktop divided by 96. */
export function systemScale(): number {
  return scaling.GetDpiForSystem() / 96;
}
