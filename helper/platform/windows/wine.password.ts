/** A window with a password field and nothing else, for the tests under Wine. */
import { winLibrary } from './win32.ts';
import type { WinMessage } from './win32.ts';

/** WS_OVERLAPPEDWINDOW, WS_VISIBLE; for the field WS_CHILD, WS_VISIBLE, WS_BORDER, ES_PASSWORD. */
const WINDOW_STYLE = 0x00cf0000 | 0x10000000;
const FIELD_STYLE = 0x40000000 | 0x10000000 | 0x00800000 | 0x0020;
/** A class of Windows' own whose windows may have others inside. */
const WINDOW_CLASS = '#32770';

interface User32 {
  CreateWindowExW(...args: (number | string | null)[]): number;
  SetFocus(hwnd: number): number;
  GetMessageW(...args: [message: object, hwnd: number, first: number, last: number]): number;
  DispatchMessageW(message: object): number;
}

const user32 = winLibrary<User32>('user32', {
  CreateWindowExW:
    'intptr_t CreateWindowExW(uint32_t exStyle, const char16_t *className, const char16_t *title, uint32_t style, int x, int y, int w, int h, intptr_t parent, intptr_t menu, intptr_t module, void *more)',
  SetFocus: 'intptr_t SetFocus(intptr_t hwnd)',
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
  const window = user32.CreateWindowExW(0, WINDOW_CLASS, 'Password', WINDOW_STYLE, 720, 580, 280, 160, 0, 0, 0, null);
  const field = user32.CreateWindowExW(0, 'Edit', '', FIELD_STYLE, 20, 30, 200, 24, window, 0, 0, null);
  user32.SetFocus(field);
  const message: Partial<WinMessage> = {};
  while (user32.GetMessageW(message, 0, 0, 0) > 0) user32.DispatchMessageW(message);
}
