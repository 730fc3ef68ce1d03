/** Windows of this process that note what arrives. */
import koffi from 'koffi';
import type { KoffiFunc } from 'koffi';
import type { Rect } from '../platform.ts';
import { keyOf, knownCodes } from '../windows/windows.keys.ts';
import { declareStructures, fromWide, winLibrary } from '../windows/win32.ts';
import type { WinMessage, WinPoint, WinRect } from '../windows/win32.ts';
import { eventually } from './stage.ts';
import type { StageWindow, TextField } from './stage.ts';

const PUMP_EVERY_MS = 5;
const PM_REMOVE = 1;
const CLASS_NAME = 'HandrailStage';
/** WS_POPUP and WS_VISIBLE, ES_MULTILINE, ES_AUTOVSCROLL and ES_WANTRETURN. */
const [POPUP, MULTILINE] = [0x90000000, 0x1044];
/** SWP_*. */
const [NO_SIZE, NO_MOVE, NO_ORDER, NO_ACTIVATE] = [0x1, 0x2, 0x4, 0x10];
const HWND_TOP = 0;
const EM_SETLIMITTEXT = 0xc5;
const MAX_TEXT = 1 << 20;
const WM = {
  paint: 0xf,
  setCursor: 0x20,
  extraDown: 0x20b,
  extraUp: 0x20c,
  wheel: 0x20a,
  horizontalWheel: 0x20e,
} as const;
const WHEEL_DELTA = 120;
/** WM_KEYDOWN, WM_KEYUP, WM_SYSKEYDOWN, WM_SYSKEYUP. */
const KEYS: Readonly<Record<number, string>> = { 0x100: 'down', 0x101: 'up', 0x104: 'down', 0x105: 'up' };
/** WM_LBUTTONDOWN and those that follow it. */
const BUTTONS: Readonly<Record<number, string>> = {
  0x201: '0 down',
  0x202: '0 up',
  0x204: '2 down',
  0x205: '2 up',
  0x207: '1 down',
  0x208: '1 up',
};
/** IDC_ARROW, IDC_IBEAM. */
const CURSORS = { arrow: 32512, text: 32513 } as const;
/** VK_PAUSE and VK_NUMLOCK, whose messages carry each other's scan code. */
const BY_VIRTUAL_KEY: Readonly<Record<number, string>> = { 0x13: 'Pause', 0x90: 'NumLock' };
const CODES: ReadonlyMap<string, string> = new Map(
  knownCodes().flatMap((code) => {
    const key = keyOf(code);
    return key ? [[`${key.scanCode} ${key.isExtended}`, code] as const] : [];
  }),
);

type WindowProcedure = (...args: [hwnd: number, message: number, wParam: number, lParam: number]) => number;

interface User32 {
  RegisterClassExW(description: object): number;
  CreateWindowExW: (...args: (number | string | null)[]) => number;
  DestroyWindow(hwnd: number): number;
  DefWindowProcW: WindowProcedure;
  SetForegroundWindow(hwnd: number): number;
  GetForegroundWindow(): number;
  SetWindowPos: (...args: number[]) => number;
  PeekMessageW: (message: object, ...filter: [hwnd: number, first: number, last: number, remove: number]) => number;
  TranslateMessage(message: WinMessage): number;
  DispatchMessageW(message: WinMessage): number;
  GetDC(hwnd: number): number;
  ReleaseDC(hwnd: number, dc: number): number;
  FillRect(dc: number, rect: WinRect, brush: number): number;
  ValidateRect(hwnd: number, rect: null): number;
  LoadCursorW(module: number, id: number): number;
  SetCursor(cursor: number): number;
  GetCursorPos(at: Partial<WinPoint>): number;
  GetWindowTextLengthW(hwnd: number): number;
  GetWindowTextW(hwnd: number, text: Buffer, characters: number): number;
  SendMessageW: KoffiFunc<WindowProcedure>;
}

const user32 = winLibrary<User32>('user32', {
  RegisterClassExW: 'uint16_t RegisterClassExW(void *description)',
  CreateWindowExW:
    'intptr_t CreateWindowExW(uint32_t moreStyle, str16 className, str16 title, uint32_t style, int x, int y, int width, int height, intptr_t parent, intptr_t menu, intptr_t module, void *none)',
  DestroyWindow: 'int DestroyWindow(intptr_t hwnd)',
  DefWindowProcW: 'intptr_t DefWindowProcW(intptr_t hwnd, uint32_t message, uintptr_t wParam, intptr_t lParam)',
  GetForegroundWindow: 'intptr_t GetForegroundWindow()',
  SetForegroundWindow: 'int SetForegroundWindow(intptr_t hwnd)',
  SetWindowPos: 'int SetWindowPos(intptr_t hwnd, intptr_t after, int x, int y, int width, int height, uint32_t flags)',
  PeekMessageW: 'int PeekMessageW(_Out_ MSG *message, intptr_t hwnd, uint32_t first, uint32_t last, uint32_t remove)',
  TranslateMessage: 'int TranslateMessage(MSG *message)',
  DispatchMessageW: 'intptr_t DispatchMessageW(MSG *message)',
  GetDC: 'intptr_t GetDC(intptr_t hwnd)',
  ReleaseDC: 'int ReleaseDC(intptr_t hwnd, intptr_t dc)',
  FillRect: 'int FillRect(intptr_t dc, RECT *rect, intptr_t brush)',
  ValidateRect: 'int ValidateRect(intptr_t hwnd, void *rect)',
  LoadCursorW: 'intptr_t LoadCursorW(intptr_t module, intptr_t id)',
  SetCursor: 'intptr_t SetCursor(intptr_t cursor)',
  GetCursorPos: 'int GetCursorPos(_Out_ POINT *at)',
  GetWindowTextLengthW: 'int GetWindowTextLengthW(intptr_t hwnd)',
  GetWindowTextW: 'int GetWindowTextW(intptr_t hwnd, void *text, int characters)',
  SendMessageW: 'intptr_t SendMessageW(intptr_t hwnd, uint32_t message, uintptr_t wParam, intptr_t lParam)',
});

interface Gdi32 {
  CreateSolidBrush(colour: number): number;
  DeleteObject(object: number): number;
  GdiFlush(): number;
}

const gdi32 = winLibrary<Gdi32>('gdi32', {
  CreateSolidBrush: 'intptr_t CreateSolidBrush(uint32_t colour)',
  DeleteObject: 'int DeleteObject(intptr_t object)',
  GdiFlush: 'int GdiFlush()',
});

/** Gives windows of this thread their messages until the function it returns is called. */
export function pumpMessages(): () => void {
  const timer = setInterval(() => {
    const message = {} as WinMessage; // filled by the call
    while (user32.PeekMessageW(message, 0, 0, 0, PM_REMOVE) !== 0) {
      user32.TranslateMessage(message);
      user32.DispatchMessageW(message);
    }
  }, PUMP_EVERY_MS);
  return () => clearInterval(timer);
}

export function isPointerAt({ x, y }: WinPoint): boolean {
  const at: Partial<WinPoint> = {};
  user32.GetCursorPos(at);
  return at.x === x && at.y === y;
}

const windows = new Map<number, PlainWindow>();
let isRegistered = false;

function registerClass(): void {
  if (isRegistered) return;
  isRegistered = true;
  declareStructures();
  const type = koffi.struct('WNDCLASSEXW', {
    size: 'uint32_t',
    style: 'uint32_t',
    procedure: 'WNDPROC *',
    classBytes: 'int',
    windowBytes: 'int',
    module: 'intptr_t',
    icon: 'intptr_t',
    cursor: 'intptr_t',
    background: 'intptr_t',
    menu: 'str16',
    name: 'str16',
    smallIcon: 'intptr_t',
  });
  const procedure: WindowProcedure = (hwnd, ...message) =>
    windows.get(hwnd)?.take(...message) ?? user32.DefWindowProcW(hwnd, ...message);
  const description = { style: 0, classBytes: 0, windowBytes: 0, module: 0, icon: 0, cursor: 0, background: 0 };
  user32.RegisterClassExW(
    koffi.as(
      {
        ...description,
        size: koffi.sizeof(type),
        procedure: koffi.register(procedure, 'WNDPROC *'),
        menu: null,
        name: CLASS_NAME,
        smallIcon: 0,
      },
      'WNDCLASSEXW *',
    ),
  );
}

async function createWindow(className: string, style: number, { x, y, width, height }: Rect): Promise<number> {
  const hwnd = user32.CreateWindowExW(0, className, '', style, x, y, width, height, 0, 0, 0, null);
  if (hwnd === 0) throw new Error(`Windows makes no window of class ${className}`);
  await eventually('the window in front', () => {
    user32.SetForegroundWindow(hwnd);
    return user32.GetForegroundWindow() === hwnd ? true : undefined;
  });
  return hwnd;
}

export async function openPlainWindow(bounds: Rect, colour: number): Promise<StageWindow> {
  registerClass();
  const hwnd = await createWindow(CLASS_NAME, POPUP, bounds);
  const window = new PlainWindow(hwnd, { bounds, colour });
  windows.set(hwnd, window);
  window.repaint();
  return window;
}

class PlainWindow implements StageWindow {
  readonly #hwnd: number;
  readonly #events: string[] = [];
  readonly #painted: { rect: Rect; colour: number }[];
  #cursor: number;

  constructor(hwnd: number, { bounds, colour }: { bounds: Rect; colour: number }) {
    this.#hwnd = hwnd;
    this.#painted = [{ rect: { ...bounds, x: 0, y: 0 }, colour }];
    this.#cursor = user32.LoadCursorW(0, CURSORS.arrow);
  }

  paint(rect: Rect, colour: number): Promise<void> {
    this.#painted.push({ rect, colour });
    this.#fill(rect, colour);
    return Promise.resolve();
  }

  repaint(): void {
    for (const { rect, colour } of this.#painted) this.#fill(rect, colour);
  }

  moveTo(x: number, y: number): Promise<void> {
    user32.SetWindowPos(this.#hwnd, 0, x, y, 0, 0, NO_SIZE | NO_ORDER | NO_ACTIVATE);
    return Promise.resolve();
  }

  raise(): Promise<void> {
    user32.SetWindowPos(this.#hwnd, HWND_TOP, 0, 0, 0, 0, NO_SIZE | NO_MOVE | NO_ACTIVATE);
    return Promise.resolve();
  }

  setPointer(shape: 'arrow' | 'text'): Promise<void> {
    this.#cursor = user32.LoadCursorW(0, CURSORS[shape]);
    user32.SetCursor(this.#cursor);
    return Promise.resolve();
  }

  takeEvents(): string[] {
    return this.#events.splice(0);
  }

  close(): Promise<void> {
    user32.DestroyWindow(this.#hwnd);
    windows.delete(this.#hwnd);
    return Promise.resolve();
  }

  /** The answer to a message; undefined for what is left to Windows. */
  take(message: number, wParam: number, lParam: number): number | undefined {
    if (message === WM.paint) {
      user32.ValidateRect(this.#hwnd, null);
      this.repaint();
      return 0;
    }
    if (message === WM.setCursor) {
      user32.SetCursor(this.#cursor);
      return 1;
    }
    const event = describeKey(message, wParam, lParam) ?? describeButton(message, wParam);
    if (event === undefined) return undefined;
    this.#events.push(event);
    return 0;
  }

  #fill({ x, y, width, height }: Rect, colour: number): void {
    const dc = user32.GetDC(this.#hwnd);
    // COLORREF has red in its lowest byte.
    const brush = gdi32.CreateSolidBrush(((colour & 0xff) << 16) | (colour & 0xff00) | (colour >>> 16));
    user32.FillRect(dc, { left: x, top: y, right: x + width, bottom: y + height }, brush);
    gdi32.DeleteObject(brush);
    user32.ReleaseDC(this.#hwnd, dc);
    gdi32.GdiFlush();
  }
}

function describeKey(message: number, wParam: number, lParam: number): string | undefined {
  const direction = KEYS[message];
  if (direction === undefined) return undefined;
  const [scanCode, isExtended] = [(lParam >>> 16) & 0xff, (lParam & (1 << 24)) !== 0];
  const code = BY_VIRTUAL_KEY[wParam] ?? CODES.get(`${scanCode} ${isExtended}`) ?? `${scanCode} ${isExtended}`;
  return `key ${code} ${direction}`;
}

function describeButton(message: number, wParam: number): string | undefined {
  const amount = wParam >>> 16;
  const clicks = ((amount << 16) >> 16) / WHEEL_DELTA;
  switch (message) {
    case WM.extraDown:
      return `button ${amount + 2} down`;
    case WM.extraUp:
      return `button ${amount + 2} up`;
    case WM.wheel:
      return `wheel 0 ${-clicks}`;
    case WM.horizontalWheel:
      return `wheel ${clicks} 0`;
    default: {
      const button = BUTTONS[message];
      return button === undefined ? undefined : `button ${button}`;
    }
  }
}

/** Windows' own field for text of many lines. */
export async function openEditField(bounds: Rect): Promise<TextField> {
  const hwnd = await createWindow('EDIT', POPUP + MULTILINE, bounds);
  user32.SendMessageW(hwnd, EM_SETLIMITTEXT, MAX_TEXT, 0);
  return {
    text: () => {
      const text = Buffer.alloc(2 * (user32.GetWindowTextLengthW(hwnd) + 1));
      user32.GetWindowTextW(hwnd, text, text.length / 2);
      return Promise.resolve(fromWide(text).replaceAll('\r\n', '\n'));
    },
    close: () => {
      user32.DestroyWindow(hwnd);
      return Promise.resolve();
    },
  };
}
