/**
 * Top-level windows in Windows' own order. What is true is what Windows says now: each question about their geometry reads
 * it, and the news of changes (WinEvents) only say when it is worth it, and that something has moved to and fro meanwhile.
 */
import { release } from 'node:os';
import { intersect } from '../../pipeline/rects.ts';
import type { DesktopWindow, Place, WindowList } from '../platform.ts';
import { isInvisible, opaqueParts } from './windows.opaque.ts';
import { virtualDesktop } from './windows.screens.ts';
import { systemScale } from './windows.text.ts';
import type { WindowThread } from './windows.thread.ts';
import { winLibrary } from './win32.ts';
import type { WinPoint } from './win32.ts';
import { isAboveShell } from './win32.integrity.ts';
import {
  childOfClass,
  classOf,
  executableOf,
  isMaximised,
  isShown,
  layerOf,
  outerBounds,
  ownerOf,
  regionOf,
  stylesOf,
  threadAndPidOf,
  titleOf,
  topLevelWindows,
  visibleBounds,
} from './win32.windows.ts';

/** News are not told of everything, and under Wine of next to nothing. */
const LOOK_EVERY_MS = 100;
/** The first build whose windows have round corners (Windows 11), and their radius at 96 dpi. */
const ROUND_SINCE_BUILD = 22_000;
const CORNER_RADIUS = 8;
const WS_CAPTION = 0x00c00000;
/** WS_EX_TOOLWINDOW or WS_EX_NOACTIVATE: not in the task bar, or never active. */
const ASIDE = 0x00000080 | 0x08000000;
/** Menus, tooltips, and the lists that combo boxes and menus of other toolkits open. */
const POPUP_CLASSES: ReadonlySet<string> = new Set(['#32768', 'tooltips_class32', 'ComboLBox', 'SysShadow']);
const SHELL_CLASSES: ReadonlySet<string> = new Set([
  'Progman',
  'WorkerW',
  'Shell_TrayWnd',
  'Shell_SecondaryTrayWnd',
  'NotifyIconOverflowWindow',
  'TopLevelWindowForOverflowXamlIsland',
]);
/** The frame around a store app is the window of a program that does nothing else; the app's own window is inside. */
const APP_FRAME = 'ApplicationFrameWindow';
const APP_WINDOW = 'Windows.UI.Core.CoreWindow';

/** GA_ROOT. */
const ROOT = 2;

interface User32 {
  GetForegroundWindow(): number;
  WindowFromPoint(place: WinPoint): number;
  GetAncestor(hwnd: number, which: number): number;
  GetDesktopWindow(): number;
}

const user32 = winLibrary<User32>('user32', {
  GetForegroundWindow: 'intptr_t GetForegroundWindow()',
  WindowFromPoint: 'intptr_t WindowFromPoint(POINT place)',
  GetAncestor: 'intptr_t GetAncestor(intptr_t hwnd, uint32_t which)',
  GetDesktopWindow: 'intptr_t GetDesktopWindow()',
});

export class WindowsWindows implements WindowList {
  readonly #thread: WindowThread;
  readonly #listeners = new Set<() => void>();
  readonly #stopNews: () => void;
  readonly #timer: NodeJS.Timeout;
  #serial = 0;
  #geometry = '';
  #changes = 0;
  #front = 0;
  #listed: readonly DesktopWindow[] = [];

  constructor(thread: WindowThread) {
    this.#thread = thread;
    this.#stopNews = thread.onNews(({ type }) => {
      if (type === 'windows' && !this.#look()) this.#tell(); // a title, then
    });
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
    this.#look();
  }

  list(): Promise<DesktopWindow[]> {
    const desktop = virtualDesktop();
    const front = user32.GetForegroundWindow();
    const programs = new Map<number, Program>();
    const windows = topLevelWindows()
      .filter(isShown)
      .flatMap((hwnd) => describe(hwnd, { front, programs }) ?? [])
      .filter(({ bounds }) => intersect(bounds, desktop));
    this.#listed = windows;
    return Promise.resolve(windows);
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  geometrySerial(): Promise<number> {
    this.#look();
    return Promise.resolve(this.#serial);
  }

  focusedWindow(): Promise<string | undefined> {
    const front = user32.GetForegroundWindow();
    const id = front === 0 ? undefined : idOf(front, threadAndPidOf(front).pid);
    return Promise.resolve(this.#listed.find((window) => window.id === id)?.id);
  }

  reachesElevated(place?: Place): boolean {
    const hwnd = place === undefined ? user32.GetForegroundWindow() : user32.WindowFromPoint(place);
    // The bare desktop is the system's own and takes nothing.
    if (hwnd === 0 || hwnd === user32.GetDesktopWindow()) return false;
    // What is inside may be another program's, and so may be what it is in; one that has just gone may uncover any.
    return [hwnd, user32.GetAncestor(hwnd, ROOT)].some((window) => {
      const { pid } = threadAndPidOf(window);
      return pid === undefined || isAboveShell(pid);
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stopNews();
    this.#listeners.clear();
  }

  /** True when there was something to tell. */
  #look(): boolean {
    this.#thread.rearm('windows');
    const changes = this.#thread.geometryChanges;
    const geometry = JSON.stringify(topLevelWindows().filter(isShown).map(geometryOf));
    const front = user32.GetForegroundWindow();
    const isMoved = geometry !== this.#geometry || changes !== this.#changes;
    const isFocusMoved = front !== this.#front;
    this.#geometry = geometry;
    this.#changes = changes;
    this.#front = front;
    if (isMoved) this.#serial += 1;
    if (isMoved || isFocusMoved) this.#tell();
    return isMoved || isFocusMoved;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** All that decides where a window is and what can be seen through it. */
function geometryOf(hwnd: number): unknown[] {
  const { style, exStyle } = stylesOf(hwnd);
  return [hwnd, outerBounds(hwnd), style, exStyle, layerOf(hwnd, exStyle), regionOf(hwnd)];
}

interface ListContext {
  /** The window that has the keyboard. */
  front: number;
  /** By process, of those looked at for this list. */
  programs: Map<number, Program>;
}

interface Program {
  executable: string | undefined;
  isElevated: boolean;
}

const UNKNOWN: Program = { executable: undefined, isElevated: false };

function describe(hwnd: number, { front, programs }: ListContext): DesktopWindow | undefined {
  const { style, exStyle } = stylesOf(hwnd);
  const layer = layerOf(hwnd, exStyle);
  const bounds = visibleBounds(hwnd);
  if (isInvisible(exStyle, layer) || bounds.width <= 0 || bounds.height <= 0) return undefined;
  const role = classOf(hwnd);
  const frame = threadAndPidOf(hwnd);
  const pid = role === APP_FRAME ? pidOfApp(hwnd) : frame.pid;
  const isPopup = POPUP_CLASSES.has(role) || ((style & WS_CAPTION) !== WS_CAPTION && (exStyle & ASIDE) !== 0);
  return {
    id: idOf(hwnd, frame.pid),
    pid,
    executable: programOf(pid, programs).executable,
    title: titleOf(hwnd),
    bounds,
    isFocused: hwnd === front,
    opaque: opaqueParts({ bounds, exStyle, layer, region: regionOf(hwnd), cornerRadius: cornerRadius(hwnd) }),
    isPopup,
    transientFor: idOfOwner(hwnd),
    role,
    isShell: SHELL_CLASSES.has(role),
    // Input goes by the frame's program, whatever app is inside.
    isElevated: programOf(frame.pid, programs).isElevated,
  };
}

/** Unknown while the app is not in its frame: all apps share the frame's program. */
function pidOfApp(frame: number): number | undefined {
  const app = childOfClass(frame, APP_WINDOW);
  return app === 0 ? undefined : threadAndPidOf(app).pid;
}

function programOf(pid: number | undefined, programs: ListContext['programs']): Program {
  if (pid === undefined) return UNKNOWN;
  const known = programs.get(pid) ?? { executable: executableOf(pid), isElevated: isAboveShell(pid) };
  programs.set(pid, known);
  return known;
}

/** Programs own their dialogs by windows that nobody sees; the next one up that can be seen counts. */
function idOfOwner(hwnd: number): string | undefined {
  const passed = new Set<number>();
  for (let owner = ownerOf(hwnd); owner !== 0 && !passed.has(owner); owner = ownerOf(owner)) {
    if (isShown(owner)) return idOf(owner, threadAndPidOf(owner).pid);
    passed.add(owner);
  }
  return undefined;
}

/** Handles are used again, by other programs too: a choice of one must not outlive its process. */
function idOf(hwnd: number, pid: number | undefined): string {
  const number = `0x${(hwnd >>> 0).toString(16)}`;
  return pid === undefined ? number : `${number}@${pid}`;
}

function cornerRadius(hwnd: number): number {
  const build = Number(release().split('.')[2] ?? 0);
  return build < ROUND_SINCE_BUILD || isMaximised(hwnd) ? 0 : Math.ceil(CORNER_RADIUS * systemScale());
}
