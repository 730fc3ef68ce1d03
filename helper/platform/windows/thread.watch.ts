/** News of other programs' windows (WinEvents), counted for the main thread. Runs in window.thread.ts. */
import koffi from 'koffi';
import { declareStructures, winLibrary } from './win32.ts';
import { CHANGES } from './window.thread.messages.ts';
import type { ThreadNews } from './window.thread.messages.ts';

const EVENT = {
  foreground: 0x0003,
  minimised: 0x0016,
  restored: 0x0017,
  created: 0x8000,
  shown: 0x8002,
  hidden: 0x8003,
  reordered: 0x8004,
  focus: 0x8005,
  moved: 0x800b,
  renamed: 0x800c,
  cloaked: 0x8017,
  uncloaked: 0x8018,
} as const;
const RANGES = [
  [EVENT.foreground, EVENT.foreground],
  [EVENT.minimised, EVENT.restored],
  [EVENT.created, EVENT.focus],
  [EVENT.moved, EVENT.renamed],
  [EVENT.cloaked, EVENT.uncloaked],
] as const;
/** Of a top-level window they change what is where. */
const GEOMETRY: ReadonlySet<number> = new Set([
  ...[EVENT.minimised, EVENT.restored, EVENT.shown, EVENT.hidden, EVENT.reordered, EVENT.moved],
  ...[EVENT.cloaked, EVENT.uncloaked],
]);
/** OBJID_CARET and OBJID_CURSOR move all the time. */
const RESTLESS: ReadonlySet<number> = new Set([-8, -9]);
const GA_ROOT = 2;

interface User32 {
  SetWinEventHook(
    ...args: [min: number, max: number, module: number, callback: unknown, pid: number, thread: number, flags: number]
  ): number;
  UnhookWinEvent(hook: number): number;
  GetAncestor(hwnd: number, which: number): number;
  GetDesktopWindow(): number;
}

const user32 = winLibrary<User32>('user32', {
  SetWinEventHook:
    'intptr_t SetWinEventHook(uint32_t min, uint32_t max, intptr_t module, WINEVENTPROC *callback, uint32_t pid, uint32_t thread, uint32_t flags)',
  UnhookWinEvent: 'int UnhookWinEvent(intptr_t hook)',
  GetAncestor: 'intptr_t GetAncestor(intptr_t hwnd, uint32_t which)',
  GetDesktopWindow: 'intptr_t GetDesktopWindow()',
});

/** Counts and tells, each kind once until the main thread asks for more. Returns how to end it. */
export function watchWindows(changes: Int32Array, tell: (news: ThreadNews) => void): () => void {
  declareStructures();
  const desktop = user32.GetDesktopWindow();
  const callback = koffi.register((...news: number[]) => {
    const [, event = 0, hwnd = 0, object = 0] = news;
    if (hwnd === 0 || RESTLESS.has(object)) return;
    const isTop = hwnd === desktop || user32.GetAncestor(hwnd, GA_ROOT) === hwnd;
    if (isTop && GEOMETRY.has(event)) Atomics.add(changes, CHANGES.count, 1);
    const type = isTop || event === EVENT.foreground ? 'windows' : 'controls';
    if (Atomics.exchange(changes, CHANGES[type], 1) === 0) tell({ type });
  }, 'WINEVENTPROC *');
  const hooks = RANGES.map(([min, max]) => user32.SetWinEventHook(min, max, 0, callback, 0, 0, 0));
  return () => {
    for (const hook of hooks) user32.UnhookWinEvent(hook);
    koffi.unregister(callback);
  };
}
