/** Where on the desktop a field is that a program reports in coordinates of its own. Pure. */
import type { Rect } from '../platform.ts';

/** Factors by which a toolkit enlarges what it draws on dense screens; it then reports as if it did not. */
const SCALES = [1, 2, 3];
/** Frames and shadows count for one program and not for another. */
const TOLERANCE_PX = 8;
const MIN_SHARE = 0.5;

export interface Placing {
  /** The top-level of the field, as its program reports it. */
  toplevel: Rect | undefined;
  /** Where the windows of that process are. */
  windows: readonly Rect[];
  /** The program counts from the corner of its window and does not know where that is (GTK 4). */
  isRelative: boolean;
}

/**
 * The field, when a window of the process is where the program believes that it is; all windows of the process, when none
 * is. The latter also covers for the moment between the move of a window and what its program says of it. Programs whose
 * windows are not known are believed.
 */
export function placeOnDesktop(field: Rect, { toplevel, windows, isRelative }: Placing): readonly Rect[] {
  if (windows.length === 0) return [field];
  if (toplevel === undefined || isRelative || isEmpty(field)) return windows;
  const scale = SCALES.find((factor) => windows.some((window) => fits(enlarge(toplevel, factor), window)));
  return scale === undefined ? windows : [enlarge(field, scale)];
}

export function isEmpty({ width, height }: Rect): boolean {
  return width <= 0 || height <= 0;
}

function enlarge({ x, y, width, height }: Rect, factor: number): Rect {
  return { x: x * factor, y: y * factor, width: width * factor, height: height * factor };
}

function fits(toplevel: Rect, window: Rect): boolean {
  const isInside =
    toplevel.x >= window.x - TOLERANCE_PX &&
    toplevel.y >= window.y - TOLERANCE_PX &&
    toplevel.x + toplevel.width <= window.x + window.width + TOLERANCE_PX &&
    toplevel.y + toplevel.height <= window.y + window.height + TOLERANCE_PX;
  return isInside && toplevel.width * toplevel.height >= MIN_SHARE * window.width * window.height;
}
