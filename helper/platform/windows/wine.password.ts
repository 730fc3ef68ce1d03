/** Programs with one window, for the tests under Wine: with a password field, or with nothing. */
import { WS_EX_LAYERED, LWA_ALPHA } from './windows.opaque.ts';
import { winLibrary } from './win32.ts';
import type { WinMessage } from './win32.ts';

/** WS_OVERLAPPEDWINDOW, WS_VISIBLE; for the field WS_CHILD, WS_VISIBLE, WS_BORDER, ES_PASSWORD. */
const WINDOW_STYLE = 0x00cf0000 | 0x10000000;
/** WS_EX_TOPMOST, WS_EX_TRANSPARENT, WS_EX_NOACTIVATE. */
const IN_FRONT = 0x00000008;
const CLICK_THROUGH = 0x00000020 | 0x08000000;
const FIELD_STYLE = 0x40000000 | 0x10000000 | 0x00800000 | 0x0020;
/** A class of Windows' own whose windows may have others inside. */
const WINDOW_CLASS = '#32770';

interface User32 {
  CreateWindowExW(...args: (number | string | null)[]): number;
  SetFocus(hwnd: number): number;
  SetForegroundWindow(hwnd: number): number;
  SetLayeredWindowAttributes(...args: [hwnd: number, key: number, alpha: number, flags: number]): number;
  GetMessageW(...args: [message: object, hwnd: number, first: number, last: number]): number;
  DispatchMessageW(message: object): number;
}

const user32 = winLibrary<User32>('user32', {
  CreateWindowExW:
    'intptr_t CreateWindowExW(uint32_t exStyle, const char16_t *className, const char16_t *title, uint32_t style, int x, int y, int w, int h, intptr_t parent, intptr_t menu, intptr_t module, void *more)',
  SetFocus: 'intptr_t SetFocus(intptr_t hwnd)',
  SetForegroundWindow: 'int SetForegroundWindow(intptr_t hwnd)',
  SetLayeredWindowAttributes:
    'int SetLayeredWindowAttributes(intptr_t hwnd, uint32_t key, uint8_t alpha, uint32_t flags)',
  GetMessageW: 'int GetMessageW(_Out_ MSG *message, intptr_t hwnd, uint32_t first, uint32_t last)',
  DispatchMessageW: 'intptr_t DispatchMessageW(MSG *message)',
});

const advapi32 = winLibrary<{ SetKernelObjectSecurity(object: number, which: number, descriptor: Buffer): number }>(
  'advapi32',
  {
    SetKernelObjectSecurity: 'int SetKernelObjectSecurity(intptr_t object, uint32_t which, void *descriptor)',
  },
);

/** GetCurrentProcess, DACL_SECURITY_INFORMATION. */
const THIS_PROCESS = -1;
const DACL = 4;
/** A self-relative descriptor with a list of rights in which nobody is: nothing may be asked of this program. */
const NOBODY = Buffer.from('0100048000000000000000000000000014000000' + '0200080000000000', 'hex');

/** As a program of an administrator is: it can be seen and not looked into. */
export function closeToOthers(): void {
  if (advapi32.SetKernelObjectSecurity(THIS_PROCESS, DACL, NOBODY) === 0) throw new Error('it stays open');
}

export function showPasswordField(): void {
  const window = openWindow(0, 'Password');
  const field = user32.CreateWindowExW(0, 'Edit', '', FIELD_STYLE, 20, 30, 200, 24, window, 0, 0, null);
  user32.SetFocus(field);
  pumpMessages();
}

/** In front of the place of that window; what is clicked there is what lies behind. */
export function showClickThrough(): void {
  const window = openWindow(IN_FRONT | WS_EX_LAYERED | CLICK_THROUGH, 'Through');
  user32.SetLayeredWindowAttributes(window, 0, 128, LWA_ALPHA);
  pumpMessages();
}

/** Has the keyboard, and nothing of it can be seen. */
export function takeKeysUnseen(): void {
  const window = openWindow(WS_EX_LAYERED, 'Unseen');
  user32.SetLayeredWindowAttributes(window, 0, 0, LWA_ALPHA);
  user32.SetForegroundWindow(window);
  pumpMessages();
}

function openWindow(exStyle: number, title: string): number {
  return user32.CreateWindowExW(exStyle, WINDOW_CLASS, title, WINDOW_STYLE, 720, 580, 280, 160, 0, 0, 0, null);
}

function pumpMessages(): void {
  const message: Partial<WinMessage> = {};
  while (user32.GetMessageW(message, 0, 0, 0) > 0) user32.DispatchMessageW(message);
}
