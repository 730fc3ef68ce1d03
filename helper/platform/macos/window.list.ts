/** The list of windows as macOS has it at this moment. CGWindow.h. */
import { jsonOf, released } from './core.foundation.ts';
import { macLibrary } from './frameworks.ts';
import type { Ref } from './frameworks.ts';
import { parseWindows } from './window.facts.ts';
import type { ListedWindow, WindowLevels } from './window.facts.ts';

/** kCGWindowListOptionOnScreenOnly. */
const ON_SCREEN = 1;
/** CGWindowLevelKey. */
const LEVEL_KEY = { normal: 4, screenSaver: 13, desktopIcons: 18, cursor: 19 } as const;

interface CoreGraphics {
  CGWindowListCopyWindowInfo(options: number, relativeTo: number): Ref;
  CGWindowLevelForKey(key: number): number;
}

const coreGraphics = macLibrary<CoreGraphics>('CoreGraphics', {
  CGWindowListCopyWindowInfo: 'void *CGWindowListCopyWindowInfo(uint32_t options, uint32_t relativeTo)',
  CGWindowLevelForKey: 'int32_t CGWindowLevelForKey(int32_t key)',
});

/** Front-most first. Throws when there is none to be had: nothing may be shown then. */
export function listedWindows(): ListedWindow[] {
  const list = coreGraphics.CGWindowListCopyWindowInfo(ON_SCREEN, 0);
  const windows = list === null ? undefined : parseWindows(released(list, jsonOf));
  if (windows === undefined) throw new Error('macOS tells nothing of windows that could be understood');
  return windows;
}

let levels: WindowLevels | undefined;

export function windowLevels(): WindowLevels {
  levels ??= {
    normal: levelOf('normal'),
    desktopIcons: levelOf('desktopIcons'),
    cursor: levelOf('cursor'),
  };
  return levels;
}

/** Above every window of programs, menus too. */
export function surfaceLevel(): number {
  return levelOf('screenSaver');
}

function levelOf(name: keyof typeof LEVEL_KEY): number {
  return coreGraphics.CGWindowLevelForKey(LEVEL_KEY[name]);
}
