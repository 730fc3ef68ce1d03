/** Text by Core Text in the font of macOS' own windows, which falls back to others for characters that it lacks. CTLine.h, CTFont.h. */
import koffi from 'koffi';
import type { TextImage, TextRenderer, TextStyle } from '../paint/text.ts';
import type { Size } from './bitmaps.ts';
import { coreFoundation, createString, release } from './core.foundation.ts';
import { addressOf, constantOf, macLibrary } from './frameworks.ts';
import type { Ref } from './frameworks.ts';

/** CTFontUIFontType: kCTFontUIFontSystem, kCTFontUIFontEmphasizedSystem. */
const FONT = { normal: 2, bold: 3 } as const;
/** CTLineTruncationType: kCTLineTruncationEnd. */
const AT_END = 1;
/** kCGImageAlphaNone: grey alone. */
const GREY_ONLY = 0;

interface CoreText {
  CTFontCreateUIFontForLanguage(type: number, size: number, language: null): Ref;
  CTLineCreateWithAttributedString(text: Ref): Ref;
  CTLineCreateTruncatedLine(line: Ref, width: number, ...rest: [type: number, token: Ref]): Ref;
  CTLineGetTypographicBounds(line: Ref, ascent: number[], ...rest: [descent: number[], leading: number[]]): number;
  CTLineDraw(line: Ref, context: Ref): void;
}

const coreText = macLibrary<CoreText>('CoreText', {
  CTFontCreateUIFontForLanguage: 'void *CTFontCreateUIFontForLanguage(uint32_t type, double size, void *language)',
  CTLineCreateWithAttributedString: 'void *CTLineCreateWithAttributedString(void *text)',
  CTLineCreateTruncatedLine: 'void *CTLineCreateTruncatedLine(void *line, double width, uint32_t type, void *token)',
  CTLineGetTypographicBounds:
    'double CTLineGetTypographicBounds(void *line, _Out_ double *ascent, _Out_ double *descent, _Out_ double *leading)',
  CTLineDraw: 'void CTLineDraw(void *line, void *context)',
});

const texts = macLibrary<{ CFAttributedStringCreate(allocator: null, text: Ref, attributes: Ref): Ref }>(
  'CoreFoundation',
  { CFAttributedStringCreate: 'void *CFAttributedStringCreate(void *allocator, void *text, void *attributes)' },
);

interface CoreGraphics {
  CGColorSpaceCreateDeviceGray(): Ref;
  CGBitmapContextCreate(
    ...args: [memory: bigint, width: number, height: number, bits: number, stride: number, space: Ref, info: number]
  ): Ref;
  CGContextSetGrayFillColor(context: Ref, grey: number, alpha: number): void;
  CGContextSetTextPosition(context: Ref, x: number, y: number): void;
}

const coreGraphics = macLibrary<CoreGraphics>('CoreGraphics', {
  CGColorSpaceCreateDeviceGray: 'void *CGColorSpaceCreateDeviceGray()',
  CGBitmapContextCreate:
    'void *CGBitmapContextCreate(void *memory, size_t width, size_t height, size_t bits, size_t stride, void *space, uint32_t info)',
  CGContextSetGrayFillColor: 'void CGContextSetGrayFillColor(void *context, double grey, double alpha)',
  CGContextSetTextPosition: 'void CGContextSetTextPosition(void *context, double x, double y)',
});

export const coreTextRenderer: TextRenderer = {
  render: (text, style) => Promise.resolve(renderText(text, style)),
};

function renderText(text: string, { sizePx, isBold, maxWidthPx }: TextStyle): TextImage {
  const font = coreText.CTFontCreateUIFontForLanguage(isBold ? FONT.bold : FONT.normal, sizePx, null);
  const line = lineOf(text, font);
  const token = lineOf('…', font);
  const cut = coreText.CTLineCreateTruncatedLine(line, maxWidthPx, AT_END, token);
  try {
    return draw(cut ?? line, maxWidthPx);
  } finally {
    for (const object of [cut, token, line, font]) release(object);
  }
}

function lineOf(text: string, font: Ref): Ref {
  const string = createString(text);
  const attributes = dictionaryOf([
    [constantOf('CoreText', 'kCTFontAttributeName'), font],
    [
      constantOf('CoreText', 'kCTForegroundColorFromContextAttributeName'),
      constantOf('CoreFoundation', 'kCFBooleanTrue'),
    ],
  ]);
  const attributed = texts.CFAttributedStringCreate(null, string, attributes);
  const line = coreText.CTLineCreateWithAttributedString(attributed);
  for (const object of [attributed, attributes, string]) release(object);
  return line;
}

function dictionaryOf(entries: readonly (readonly [Ref, Ref])[]): Ref {
  const keys = BigUint64Array.from(entries.map(([key]) => key ?? 0n));
  const values = BigUint64Array.from(entries.map(([, value]) => value ?? 0n));
  return coreFoundation.CFDictionaryCreate(
    null,
    keys,
    values,
    entries.length,
    addressOf('CoreFoundation', 'kCFTypeDictionaryKeyCallBacks'),
    addressOf('CoreFoundation', 'kCFTypeDictionaryValueCallBacks'),
  );
}

/** White on nothing: the grey of each pixel is its coverage. */
function draw(line: Ref, maxWidthPx: number): TextImage {
  const [ascent, descent, leading] = [[0], [0], [0]];
  const length = coreText.CTLineGetTypographicBounds(line, ascent, descent, leading);
  const [above, below] = [Math.ceil(ascent[0] ?? 0), Math.ceil(descent[0] ?? 0)];
  const width = Math.max(1, Math.min(maxWidthPx, Math.ceil(length)));
  const height = Math.max(1, above + below);
  // Memory that stays where it is while Core Text draws; by koffi's documentation an address.
  const memory = koffi.alloc('uint8_t', width * height) as bigint;
  try {
    const pixels = new Uint8Array(koffi.view(memory, width * height)).fill(0);
    drawInto(memory, { width, height }, { line, below });
    return { width, height, baseline: above, coverage: pixels.slice() };
  } finally {
    koffi.free(memory);
  }
}

function drawInto(memory: bigint, { width, height }: Size, { line, below }: { line: Ref; below: number }): void {
  const space = coreGraphics.CGColorSpaceCreateDeviceGray();
  const context = coreGraphics.CGBitmapContextCreate(memory, width, height, 8, width, space, GREY_ONLY);
  release(space);
  if (context === null) throw new Error('macOS has no memory for a line of text');
  coreGraphics.CGContextSetGrayFillColor(context, 1, 1);
  coreGraphics.CGContextSetTextPosition(context, 0, below);
  coreText.CTLineDraw(line, context);
  release(context);
}
