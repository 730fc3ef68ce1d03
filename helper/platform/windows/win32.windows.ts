/** What Windows tells of one window, whosever it is. A window that is gone gives nothing or zeros. */
import type { Rect } from '../platform.ts';
import { WS_EX_LAYERED } from './windows.opaque.ts';
import { fromWide, toWide, winLibrary } from './win32.ts';
import type { WinRect } from './win32.ts';

const GWL = { style: -16, exStyle: -20 } as const;
const GW = { next: 2, owner: 4 } as const;
const MAX_CLASS_CHARACTERS = 257;
const MAX_TITLE_CHARACTERS = 512;
const MAX_PATH_CHARACTERS = 32_768;
/** PROCESS_QUERY_LIMITED_INFORMATION: granted for programs of administrators too. */
const QUERY_LIMITED = 0x1000;
const DWMWA = { extendedFrameBounds: 9, cloaked: 14 } as const;
/** Kinds of regions: NULLREGION, SIMPLEREGION, COMPLEXREGION; 0 where the window has none. */
const REGION = { none: 0, rectangle: 2 } as const;

interface User32 {
  GetTopWindow(parent: number): number;
  GetWindow(hwnd: number, which: number): number;
  FindWindowExW(parent: number, after: number, className: Buffer, title: null): number;
  IsWindowVisible(hwnd: number): number;
  IsIconic(hwnd: number): number;
  IsZoomed(hwnd: number): number;
  GetWindowRect(hwnd: number, rect: Partial<WinRect>): number;
  GetWindowLongW(hwnd: number, index: number): number;
  GetClassNameW(hwnd: number, name: Buffer, characters: number): number;
  GetWindowTextW(hwnd: number, text: Buffer, characters: number): number;
  GetWindowThreadProcessId(hwnd: number, pid: number[]): number;
  GetLayeredWindowAttributes(hwnd: number, key: number[], alpha: number[], flags: number[]): number;
  GetWindowRgnBox(hwnd: number, rect: Partial<WinRect>): number;
}

const user32 = winLibrary<User32>('user32', {
  GetTopWindow: 'intptr_t GetTopWindow(intptr_t parent)',
  GetWindow: 'intptr_t GetWindow(intptr_t hwnd, uint32_t which)',
  FindWindowExW: 'intptr_t FindWindowExW(intptr_t parent, intptr_t after, void *className, void *title)',
  IsWindowVisible: 'int IsWindowVisible(intptr_t hwnd)',
  IsIconic: 'int IsIconic(intptr_t hwnd)',
  IsZoomed: 'int IsZoomed(intptr_t hwnd)',
  GetWindowRect: 'int GetWindowRect(intptr_t hwnd, _Out_ RECT *rect)',
  GetWindowLongW: 'int32_t GetWindowLongW(intptr_t hwnd, int index)',
  GetClassNameW: 'int GetClassNameW(intptr_t hwnd, void *name, int characters)',
  GetWindowTextW: 'int GetWindowTextW(intptr_t hwnd, void *text, int characters)',
  GetWindowThreadProcessId: 'uint32_t GetWindowThreadProcessId(intptr_t hwnd, _Out_ uint32_t *pid)',
  GetLayeredWindowAttributes:
    'int GetLayeredWindowAttributes(intptr_t hwnd, _Out_ uint32_t *key, _Out_ uint8_t *alpha, _Out_ uint32_t *flags)',
  GetWindowRgnBox: 'int GetWindowRgnBox(intptr_t hwnd, _Out_ RECT *rect)',
});

interface Kernel32 {
  OpenProcess(access: number, inherits: number, pid: number): number;
  QueryFullProcessImageNameW(process: number, flags: number, name: Buffer, characters: number[]): number;
  CloseHandle(handle: number): number;
}

const kernel32 = winLibrary<Kernel32>('kernel32', {
  OpenProcess: 'intptr_t OpenProcess(uint32_t access, int inherits, uint32_t pid)',
  QueryFullProcessImageNameW:
    'int QueryFullProcessImageNameW(intptr_t process, uint32_t flags, void *name, _Inout_ uint32_t *characters)',
  CloseHandle: 'int CloseHandle(intptr_t handle)',
});

interface Dwmapi {
  DwmGetWindowAttribute(hwnd: number, attribute: number, value: Buffer, bytes: number): number;
}

const dwmapi = winLibrary<Dwmapi>('dwmapi', {
  DwmGetWindowAttribute:
    'int32_t DwmGetWindowAttribute(intptr_t hwnd, uint32_t attribute, void *value, uint32_t bytes)',
});

/**
 * Top-level windows, front-most first, visible or not. EnumWindows leaves out those of the shell and of store apps that
 * may cover everything; the list itself has them. It may change while it is read: then it is read again.
 */
export function topLevelWindows(): number[] {
  for (let before = walk(), tries = 0; ; tries++) {
    const now = walk();
    if (tries === 4 || (now.length === before.length && now.every((hwnd, at) => hwnd === before[at]))) return now;
    before = now;
  }
}

function walk(): number[] {
  const found = new Set<number>();
  let hwnd = user32.GetTopWindow(0);
  while (hwnd !== 0 && !found.has(hwnd)) {
    found.add(hwnd);
    hwnd = user32.GetWindow(hwnd, GW.next);
  }
  return [...found];
}

/** On the screen as far as Windows is concerned: not minimised, not of another desktop, not suspended. */
export function isShown(hwnd: number): boolean {
  if (user32.IsWindowVisible(hwnd) === 0 || user32.IsIconic(hwnd) !== 0) return false;
  const cloaked = Buffer.alloc(4);
  return dwmapi.DwmGetWindowAttribute(hwnd, DWMWA.cloaked, cloaked, 4) !== 0 || cloaked.readUInt32LE() === 0;
}

export function isMaximised(hwnd: number): boolean {
  return user32.IsZoomed(hwnd) !== 0;
}

/** With the invisible edges by which it is resized. */
export function outerBounds(hwnd: number): Rect {
  const found: Partial<WinRect> = {};
  user32.GetWindowRect(hwnd, found);
  return toRect(found);
}

/** What can be seen of it, without shadow and invisible edges. */
export function visibleBounds(hwnd: number): Rect {
  const frame = Buffer.alloc(16);
  if (dwmapi.DwmGetWindowAttribute(hwnd, DWMWA.extendedFrameBounds, frame, frame.length) !== 0)
    return outerBounds(hwnd);
  const [left, top, right, bottom] = [0, 4, 8, 12].map((at) => frame.readInt32LE(at));
  return toRect({ left, top, right, bottom });
}

function toRect({ left = 0, top = 0, right = 0, bottom = 0 }: { [K in keyof WinRect]?: number | undefined }): Rect {
  return { x: left, y: top, width: right - left, height: bottom - top };
}

export function stylesOf(hwnd: number): { style: number; exStyle: number } {
  return { style: user32.GetWindowLongW(hwnd, GWL.style), exStyle: user32.GetWindowLongW(hwnd, GWL.exStyle) };
}

export function classOf(hwnd: number): string {
  const name = Buffer.alloc(2 * MAX_CLASS_CHARACTERS);
  user32.GetClassNameW(hwnd, name, MAX_CLASS_CHARACTERS);
  return fromWide(name);
}

/** As Windows remembers it: a program that hangs is not asked. */
export function titleOf(hwnd: number): string {
  const text = Buffer.alloc(2 * MAX_TITLE_CHARACTERS);
  user32.GetWindowTextW(hwnd, text, MAX_TITLE_CHARACTERS);
  return fromWide(text);
}

export function ownerOf(hwnd: number): number {
  return user32.GetWindow(hwnd, GW.owner);
}

/** The first window of a class directly inside of another; 0 for none. */
export function childOfClass(parent: number, className: string): number {
  return user32.FindWindowExW(parent, 0, toWide(className), null);
}

export function threadAndPidOf(hwnd: number): { thread: number; pid: number | undefined } {
  const pid = [0];
  const thread = user32.GetWindowThreadProcessId(hwnd, pid);
  return { thread, pid: thread === 0 ? undefined : pid[0] };
}

/** How a layered window is blended; undefined when each pixel has its own alpha, and for other windows. */
export function layerOf(hwnd: number, exStyle: number): { alpha: number; flags: number } | undefined {
  if ((exStyle & WS_EX_LAYERED) === 0) return undefined;
  const [key, alpha, flags] = [[0], [0], [0]];
  if (user32.GetLayeredWindowAttributes(hwnd, key, alpha, flags) === 0) return undefined;
  return { alpha: alpha[0] ?? 0, flags: flags[0] ?? 0 };
}

/** The shape that a program has cut a window to, in coordinates of the desktop; undefined when it has not. */
export function regionOf(hwnd: number): Rect | 'complex' | undefined {
  const box: Partial<WinRect> = {};
  const kind = user32.GetWindowRgnBox(hwnd, box);
  if (kind === REGION.none) return undefined;
  if (kind !== REGION.rectangle) return 'complex';
  const { x, y } = outerBounds(hwnd);
  const inner = toRect(box);
  return { ...inner, x: x + inner.x, y: y + inner.y };
}

/** Path of a program's file; undefined when Windows does not say. */
export function executableOf(pid: number): string | undefined {
  const process = kernel32.OpenProcess(QUERY_LIMITED, 0, pid);
  if (process === 0) return undefined;
  const name = Buffer.alloc(2 * MAX_PATH_CHARACTERS);
  const characters = [MAX_PATH_CHARACTERS];
  const isKnown = kernel32.QueryFullProcessImageNameW(process, 0, name, characters) !== 0;
  kernel32.CloseHandle(process);
  return isKnown ? name.toString('utf16le', 0, 2 * (characters[0] ?? 0)) : undefined;
}
