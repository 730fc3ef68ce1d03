/**
 * What of the shared screen a scope really shows: pure geometry over the list of windows. Whatever cannot be told is hidden.
 * Rectangles of a scope are in pixels of the shared screen; everything else, results too, in coordinates of the desktop.
 */
import type { Scope } from '../../protocol/scope.ts';
import { contains, containsPoint, intersect, joinNeighbours, overlaps, subtract } from '../pipeline/rects.ts';
import type { DesktopWindow, Rect } from '../platform/platform.ts';

export interface VisibleDesktop {
  /** Front-most first. */
  windows: readonly DesktopWindow[];
  /** The shared screen. */
  screen: Rect;
}

/** Where nothing but what the scope covers is on top. The parts do not overlap. */
export function visibleParts(scope: Scope, desktop: VisibleDesktop): Rect[] {
  if (scope === 'all') return [desktop.screen];
  const members = membersOf(scope, desktop.windows);
  const drawn = disjoint(drawnRectangles(scope, desktop.screen));
  const onTop = partsOnTop(desktop, (window) => members.has(window));
  return joinNeighbours([...drawn, ...onTop.flatMap((part) => subtract(part, drawn))]);
}

/** The rest of the screen. */
export function hiddenParts(visible: readonly Rect[], screen: Rect): Rect[] {
  return joinNeighbours(subtract(screen, visible));
}

/** What lies in both: what may be operated is also seen. */
export function commonParts(some: readonly Rect[], others: readonly Rect[]): Rect[] {
  const common: Rect[] = [];
  for (const part of some) {
    for (const other of others) {
      const both = intersect(part, other);
      if (both !== undefined) common.push(both);
    }
  }
  return common;
}

/**
 * Where windows that are inside are in front of all others and show nothing but themselves. A window hides all of its
 * bounds: what shines through it, or past its shadow, may be anything.
 */
export function partsOnTop({ windows, screen }: VisibleDesktop, isInside: (window: DesktopWindow) => boolean): Rect[] {
  const parts: Rect[] = [];
  let free = [screen];
  for (const window of windows) {
    const touched = free.filter((part) => overlaps(part, window.bounds));
    if (touched.length === 0) continue;
    if (isInside(window)) {
      const own = commonParts(touched, [window.bounds]);
      parts.push(...(isWhollyOpaque(window) ? own : commonParts(own, disjoint(window.opaque))));
    }
    free = free.flatMap((part) => subtract(part, [window.bounds]));
  }
  return parts;
}

function isWhollyOpaque({ bounds, opaque }: DesktopWindow): boolean {
  return opaque[0] !== undefined && contains(opaque[0], bounds);
}

/** Is a window of the list covered by the scope, wherever it is? Its title and role never count. */
export function isMember(window: DesktopWindow, scope: Scope, windows: readonly DesktopWindow[]): boolean {
  if (scope === 'all') return true;
  const listed = windows.find(({ id }) => id === window.id);
  return listed !== undefined && membersOf(scope, windows).has(listed);
}

/** The window that a pointer at this place of the desktop reaches. */
export function windowAt(windows: readonly DesktopWindow[], x: number, y: number): DesktopWindow | undefined {
  return windows.find(({ bounds }) => containsPoint(bounds, x, y));
}

type Areas = Exclude<Scope, 'all'>;

interface Choice {
  windows: readonly DesktopWindow[];
  byId: ReadonlyMap<string, DesktopWindow>;
  ids: ReadonlySet<string>;
  executables: ReadonlySet<string>;
}

function membersOf(areas: Areas, windows: readonly DesktopWindow[]): Set<DesktopWindow> {
  const choice: Choice = {
    windows,
    byId: new Map(windows.map((window) => [window.id, window])),
    ids: new Set(areas.flatMap((area) => (area.kind === 'window' ? [area.windowId] : []))),
    executables: new Set(areas.flatMap((area) => (area.kind === 'application' ? [area.executable] : []))),
  };
  return new Set(
    windows.filter(
      (window, at) =>
        choice.ids.has(window.id) ||
        (window.executable !== undefined && choice.executables.has(window.executable)) ||
        belongsToChosen(window, choice) ||
        isMenuOfChosen(window, at, choice),
    ),
  );
}

/** A dialog or menu that says which window it is for, and so on to a chosen one, all of one process. */
function belongsToChosen(window: DesktopWindow, { byId, ids }: Choice): boolean {
  if (window.pid === undefined) return false;
  const passed = new Set<DesktopWindow>();
  let at: DesktopWindow | undefined = window;
  while (at !== undefined && at.pid === window.pid && !passed.has(at)) {
    if (ids.has(at.id)) return true;
    passed.add(at);
    at = at.transientFor === undefined ? undefined : byId.get(at.transientFor);
  }
  return false;
}

/** A menu that does not say whose it is: that of the chosen window of its process which is in use, or lies behind it. */
function isMenuOfChosen(window: DesktopWindow, at: number, { windows, ids }: Choice): boolean {
  if (!window.isPopup || window.pid === undefined || window.transientFor !== undefined) return false;
  const isChosen = (each: DesktopWindow | undefined): boolean => each?.pid === window.pid && ids.has(each?.id ?? '');
  const behind = windows.slice(at + 1).find((each) => !(each.isPopup && each.pid === window.pid));
  return isChosen(behind) || windows.some((each) => each.isFocused && isChosen(each));
}

function drawnRectangles(areas: Areas, screen: Rect): Rect[] {
  return areas.flatMap((area) => {
    if (area.kind !== 'rectangle') return [];
    const { x, y, width, height } = area;
    return intersect({ x: screen.x + x, y: screen.y + y, width, height }, screen) ?? [];
  });
}

/** The same pixels, each in one rectangle only. */
function disjoint(rects: readonly Rect[]): Rect[] {
  return rects.flatMap((rect, at) => subtract(rect, rects.slice(0, at)));
}
