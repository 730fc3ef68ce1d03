/** The class of our windows: who answers their messages. Runs in window.thread.ts. */
import koffi from 'koffi';
import { declareStructures, winLibrary } from './win32.ts';

const IDC_ARROW = 32512;

interface User32 {
  RegisterClassExW(definition: object): number;
  UnregisterClassW(name: string, module: number): number;
  CreateWindowExW(...args: (number | string | null)[]): number;
  DefWindowProcW(hwnd: number, message: number, wParam: number, lParam: number): number;
  LoadCursorW(module: number, name: number): number;
}

const user32 = winLibrary<User32>('user32', {
  RegisterClassExW: 'uint16_t RegisterClassExW(WNDCLASSEXW *definition)',
  UnregisterClassW: 'int UnregisterClassW(const char16_t *name, intptr_t module)',
  CreateWindowExW:
    'intptr_t CreateWindowExW(uint32_t exStyle, const char16_t *className, const char16_t *title, uint32_t style, int x, int y, int w, int h, intptr_t parent, intptr_t menu, intptr_t module, void *more)',
  DefWindowProcW: 'intptr_t DefWindowProcW(intptr_t hwnd, uint32_t message, uintptr_t wParam, intptr_t lParam)',
  LoadCursorW: 'intptr_t LoadCursorW(intptr_t module, intptr_t name)',
});

const kernel32 = winLibrary<{ GetModuleHandleW(name: null): number; GetCurrentThreadId(): number }>('kernel32', {
  GetCurrentThreadId: 'uint32_t GetCurrentThreadId()',
  GetModuleHandleW: 'intptr_t GetModuleHandleW(void *name)',
});

export interface WindowMessage {
  hwnd: number;
  message: number;
  lParam: number;
}

export class WindowClass {
  /** A class is the whole process's, and so is its name. */
  readonly #name = `HandrailSurface${kernel32.GetCurrentThreadId()}`;
  readonly #module = kernel32.GetModuleHandleW(null);
  readonly #callback: bigint;

  /** `answer` gives undefined for what Windows does of its own. */
  constructor(answer: (message: WindowMessage) => number | undefined) {
    declareWindowClass();
    this.#callback = koffi.register(
      (...args: [hwnd: number, message: number, wParam: number, lParam: number]): number => {
        const [hwnd, message, , lParam] = args;
        return answer({ hwnd, message, lParam }) ?? user32.DefWindowProcW(...args);
      },
      'WNDPROC *',
    );
    const definition = {
      cbSize: koffi.sizeof('WNDCLASSEXW'),
      style: 0,
      lpfnWndProc: this.#callback,
      cbClsExtra: 0,
      cbWndExtra: 0,
      hInstance: this.#module,
      hIcon: 0,
      hCursor: user32.LoadCursorW(0, IDC_ARROW),
      hbrBackground: 0,
      lpszMenuName: 0,
      lpszClassName: this.#name,
      hIconSm: 0,
    };
    if (user32.RegisterClassExW(definition) === 0) throw new Error('Windows refuses our class of windows');
  }

  createWindow({ style, exStyle, title }: { style: number; exStyle: number; title: string }): number {
    const place = [0, 0, 1, 1];
    const hwnd = user32.CreateWindowExW(exStyle, this.#name, title, style, ...place, 0, 0, this.#module, null);
    if (hwnd === 0) throw new Error('Windows gives us no window');
    return hwnd;
  }

  /** After its last window. */
  close(): void {
    user32.UnregisterClassW(this.#name, this.#module);
    koffi.unregister(this.#callback);
  }
}

let isDeclared = false;

function declareWindowClass(): void {
  declareStructures();
  if (isDeclared) return;
  isDeclared = true;
  koffi.struct('WNDCLASSEXW', {
    cbSize: 'uint32_t',
    style: 'uint32_t',
    lpfnWndProc: 'WNDPROC *',
    cbClsExtra: 'int',
    cbWndExtra: 'int',
    hInstance: 'intptr_t',
    hIcon: 'intptr_t',
    hCursor: 'intptr_t',
    hbrBackground: 'intptr_t',
    lpszMenuName: 'intptr_t',
    lpszClassName: 'const char16_t *',
    hIconSm: 'intptr_t',
  });
}
