/**
 * Ctrl+Alt+Shift and a letter. A hook knows whether a press was injected, and keeps the combination from programs; where
 * Windows does not ask it (a window of an administrator has the keyboard, to which nothing can be injected either) the
 * registered hotkey is heard. Runs in window.thread.ts.
 */
import { winLibrary } from './win32.ts';
import type { ThreadNews } from './window.thread.messages.ts';

/** Virtual keys of Ctrl, Alt and Shift, on either side. */
const HELD = [0x11, 0x12, 0x10] as const;
/** MOD_ALT, MOD_CONTROL, MOD_SHIFT, MOD_NOREPEAT. */
const MODIFIERS = 0x0001 | 0x0002 | 0x0004 | 0x4000;
const IS_DOWN = 0x8000;
/** Keyboards wait a second at most before they repeat a key. A release may be missed: the screen was locked meanwhile. */
const REPEATED_WITHIN_MS = 1100;

interface User32 {
  RegisterHotKey(hwnd: number, id: number, modifiers: number, key: number): number;
  GetAsyncKeyState(key: number): number;
}

const user32 = winLibrary<User32>('user32', {
  RegisterHotKey: 'int RegisterHotKey(intptr_t hwnd, int id, uint32_t modifiers, uint32_t key)',
  GetAsyncKeyState: 'int16_t GetAsyncKeyState(int key)',
});

export class Hotkeys {
  readonly #tell: (news: ThreadNews) => void;
  /** Id by virtual key. */
  readonly #ids = new Map<number, number>();
  /** When it was last heard down by hand and not released since: the keyboard repeats it. */
  #downAt: number | undefined;

  constructor(tell: (news: ThreadNews) => void) {
    this.#tell = tell;
  }

  /**
   * For as long as the thread is there. When every letter is taken the first is used all the same: the hook sees it before
   * whoever has it.
   */
  listen(id: number, letters: readonly string[]): string {
    const free = letters.find((letter) => user32.RegisterHotKey(0, id, MODIFIERS, keyOf(letter)) !== 0);
    const letter = free ?? letters[0] ?? 'Q';
    this.#ids.set(keyOf(letter), id);
    return letter;
  }

  /** True when nobody else may have this key. */
  takeKey(key: number, { isDown, isInjected }: { isDown: boolean; isInjected: boolean }): boolean {
    const id = this.#ids.get(key);
    if (id === undefined) return false;
    if (!isDown) {
      if (!isInjected) this.#downAt = undefined;
      return false;
    }
    if (!HELD.every((modifier) => (user32.GetAsyncKeyState(modifier) & IS_DOWN) !== 0)) return false;
    if (!isInjected) this.#takePress(id);
    return true;
  }

  #takePress(id: number): void {
    const now = performance.now();
    const isRepeated = this.#downAt !== undefined && now - this.#downAt < REPEATED_WITHIN_MS;
    this.#downAt = now;
    if (!isRepeated) this.#tell({ type: 'hotkey', id });
  }

  /** WM_HOTKEY: the hook was not asked, or it would have kept it. */
  takeMessage(id: number): void {
    this.#tell({ type: 'hotkey', id });
  }
}

/** The virtual key of a letter is its capital in ASCII, wherever the layout has it. */
function keyOf(letter: string): number {
  return letter.toUpperCase().charCodeAt(0);
}
