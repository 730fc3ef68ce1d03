/** Parts of the screen while a person chooses them. Pure: no page is needed to test it. */
import type { Area } from '../../../protocol/scope.ts';
import type { Rect } from '../../platform/platform.ts';
import type { ConsentScreen, ConsentWindowChoice, ScopeWords } from '../consent.views.ts';

/** What there is to choose from: the windows on one screen. */
export interface AreaPool {
  screen: ConsentScreen;
  windows: readonly ConsentWindowChoice[];
}

export interface Areas {
  /** Ids of windows. */
  windows: Set<string>;
  /** Executables. */
  applications: Set<string>;
  /** In pixels of the screen. */
  rectangles: Rect[];
}

/** As many as the protocol takes; a test compares. */
export const MAX_CHOSEN = 64;

export function noAreas(): Areas {
  return { windows: new Set(), applications: new Set(), rectangles: [] };
}

export function poolOf(screen: ConsentScreen, windows: readonly ConsentWindowChoice[]): AreaPool {
  return { screen, windows: windows.filter((window) => window.screenId === screen.id) };
}

/**
 * A window that has closed is forgotten, since its id may come to mean another one; a program is remembered, and counts
 * again when it shows a window.
 */
export function forgetGone(areas: Areas, { windows }: AreaPool): void {
  const present = new Set(windows.map((window) => window.id));
  for (const id of areas.windows) if (!present.has(id)) areas.windows.delete(id);
}

/** Some windows have no title. */
export function nameOf({ title, application }: ConsentWindowChoice): string {
  return title.trim() === '' ? application : title;
}

/** What is chosen and can be had now, as an answer states it. */
export function scopeOf(areas: Areas, { windows }: AreaPool): Area[] {
  const programs = [...areas.applications].filter((executable) =>
    windows.some((window) => window.executable === executable),
  );
  const single = windows.filter((window) => areas.windows.has(window.id) && !isCoveredByProgram(areas, window));
  return [
    ...single.map((window) => ({ kind: 'window', windowId: window.id }) as const),
    ...programs.map((executable) => ({ kind: 'application', executable }) as const),
    ...areas.rectangles.map((rect) => ({ kind: 'rectangle', ...rect }) as const),
  ];
}

export function isCoveredByProgram(areas: Areas, window: ConsentWindowChoice): boolean {
  return window.executable !== undefined && areas.applications.has(window.executable);
}

/** The same in words: titles, names of programs, a number of areas. */
export function wordsOf(areas: Areas, pool: AreaPool): ScopeWords {
  const scope = scopeOf(areas, pool);
  const find = (isIt: (window: ConsentWindowChoice) => boolean): ConsentWindowChoice[] => pool.windows.filter(isIt);
  return {
    reach: 'limited',
    windows: scope.flatMap((area) =>
      area.kind === 'window' ? find(({ id }) => id === area.windowId).map(nameOf) : [],
    ),
    applications: scope.flatMap((area) =>
      area.kind === 'application'
        ? find(({ executable }) => executable === area.executable)
            .slice(0, 1)
            .map(({ application }) => application)
        : [],
    ),
    rectangles: areas.rectangles.length,
  };
}

/** What may be used is seen as well. */
export function include(see: Areas, use: Areas): void {
  for (const id of use.windows) see.windows.add(id);
  for (const executable of use.applications) see.applications.add(executable);
  for (const rect of use.rectangles)
    if (!see.rectangles.some((seen) => contains(seen, rect))) see.rectangles.push(rect);
}

/** What is not seen any more is not used either. */
export function keepWithin(use: Areas, see: Areas, { windows }: AreaPool): void {
  for (const id of use.windows) {
    const window = windows.find((known) => known.id === id);
    if (!see.windows.has(id) && (window === undefined || !isCoveredByProgram(see, window))) use.windows.delete(id);
  }
  for (const executable of use.applications) if (!see.applications.has(executable)) use.applications.delete(executable);
  use.rectangles = use.rectangles.filter((rect) => see.rectangles.some((seen) => contains(seen, rect)));
}

function contains(outer: Rect, inner: Rect): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

export function isTouching(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Windows that would be seen, and that no rule hides: those a person may want to close or hide first. */
export function exposed({ windows }: AreaPool, see: Areas | 'all'): ConsentWindowChoice[] {
  const visible = windows.filter((window) => window.rule === null);
  if (see === 'all') return visible;
  return visible.filter(
    (window) =>
      !see.windows.has(window.id) &&
      !isCoveredByProgram(see, window) &&
      see.rectangles.some((rect) => isTouching(rect, window.bounds)),
  );
}

export interface WindowGroup {
  application: string;
  executable: string | undefined;
  windows: ConsentWindowChoice[];
}

/** By program, in an order that stays as it is while the list is on display: names, then who came first. */
export function groupsOf(
  windows: readonly ConsentWindowChoice[],
  firstSeen: ReadonlyMap<string, number>,
): WindowGroup[] {
  const groups = new Map<string, WindowGroup>();
  const rank = (window: ConsentWindowChoice): number => firstSeen.get(window.id) ?? Infinity;
  for (const window of [...windows].sort((a, b) => rank(a) - rank(b))) {
    const { application, executable } = window;
    // Two programs of one name are two programs.
    const key = executable === undefined ? ` ${application}` : executable;
    const group = groups.get(key) ?? { application, executable, windows: [] };
    groups.set(key, group);
    group.windows.push(window);
  }
  return [...groups.values()].sort((a, b) => a.application.localeCompare(b.application));
}
