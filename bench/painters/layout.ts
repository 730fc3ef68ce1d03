/** Where the scenes paint what, in pixels of the remote screen; painters and observer read the same table. */
import type { CodeArea } from '../barcode.ts';
import { footageSize } from './footage.ts';

export const screenSize = { width: 1920, height: 1080 };

/**
 * The strip in the lower left corner of a scene, where no product puts its banner: it says that the viewer shows this
 * scene and no earlier one.
 */
export const sceneCode: CodeArea = { x: 0, y: screenSize.height - 32, cellWidth: 16, cellHeight: 16, columns: 24 };

/** The window that changes colour when pressed, and the pixel in it that is watched, away from the pointer. */
export const flipWindows = {
  full: { area: { x: 0, y: 0, ...screenSize }, pointer: { x: 960, y: 540 }, watched: { x: 1100, y: 640 } },
  small: {
    area: { x: 800, y: 440, width: 320, height: 200 },
    pointer: { x: 960, y: 540 },
    watched: { x: 1060, y: 600 },
  },
} as const;
export type FlipSize = keyof typeof flipWindows;

/** On Wine's desktop, which is smaller, beside the consent window and below the banner. */
export const wineWindow = {
  area: { x: 480, y: 160, width: 640, height: 480 },
  pointer: { x: 800, y: 480 },
  watched: { x: 1000, y: 560 },
};
export const wineCode: CodeArea = {
  x: wineWindow.area.x,
  y: wineWindow.area.y,
  cellWidth: 16,
  cellHeight: 16,
  columns: 24,
};

/** Smooth text as desktops show it, in Debian's package fonts-dejavu-core; the size of a character cell follows from it. */
export const terminalFont = 'DejaVu Sans Mono:pixelsize=13:antialias=true:hinting=true';
const glyph = { width: 8, height: 17 };

/** Terminals in characters. The full one fills the screen and keeps its last line for the strip. */
export const terminals = {
  desk: { columns: 100, rows: 32, x: 420, y: 200 },
  full: { columns: screenSize.width / glyph.width, rows: Math.floor(screenSize.height / glyph.height), x: 0, y: 0 },
} as const;
export type TerminalSize = keyof typeof terminals;

/** Where a terminal is when its font has the cells that this table expects. */
export function terminalArea(size: TerminalSize): { x: number; y: number; width: number; height: number } {
  const { columns, rows, x, y } = terminals[size];
  return { x, y, width: columns * glyph.width, height: rows * glyph.height };
}

/** The strip that the terminal itself writes in its last line, two characters a bit. */
export const scrollCode: CodeArea = {
  x: 0,
  y: (terminals.full.rows - 1) * glyph.height,
  cellWidth: 2 * glyph.width,
  cellHeight: glyph.height,
  columns: 48,
};

/** Text that is compared to judge when it is sharp. */
export const textRegion = { x: 0, y: 650, width: 640, height: 390 };

/** The video window; its strip lies over the top left of the footage. */
export const videoWindow = { x: 320, y: 180, ...footageSize };
export const videoCode: CodeArea = { x: videoWindow.x, y: videoWindow.y, cellWidth: 16, cellHeight: 16, columns: 24 };
/** The footage below the strip is what the luma comparison looks at. */
export const videoRegion = { ...videoWindow, y: videoWindow.y + 32, height: videoWindow.height - 32 };
