/**
 * The machine-readable strip that every scene paints with each frame: which frame this is and when it was painted.
 * 48 cells, black or white: 16 bits frame counter, 24 bits time in ms, 8 bits CRC. Cells are sampled at their centre,
 * so the strip survives lossy coding, and a strip caught half painted fails its CRC instead of being misread.
 */

const counterBits = 16;
const timeBits = 24;
const crcBits = 8;
export const codeBits = counterBits + timeBits + crcBits;

/** The counter starts again after this many frames. */
export const counterRange = 2 ** counterBits;
/** The time code starts again after this many milliseconds, about four and a half hours. */
export const timeRangeMs = 2 ** timeBits;

/** What one frame says about itself. `timeMs` is milliseconds since the epoch modulo `timeRangeMs`. */
export interface FrameCode {
  counter: number;
  timeMs: number;
}

/** Where the strip lies on the remote screen, in its pixels; cells run row by row from the top left. */
export interface CodeArea {
  x: number;
  y: number;
  cellWidth: number;
  cellHeight: number;
  columns: number;
}

/** The most significant bit first, as characters 0 and 1. */
function toBits(value: number, length: number): string {
  return value.toString(2).padStart(length, '0');
}

/** CRC-8 with polynomial x^8 + x^2 + x + 1 over the characters of a bit string, started at 0xff so that black is invalid. */
function crc8(bits: string): number {
  let crc = 0xff;
  for (const bit of bits) {
    const isCarry = (crc >> 7 !== 0) !== (bit === '1');
    crc = ((crc << 1) & 0xff) ^ (isCarry ? 0x07 : 0);
  }
  return crc;
}

/** The strip of a frame as a string of `codeBits` characters, 1 is white. */
export function encodeFrameCode(frame: FrameCode): string {
  const payload = toBits(frame.counter % counterRange, counterBits) + toBits(frame.timeMs % timeRangeMs, timeBits);
  return payload + toBits(crc8(payload), crcBits);
}

/** Reads a strip, or undefined when it is not one: blank, half painted or coded beyond recognition. */
export function decodeFrameCode(bits: string): FrameCode | undefined {
  if (!/^[01]+$/.test(bits) || bits.length !== codeBits) return undefined;
  const payload = bits.slice(0, counterBits + timeBits);
  if (toBits(crc8(payload), crcBits) !== bits.slice(payload.length)) return undefined;
  return {
    counter: Number.parseInt(payload.slice(0, counterBits), 2),
    timeMs: Number.parseInt(payload.slice(counterBits), 2),
  };
}

/** Milliseconds from the time painted in a frame to `epochMs`, across the wrap of the time code. Negative = from the future. */
export function frameAgeMs(frame: FrameCode, epochMs: number): number {
  const forward = (((epochMs - frame.timeMs) % timeRangeMs) + timeRangeMs) % timeRangeMs;
  return forward > timeRangeMs / 2 ? forward - timeRangeMs : forward;
}

/** The pixels that the strip covers. */
export function codeAreaSize(area: CodeArea): { width: number; height: number } {
  return { width: area.columns * area.cellWidth, height: (codeBits / area.columns) * area.cellHeight };
}

/** The rectangles to fill white on black, as x, y, width, height in turn; neighbouring white cells are one rectangle. */
export function whiteRectangles(bits: string, area: CodeArea): number[] {
  const rectangles: number[] = [];
  for (let row = 0; row * area.columns < bits.length; row += 1) {
    const line = bits.slice(row * area.columns, (row + 1) * area.columns);
    for (const run of line.matchAll(/1+/g)) {
      rectangles.push(
        area.x + run.index * area.cellWidth,
        area.y + row * area.cellHeight,
        run[0].length * area.cellWidth,
        area.cellHeight,
      );
    }
  }
  return rectangles;
}
