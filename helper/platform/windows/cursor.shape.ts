/** How Windows draws mouse pointers (Learn, "ICONINFO structure"): a mask, and colours that may have alpha. Pure. */
import type { CursorShape } from '../platform.ts';

const COLOUR_BITS = 0xffffff;
const BLACK = 0xff000000;
const WHITE = 0xffffffff;

/** One BGRA word a pixel, the top row first. */
export interface Bitmap {
  width: number;
  height: number;
  words: Uint32Array;
}

/**
 * `mask` is white where the screen stays; without `colour` it is two pictures, one below the other: the mask, and what is
 * exchanged with the screen there. A pixel that turns the screen's colour round cannot be sent as a colour: it becomes
 * black with a white edge, which is seen on every ground.
 */
export function toShape(mask: Bitmap, colour: Bitmap | undefined): Pick<CursorShape, 'width' | 'height' | 'rgba'> {
  const { width } = mask;
  const height = colour ? colour.height : mask.height >> 1;
  const count = width * height;
  const colours = colour?.words ?? mask.words.subarray(count);
  const hasAlpha = colour?.words.some((word) => word >>> 24 !== 0) === true;
  const words = hasAlpha ? colours : flatten(mask.words, { colours, width, count });
  return { width, height, rgba: toRgba(words) };
}

function flatten(
  mask: Uint32Array,
  { colours, width, count }: { colours: Uint32Array; width: number; count: number },
): Uint32Array {
  const words = new Uint32Array(count);
  const inverted: number[] = [];
  for (const [at, word] of colours.entries()) {
    const isOpen = ((mask[at] ?? 0) & COLOUR_BITS) !== 0;
    if (!isOpen) words[at] = word | BLACK;
    else if ((word & COLOUR_BITS) !== 0) inverted.push(at);
  }
  for (const at of inverted) words[at] = BLACK;
  for (const at of inverted) {
    for (const beside of neighbours(at, width, count)) if (words[beside] === 0) words[beside] = WHITE;
  }
  return words;
}

function neighbours(at: number, width: number, count: number): number[] {
  const column = at % width;
  const near = [at - width, at + width];
  if (column > 0) near.push(at - 1);
  if (column < width - 1) near.push(at + 1);
  return near.filter((beside) => beside >= 0 && beside < count);
}

function toRgba(words: Uint32Array): Uint8Array {
  const rgba = new Uint8Array(words.length * 4);
  for (const [i, word] of words.entries()) {
    rgba[i * 4] = (word >>> 16) & 0xff;
    rgba[i * 4 + 1] = (word >>> 8) & 0xff;
    rgba[i * 4 + 2] = word & 0xff;
    rgba[i * 4 + 3] = word >>> 24;
  }
  return rgba;
}
