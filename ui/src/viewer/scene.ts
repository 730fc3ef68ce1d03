/** What is covered in the picture and what may be operated, as the device says it: where, and with which words. Pure. */
import { MAX_SCENE_RECTS, type ControlFromDevice, type HiddenWhy } from '../../../protocol/stream.ts';

export type SceneMessage = Extract<ControlFromDevice, { type: 'scene' }>;
export type Scene = Pick<SceneMessage, 'hidden' | 'operable'>;
export type HiddenArea = Scene['hidden'][number];

interface Point {
  x: number;
  y: number;
}
interface Rect extends Point {
  width: number;
  height: number;
}
interface Size {
  width: number;
  height: number;
}

/** Nothing is said to be covered; the device enforces whatever holds. */
export const PLAIN_SCENE: Scene = { hidden: [], operable: null };

/** Half-open, like everything that counts pixels. */
function contains({ x, y, width, height }: Rect, point: Point): boolean {
  return point.x >= x && point.y >= y && point.x < x + width && point.y < y + height;
}

/** Why a point must not be operated; undefined when it may be. */
export function blockedWhy({ hidden, operable }: Scene, point: Point): HiddenWhy | 'outside' | undefined {
  // The last one is painted over those before.
  const cover = hidden.findLast((area) => contains(area, point));
  if (cover !== undefined) return cover.why;
  // A full list may not be the whole one; then the device alone knows.
  if (operable === null || operable.length >= MAX_SCENE_RECTS) return undefined;
  return operable.some((area) => contains(area, point)) ? undefined : 'outside';
}

/** How many areas are covered for which reason, in the order of the list of reasons that is given. */
export function countCovers({ hidden }: Scene, whys: readonly HiddenWhy[]): { why: HiddenWhy; count: number }[] {
  const counted = whys.map((why) => ({ why, count: hidden.filter((area) => area.why === why).length }));
  return counted.filter(({ count }) => count > 0);
}

/** Whether an area is worth words: what is not shared comes in many pieces, of which the largest one speaks. */
export function isWorded({ hidden }: Scene, area: HiddenArea): boolean {
  if (area.why !== 'not-shared') return true;
  const pieces = hidden.filter(({ why }) => why === 'not-shared');
  const largest = Math.max(...pieces.map(sizeOf));
  return pieces.find((piece) => sizeOf(piece) === largest) === area;
}

const sizeOf = ({ width, height }: Size): number => width * height;

/** What fits on a covered area: `stack` a lock above words, `line` a lock before words. */
export type CoverLabel = { layout: 'stack' | 'line'; text: string } | { layout: 'lock' | 'plain' };

/** Of the words on a covered area, in CSS pixels; the style of the component has the same. */
const FONT_SIZE = 13;
const LINE = 18;
const LOCK = 18;
const PADDING = 8;

/** `box` in CSS pixels. The long words where they fit, else the short ones, else the lock. */
export function coverLabel(box: Size, words: { short: string; long: string }): CoverLabel {
  const room = { width: box.width - 2 * PADDING, height: box.height - 2 * PADDING };
  for (const text of [words.long, words.short]) {
    const width = textWidth(text);
    // A line that breaks between words is shorter than the area is wide.
    const lines = Math.ceil(width / (room.width * 0.8));
    const isWideEnough = room.width >= Math.min(width, 120);
    if (isWideEnough && room.height >= LOCK + 4 + lines * LINE) return { layout: 'stack', text };
    if (box.height >= LINE && room.width >= LOCK + 6 + width) return { layout: 'line', text };
  }
  return { layout: box.width >= LOCK && box.height >= LOCK ? 'lock' : 'plain' };
}

/** Generous: a full width for Chinese, six tenths for Latin letters. */
function textWidth(text: string): number {
  const ems = [...text].reduce((sum, character) => sum + ((character.codePointAt(0) ?? 0) > 0x2e7f ? 1 : 0.58), 0);
  return ems * FONT_SIZE;
}
