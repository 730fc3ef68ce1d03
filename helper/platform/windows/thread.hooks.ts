/**
 * What the local person does, by low-level hooks: Windows says of each event whether a program has injected it. Runs in
 * window.thread.ts.
 */
import koffi from 'koffi';
import type { Hotkeys } from './thread.hotkeys.ts';
import type { Surfaces } from './thread.surfaces.ts';
import { declareStructures, winLibrary } from './win32.ts';

const WH_KEYBOARD_LL = 13;
const WH_MOUSE_LL = 14;
const WM_KEYDOWN = 0x0100;
const WM_SYSKEYDOWN = 0x0104;
const WM_MOUSEMOVE = 0x0200;
const WM_LBUTTONDOWN = 0x0201;
const WM_LBUTTONUP = 0x0202;
/** LLKHF_INJECTED and LLMHF_INJECTED; both are set with the one for programs of lower rights too. */
const KEY_INJECTED = 0x10;
const MOUSE_INJECTED = 0x01;
/** KBDLLHOOKSTRUCT: key, scan code, flags. MSLLHOOKSTRUCT: x, y, wheel or button, flags. */
const KEY_FIELDS = 3;
const MOUSE_FIELDS = 4;
/** Windows takes a hook that was late away without a word. */
const RENEW_MS = 10_000;
/** The event goes no further. */
const SWALLOW = 1;

interface User32 {
  SetWindowsHookExW(kind: number, callback: unknown, module: number, thread: number): number;
  UnhookWindowsHookEx(hook: number): number;
  CallNextHookEx(hook: number, code: number, wParam: number, lParam: number): number;
}

const user32 = winLibrary<User32>('user32', {
  SetWindowsHookExW: 'intptr_t SetWindowsHookExW(int kind, HOOKPROC *callback, intptr_t module, uint32_t thread)',
  UnhookWindowsHookEx: 'int UnhookWindowsHookEx(intptr_t hook)',
  CallNextHookEx: 'intptr_t CallNextHookEx(intptr_t hook, int code, uintptr_t wParam, intptr_t lParam)',
});

const kernel32 = winLibrary<{ GetModuleHandleW(name: null): number }>('kernel32', {
  GetModuleHandleW: 'intptr_t GetModuleHandleW(void *name)',
});

interface HookTools {
  surfaces: Surfaces;
  hotkeys: Hotkeys;
}

interface Hook {
  kind: number;
  callback: bigint;
  handle: number;
}

export class HookedInput {
  readonly #tools: HookTools;
  readonly #hooks: Hook[];
  #renewedAt = performance.now();

  constructor(tools: HookTools) {
    this.#tools = tools;
    declareStructures();
    this.#hooks = [
      hookFor(WH_KEYBOARD_LL, (message, event) => this.#takeKey(message, event)),
      hookFor(WH_MOUSE_LL, (message, event) => this.#takeMouse(message, event)),
    ];
  }

  /** Sets the hooks anew when it is time. */
  renew(): void {
    const now = performance.now();
    if (now - this.#renewedAt < RENEW_MS) return;
    this.#renewedAt = now;
    for (const hook of this.#hooks) {
      const former = hook.handle;
      hook.handle = setHook(hook.kind, hook.callback);
      user32.UnhookWindowsHookEx(former);
    }
  }

  close(): void {
    for (const { handle, callback } of this.#hooks) {
      user32.UnhookWindowsHookEx(handle);
      koffi.unregister(callback);
    }
  }

  #takeKey(message: number, event: number): boolean {
    const [key = 0, , flags = 0] = fieldsAt(event, 'uint32_t', KEY_FIELDS);
    return this.#tools.hotkeys.takeKey(key, {
      isDown: message === WM_KEYDOWN || message === WM_SYSKEYDOWN,
      isInjected: (flags & KEY_INJECTED) !== 0,
    });
  }

  #takeMouse(message: number, event: number): boolean {
    const { surfaces } = this.#tools;
    const [x = 0, y = 0, , flags = 0] = fieldsAt(event, 'int32_t', MOUSE_FIELDS);
    if ((flags & MOUSE_INJECTED) !== 0) return false;
    if (message === WM_LBUTTONDOWN) return surfaces.press(x, y);
    if (message === WM_LBUTTONUP) return surfaces.release();
    if (message === WM_MOUSEMOVE) surfaces.drag(x, y);
    return false;
  }
}

/** `decide` says whether the event is ours alone. */
function hookFor(kind: number, decide: (message: number, event: number) => boolean): Hook {
  const callback = koffi.register((code: number, message: number, event: number): number => {
    if (code === 0 && decide(message, event)) return SWALLOW;
    return user32.CallNextHookEx(0, code, message, event);
  }, 'HOOKPROC *');
  return { kind, callback, handle: setHook(kind, callback) };
}

function setHook(kind: number, callback: bigint): number {
  const hook = user32.SetWindowsHookExW(kind, callback, kernel32.GetModuleHandleW(null), 0);
  if (hook === 0) throw new Error(`Windows refuses the hook ${kind}`);
  return hook;
}

function fieldsAt(address: number, type: 'int32_t' | 'uint32_t', count: number): number[] {
  // An array of numbers by its type.
  return Array.from(koffi.decode(BigInt(address), type, count) as Int32Array | Uint32Array);
}
