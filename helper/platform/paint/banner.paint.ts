/** The banner as pixels: a pill with a dot, who, mode, time and the red Stop button as its largest part. Pure. */
import type { BannerText, Rect } from '../platform.ts';
import { Canvas } from './canvas.ts';
import type { Colour } from './canvas.ts';
import type { TextImage, TextRenderer } from './text.ts';

const COLOUR = {
  pill: [27, 31, 36],
  edge: [88, 98, 110],
  who: [255, 255, 255],
  detail: [200, 208, 216],
  live: [63, 185, 105],
  paused: [227, 167, 46],
  // Red is for Stop alone. White on it has a contrast of 5.6 to 1.
  stop: [200, 30, 42],
  stopText: [255, 255, 255],
  close: [70, 79, 90],
} as const satisfies Record<string, Colour>;

/** Sizes in pixels at 96 dpi. */
const SIZE = {
  height: 44,
  pad: 18,
  gap: 12,
  dot: 12,
  text: 15,
  stopPad: 22,
  stopMark: 12,
  margin: 4,
  stopMinWidth: 120,
};
const MAX_TEXT_WIDTH = { who: 320, mode: 260, time: 120, stop: 200 };
/** At the end the place of the mode holds the reason, a whole sentence. */
const MAX_REASON_WIDTH = 560;

export interface PaintedBanner {
  width: number;
  height: number;
  /** BGRX, rows without padding. */
  pixels: Buffer;
  /** The Stop button, in banner coordinates. */
  stop: Rect;
}

/** Lays the banner out and paints it; `scale` is the device's dots per inch divided by 96. */
export async function paintBanner(text: BannerText, renderer: TextRenderer, scale: number): Promise<PaintedBanner> {
  const px = (size: number): number => Math.round(size * scale);
  const maxWidth = text.tone === 'ended' ? { ...MAX_TEXT_WIDTH, mode: MAX_REASON_WIDTH } : MAX_TEXT_WIDTH;
  const draw = (part: 'who' | 'mode' | 'time' | 'stop', isBold: boolean): Promise<TextImage> =>
    renderer.render(text[part], { sizePx: px(SIZE.text), isBold, maxWidthPx: px(maxWidth[part]) });
  const [who, mode, time, stopText] = [
    await draw('who', true),
    await draw('mode', false),
    await draw('time', false),
    await draw('stop', true),
  ];
  const height = Math.max(px(SIZE.height), who.height + px(12));
  const stopWidth = Math.max(
    px(SIZE.stopMinWidth),
    stopText.width + px(SIZE.stopMark + SIZE.gap / 2 + 2 * SIZE.stopPad),
  );

  const whoAt = px(SIZE.pad + SIZE.dot + SIZE.gap);
  const modeAt = whoAt + who.width + px(SIZE.gap);
  const timeAt = modeAt + mode.width + px(SIZE.gap);
  const stop = {
    x: timeAt + time.width + px(SIZE.pad),
    y: px(SIZE.margin),
    width: stopWidth,
    height: height - 2 * px(SIZE.margin),
  };
  const width = stop.x + stop.width + px(SIZE.margin);

  const canvas = new Canvas(width, height);
  const baseline = commonBaseline([who, mode, time, stopText], height);
  canvas.fill(COLOUR.pill);
  canvas.outline(COLOUR.edge, Math.max(1, px(1)));
  const dotAt = { x: px(SIZE.pad), y: (height - px(SIZE.dot)) / 2, width: px(SIZE.dot), height: px(SIZE.dot) };
  drawState(canvas, dotAt, text.tone);
  canvas.text(who, { x: whoAt, baseline, colour: COLOUR.who });
  canvas.text(mode, { x: modeAt, baseline, colour: COLOUR.detail });
  canvas.text(time, { x: timeAt, baseline, colour: COLOUR.detail });
  canvas.roundedRect(stop, stop.height / 2, text.tone === 'ended' ? COLOUR.close : COLOUR.stop);
  drawStopLabel(canvas, { stop, label: stopText, baseline, mark: px(SIZE.stopMark), gap: px(SIZE.gap / 2) });
  return { width, height, pixels: canvas.pixels, stop };
}

/** The line on which all texts stand, so that the tallest of them is in the middle: fonts of different scripts differ in height. */
function commonBaseline(texts: readonly TextImage[], height: number): number {
  const ascent = Math.max(...texts.map((text) => text.baseline));
  const descent = Math.max(...texts.map((text) => text.height - text.baseline));
  return Math.round((height - ascent - descent) / 2) + ascent;
}

/** A dot while live, two bars while paused, a square at the end: the shape tells it without the colour. */
function drawState(canvas: Canvas, at: Rect, tone: BannerText['tone']): void {
  if (tone === 'live') return canvas.roundedRect(at, at.width / 2, COLOUR.live);
  if (tone === 'ended') return canvas.roundedRect(at, 0, COLOUR.detail);
  const bar = Math.round(at.width / 3);
  canvas.roundedRect({ ...at, width: bar }, 0, COLOUR.paused);
  canvas.roundedRect({ ...at, x: at.x + at.width - bar, width: bar }, 0, COLOUR.paused);
}

function drawStopLabel(
  canvas: Canvas,
  at: { stop: Rect; label: TextImage; baseline: number; mark: number; gap: number },
): void {
  const { stop, label, baseline, mark, gap } = at;
  const left = stop.x + Math.round((stop.width - mark - gap - label.width) / 2);
  const top = stop.y + (stop.height - mark) / 2;
  canvas.roundedRect({ x: left, y: top, width: mark, height: mark }, 2, COLOUR.stopText);
  canvas.text(label, { x: left + mark + gap, baseline, colour: COLOUR.stopText });
}

/** The pill as rows of rectangles, for the SHAPE extension: [x, y, width, height]. */
export function pillRows(width: number, height: number): [number, number, number, number][] {
  const radius = height / 2;
  return Array.from({ length: height }, (_, y) => {
    const fromCentre = y + 0.5 - radius;
    const inset = Math.round(radius - Math.sqrt(Math.max(0, radius * radius - fromCentre * fromCentre)));
    return [inset, y, width - 2 * inset, 1];
  });
}
