/** Screens that change as desktops do, for tests and measurements: text, scrolling, windows, moving pictures. */
import type { Picture } from '../../platform/platform.ts';
import type { Rect } from '../rects.ts';

const GLYPHS = 94;
export const GLYPH_WIDTH = 6;
export const LINE_HEIGHT = 13;

/** The same sequence for the same seed (a linear congruential generator: Numerical Recipes). */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
}

export interface Colours {
  ink: number;
  paper: number;
}

export class Scene {
  readonly width: number;
  readonly height: number;
  /** 0x??RRGGBB; the highest byte is noise, as on real displays. */
  readonly words: Uint32Array<ArrayBuffer>;
  readonly random: (below: number) => number;
  #damage: Rect[] = [];

  constructor(width: number, height: number, seed = 1) {
    this.width = width;
    this.height = height;
    this.words = new Uint32Array(width * height);
    this.random = seededRandom(seed);
  }

  /** What a capture would hand over now. */
  picture(): Picture {
    const pixels = new Uint8Array(this.words.buffer);
    const damage = this.#damage.splice(0);
    return { width: this.width, height: this.height, stride: this.width * 4, pixels, damage };
  }

  colourAt(x: number, y: number): number {
    return (this.words[y * this.width + x] ?? 0) & 0xffffff;
  }

  damaged(rect: Rect): void {
    this.#damage.push(rect);
  }

  fill(rect: Rect, colour: number): void {
    for (let y = rect.y; y < rect.y + rect.height; y++) {
      this.words.fill(colour, y * this.width + rect.x, y * this.width + rect.x + rect.width);
    }
    this.damaged(rect);
  }

  /** One made-up glyph, two colours, 6 × 13. */
  glyph({ x, y }: { x: number; y: number }, code: number, { ink, paper }: Colours): void {
    for (let row = 0; row < LINE_HEIGHT; row++) {
      const bits = row < 2 || row > 10 || code === 0 ? 0 : Math.imul(code * 13 + row + 7, 0x9e3779b1) >>> 20;
      for (let column = 0; column < GLYPH_WIDTH; column++) {
        const isInk = column > 0 && ((bits >> column) & 1) === 1;
        this.words[(y + row) * this.width + x + column] = isInk ? ink : paper;
      }
    }
    this.damaged({ x, y, width: GLYPH_WIDTH, height: LINE_HEIGHT });
  }

  /** A line of words as a terminal prints them. */
  textLine(rect: Rect, colours: Colours): void {
    this.fill({ ...rect, height: LINE_HEIGHT }, colours.paper);
    const columns = Math.floor(rect.width / GLYPH_WIDTH);
    const length = Math.floor(columns / 4) + this.random(Math.floor(columns / 2) + 1);
    for (let column = 0; column < length; column++) {
      const code = this.random(5) === 0 ? 0 : 1 + this.random(GLYPHS);
      this.glyph({ x: rect.x + column * GLYPH_WIDTH, y: rect.y }, code, colours);
    }
    this.#damage = [...this.#damage.slice(0, -length - 1), { ...rect, height: LINE_HEIGHT }];
  }

  textPage(rect: Rect, colours: Colours): void {
    this.fill(rect, colours.paper);
    for (let y = rect.y; y + LINE_HEIGHT <= rect.y + rect.height; y += LINE_HEIGHT) {
      this.textLine({ ...rect, y }, colours);
    }
    this.#damage = [rect];
  }

  /** Content moves up by that many rows; what comes in at the bottom stays to be drawn. */
  scrollUp(rect: Rect, rows: number): void {
    for (let y = rect.y; y + rows < rect.y + rect.height; y++) {
      const from = (y + rows) * this.width + rect.x;
      this.words.copyWithin(y * this.width + rect.x, from, from + rect.width);
    }
    this.damaged(rect);
  }

  /** One frame of a film: a textured picture that pans, with a bright disc that crosses it. */
  film(rect: Rect, frame: number): void {
    const shiftX = frame * 3;
    const shiftY = Math.round(20 * Math.sin(frame / 15));
    const discX = (frame * 11) % rect.width;
    const discY = rect.height / 2;
    for (let row = 0; row < rect.height; row++) {
      let at = (rect.y + row) * this.width + rect.x;
      const v = row + shiftY;
      for (let column = 0; column < rect.width; column++, at++) {
        const isDisc = (column - discX) ** 2 + (row - discY) ** 2 < 1600;
        this.words[at] = isDisc ? 0xf8e8a0 : textureAt(column + shiftX, v);
      }
    }
    this.damaged(rect);
  }
}

const WAVE = Float32Array.from({ length: 1024 }, (_, at) => Math.sin((at * Math.PI) / 512));

function wave(at: number): number {
  return WAVE[at & 1023] ?? 0;
}

/** Smooth shapes with grain on them. */
function textureAt(x: number, y: number): number {
  const grain = ((Math.imul(x * 7919 + y * 104_729, 0x9e3779b1) >>> 24) & 15) - 8;
  const base = 120 + 50 * wave(x * 2 + y) + 30 * wave(y * 5 - x) + grain;
  const warm = 25 * wave(x + y * 3);
  return ((base + warm) << 16) | (base << 8) | (base - warm);
}
