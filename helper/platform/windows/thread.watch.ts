/** News of other programs' windows (WinEvents), counted for the main thread. Runs in window.thread.ts. */
import koffi from 'koffi';
import { declareStructures, winLibrary } from './win32.ts';
import { CHANGES } from './window.thread.messages.ts';

/** EVENT_SYSTEM_FOREGROUND; minimised and restored; created … focus; moved and renamed; cloaked and uncloaked. */
const RANGES = [
  [0x0003, 0x0003],
  [0x0016, 0x0017],
  [0x8000, 0x8005],
  [0x800b, 0x800c],
  [0x8017, 0x8018],
] as const;
/** OBJID_WINDOW: the window itself and not its caret, pointer, menu or scroll bar. */
const WINDOW = 0;
const EVENT_OBJECT_FOCUS = 0x8005;

interface User32 {
  SetWinEventHook(
    ...args: [min: number, max: number, module: number, callback: unknown, pid: number, thread: number, flags: number]
  ): number;
  UnhookWinEvent(hook: number): number;
}

const user32 = winLibrary<User32>('user32', {
  SetWinEventHook:
    'intptr_t SetWinEventHook(uint32_t min, uint32_t max, intptr_t module, WINEVENTPROC *callback, uint32_t pid, uint32_t thread, uint32_t flags)',
  UnhookWinEvent: 'int UnhookWinEvent(intptr_t hook)',
});

/** Counts and tells; returns how to end it. Windows inside of windows count too: a password field may be one. */
export function watchWindows(changes: Int32Array, tell: () => void): () => void {
  declareStructures();
  const callback = koffi.register((...news: number[]) => {
    const [, event, hwnd, object] = news;
    if (hwnd === 0 || (object !== WINDOW && event !== EVENT_OBJECT_FOCUS)) return;
    Atomics.add(changes, CHANGES.count, 1);
    if (Atomics.exchange(changes, CHANGES.isTold, 1) === 0) tell();
  }, 'WINEVENTPROC *');
  const hooks = RANGES.map(([min, max]) => user32.SetWinEventHook(min, max, 0, callback, 0, 0, 0));
  return () => {
    for (const hook of hooks) user32.UnhookWinEvent(hook);
    koffi.unregister(callback);
  };
}
