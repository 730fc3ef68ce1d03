/**
 * What macOS' list of windows says, as our windows. Pure. CGWindow.h, CGWindowLevel.h.
 *
 * No interface says whether a window can be seen through: a terminal may be half transparent and look the same in this list
 * as one that is not. So nothing counts as opaque.
 */
import { z } from '../../../protocol/zod.ts';
import { containsPoint, intersect } from '../../pipeline/rects.ts';
import type { DesktopWindow, Rect } from '../platform.ts';
import type { DisplayMap } from './displays.ts';

const windowInfo = z.object({
  kCGWindowNumber: z.number().int(),
  kCGWindowOwnerPID: z.number().int(),
  kCGWindowLayer: z.number().int(),
  kCGWindowAlpha: z.number(),
  kCGWindowBounds: z.object({ X: z.number(), Y: z.number(), Width: z.number(), Height: z.number() }),
  /** Only with the permission to see the screen. */
  kCGWindowName: z.string().optional(),
});

/** Front-most first. */
export interface ListedWindow {
  number: number;
  pid: number;
  layer: number;
  alpha: number;
  /** In points. */
  points: Rect;
  title: string;
}

/** Levels as CGWindowLevelForKey gives them. */
export interface WindowLevels {
  normal: number;
  desktopIcons: number;
  cursor: number;
}

/** Undefined when the list is not what the headers say: then nothing is known of any window. */
export function parseWindows(list: unknown): ListedWindow[] | undefined {
  const parsed = z.array(windowInfo).safeParse(list);
  return parsed.data?.map((info) => {
    const { X: x, Y: y, Width: width, Height: height } = info.kCGWindowBounds;
    return {
      number: info.kCGWindowNumber,
      pid: info.kCGWindowOwnerPID,
      layer: info.kCGWindowLayer,
      alpha: info.kCGWindowAlpha,
      points: { x, y, width, height },
      title: info.kCGWindowName ?? '',
    };
  });
}

/** Whether a window is on the display and in our pictures: icons on the desktop are left out of those. */
export function isSeen({ layer, alpha, points }: ListedWindow, levels: WindowLevels): boolean {
  if (layer === levels.desktopIcons || layer === levels.cursor) return false;
  return alpha > 0 && points.width > 0 && points.height > 0;
}

/** What has the keyboard, as far as it is known. */
export interface Focus {
  pid: number;
  /** Of its window, in points. */
  window: Rect | undefined;
}

export interface WindowContext {
  displays: DisplayMap;
  levels: WindowLevels;
  focus: Focus | undefined;
  executableOf: (pid: number) => string | undefined;
}

/** Programs of macOS whose windows are the menu bar, the Dock and what hangs from them. */
const SHELL: ReadonlySet<string> = new Set([
  ...['Dock', 'WindowServer', 'SystemUIServer', 'ControlCenter', 'NotificationCenter', 'WindowManager', 'Spotlight'],
  'WallpaperAgent',
]);

export function toWindows(listed: readonly ListedWindow[], context: WindowContext): DesktopWindow[] {
  const { displays, levels, focus, executableOf } = context;
  const seen = listed.filter((window) => isSeen(window, levels));
  const focused = focusedOf(seen, focus);
  return seen.flatMap((window) => {
    const { number, pid, layer, points, title } = window;
    const bounds = displays.toPixels(points);
    if (intersect(bounds, displays.desktop()) === undefined) return [];
    const executable = executableOf(pid);
    const isShell = layer < levels.normal || (executable !== undefined && SHELL.has(nameOf(executable)));
    return [
      {
        id: idOf(window),
        pid,
        executable,
        title,
        bounds,
        isFocused: number === focused?.number,
        opaque: [],
        isPopup: layer > levels.normal && !isShell,
        transientFor: undefined,
        role: '',
        isShell,
      },
    ];
  });
}

/** Numbers are used again, by other programs too: a choice of one must not outlive its process. */
export function idOf({ number, pid }: Pick<ListedWindow, 'number' | 'pid'>): string {
  return `${number}@${pid}`;
}

/** The program's window at that place, otherwise the front-most of its windows; undefined when it has none. */
export function focusedOf(listed: readonly ListedWindow[], focus: Focus | undefined): ListedWindow | undefined {
  if (focus === undefined) return undefined;
  const own = listed.filter(({ pid }) => pid === focus.pid);
  const middle = focus.window && {
    x: focus.window.x + focus.window.width / 2,
    y: focus.window.y + focus.window.height / 2,
  };
  const there = own.find(({ points }) => isSamePlace(points, focus.window));
  return there ?? own.find(({ points }) => middle && containsPoint(points, middle.x, middle.y)) ?? own[0];
}

/** The two interfaces round by themselves. */
function isSamePlace(a: Rect, b: Rect | undefined): boolean {
  if (b === undefined) return false;
  return (['x', 'y', 'width', 'height'] as const).every((side) => Math.abs(a[side] - b[side]) <= 1);
}

export function nameOf(executable: string): string {
  return executable.slice(executable.lastIndexOf('/') + 1);
}

/** All that decides where a window is and what can be seen through it, in order. */
export function geometryOf(listed: readonly ListedWindow[], levels: WindowLevels): string {
  const seen = listed.filter((window) => isSeen(window, levels));
  return JSON.stringify(seen.map(({ number, pid, layer, alpha, points }) => [number, pid, layer, alpha, points]));
}
