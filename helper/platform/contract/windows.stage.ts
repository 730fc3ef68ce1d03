/** The contract's stage on Windows: windows of this very process, and a hand outside of it that moves the device. */
import { connect } from 'node:net';
import koffi from 'koffi';
import type { InputInjector, Rect } from '../platform.ts';
import { openWindowsCapture } from '../windows/windows.capture.ts';
import { openInputHooks } from '../windows/windows.hooks.ts';
import { openWindowsInput } from '../windows/windows.input.ts';
import { keyOf, knownCodes } from '../windows/windows.keys.ts';
import { openWindowsLocalInput } from '../windows/windows.local-input.ts';
import { usePhysicalPixels } from '../windows/windows.screens.ts';
import { declareStructures, fromWide, toWide, winLibrary } from '../windows/win32.ts';
import type { WinPoint, WinRect } from '../windows/win32.ts';
import type { Stage, StageWindow, TextField } from './stage.ts';

const PUMP_EVERY_MS = 5;
const CLASS_NAME = 'HandrailStage';
/** WS_POPUP | WS_VISIBLE, ES_MULTILINE | ES_AUTOVSCROLL. */
const [POPUP, MULTILINE] = [0x90000000, 0x44];
const SWP = { noSize: 0x1, noMove: 0x2, noOrder: 0x4 } as const;
const WM = {
  paint: 0xf,
  setCursor: 0x20,
  setText: 0xc,
  mouseWheel: 0x20a,
  mouseHorizontalWheel: 0x20e,
  extra: 0x20b,
} as const;
const EM_SETLIMITTEXT = 0xc5;
/** WM_KEYDOWN, WM_KEYUP, WM_SYSKEYDOWN, WM_SYSKEYUP. */
const KEYS: Readonly<Record<number, string>> = { 0x100: 'down', 0x101: 'up', 0x104: 'down', 0x105: 'up' };
/** WM_LBUTTONDOWN and its like. */
const BUTTONS: Readonly<Record<number, string>> = {
  0x201: '0 down',
  0x202: '0 up',
  0x204: '2 down',
  0x205: '2 up',
  0x207: '1 down',
  0x208: '1 up',
};
const EXTRA_DIRECTION: Readonly<Record<number, string>> = { 0x20b: 'down', 0x20c: 'up' };
/** IDC_ARROW, IDC_IBEAM. */
const CURSORS = { arrow: 32512, text: 32513 } as const;
/** VK_PAUSE and VK_NUMLOCK: their messages carry each other's scan code. */
const BY_VIRTUAL_KEY: Readonly<Record<number, string>> = { 0x13: 'Pause', 0x90: 'NumLock' };
const CODES: ReadonlyMap<string, string> = new Map(
  knownCodes().flatMap((code) => {
    const key = keyOf(code);
    return key && key.virtualKey === 0 ? [[`${key.scanCode} ${key.isExtended}`, code] as const] : [];
  }),
);

type WindowProcedure = (hwnd: number, message: number, wParam: number, lParam: number) => number;

interface User32 {
  RegisterClassExW(description: object): number;
  CreateWindowExW(...args: (number | string | null)[]): number;
  DestroyWindow(hwnd: number): number;
  DefWindowProcW: WindowProcedure;
  SetForegroundWindow(hwnd: number): number;
  SetWindowPos(
    ...args: [hwnd: number, after: number, x: number, y: number, width: number, height: number, flags: number]
  ): number;
  PeekMessageW(message: Buffer, hwnd: number, first: number, last: number, ...remove: [number]): number;
  TranslateMessage(message: Buffer): number;
  DispatchMessageW(message: Buffer): number;
  GetDC(hwnd: number): number;
  ReleaseDC(hwnd: number, dc: number): number;
  FillRect(dc: number, rect: WinRect, brush: number): number;
  ValidateRect(hwnd: number, rect: null): number;
  LoadCursorW(module: number, id: number): number;
  SetCursor(cursor: number): number;
  GetCursorPos(at: Partial<WinPoint>): number;
  SetCursorPos(x: number, y: number): number;
  GetWindowTextLengthW(hwnd: number): number;
  GetWindowTextW(hwnd: number, text: Buffer, characters: number): number;
  SendMessageW: WindowProcedure;
}
