/**
 * Windows that show a picture: layered, above all others, never active, not in the task bar, left out of what programs
 * capture. Windows keeps their pixels, so that nothing has to be painted again. Runs in window.thread.ts.
 */
import { containsPoint, intersect, isSameRect } from '../../pipeline/rects.ts';
import type { Rect } from '../platform.ts';
import type { Surface } from '../surfaces/surface.host.ts';
import { showPicture } from './thread.picture.ts';
import { WindowClass } from './thread.window-class.ts';
import type { WindowMessage } from './thread.window-class.ts';
import { winLibrary } from './win32.ts';
import type { WinRect } from './win32.ts';
import type { ThreadNews } from './window.thread.messages.ts';

const WS_POPUP = 0x80000000;
/** WS_EX_LAYERED, WS_EX_TOPMOST, WS_EX_TOOLWINDOW, WS_EX_NOACTIVATE. */
const EX_STYLE = 0x00080000 | 0x00000008 | 0x00000080 | 0x08000000;
/** Input goes to what is below. */
const WS_EX_TRANSPARENT = 0x00000020;
const HWND_TOPMOST = -1;
/** SWP_NOSIZE, SWP_NOACTIVATE, SWP_SHOWWINDOW. */
const SWP_SHOW = 0x0001 | 0x0010 | 0x0040;
const GW_HWNDPREV = 3;
/** WDA_EXCLUDEFROMCAPTURE: Windows 10 2004 and later. Before, it is refused, and the mask alone hides the surface. */
const EXCLUDE_FROM_CAPTURE = 0x11;
const WM_DISPLAYCHANGE = 0x007e;
const WM_MOUSEACTIVATE = 0x0021;
const WM_LBUTTONDOWN = 0x0201;
const MA_NOACTIVATE = 3;
/** INPUT_MESSAGE_ORIGIN_ID: a device, and not a program. */
const IMO_HARDWARE = 1;
/** Two programs that both want to be on top must not keep the processor busy. */
const RAISE_INTERVAL_MS = 40;
/** Windows above ours that are looked at. */
const MAX_ABOVE = 256;

interface User32 {
  DestroyWindow(hwnd: number): number;
  SetWindowPos(
    ...args: [hwnd: number, after: number, x: number, y: number, w: number, h: number, flags: number]
  ): number;
  SetWindowTextW(hwnd: number, text: string): number;
  SetWindowDisplayAffinity(hwnd: number, affinity: number): number;
  GetWindow(hwnd: number, which: number): number;
  GetWindowRect(hwnd: number, rect: object): number;
  IsWindowVisible(hwnd: number): number;
  GetCurrentInputMessageSource(source: Buffer): number;
}

const user32 = winLibrary<User32>('user32', {
  DestroyWindow: 'int DestroyWindow(intptr_t hwnd)',
  SetWindowPos: 'int SetWindowPos(intptr_t hwnd, intptr_t after, int x, int y, int w, int h, uint32_t flags)',
  SetWindowTextW: 'int SetWindowTextW(intptr_t hwnd, const char16_t *text)',
  SetWindowDisplayAffinity: 'int SetWindowDisplayAffinity(intptr_t hwnd, uint32_t affinity)',
  GetWindow: 'intptr_t GetWindow(intptr_t hwnd, uint32_t which)',
  GetWindowRect: 'int GetWindowRect(intptr_t hwnd, _Out_ RECT *rect)',
  IsWindowVisible: 'int IsWindowVisible(intptr_t hwnd)',
  GetCurrentInputMessageSource: 'int GetCurrentInputMessageSource(_Out_ void *source)',
});

interface Shown {
  hwnd: number;
  surface: Surface;
}

export class Surfaces {
  readonly #tell: (news: ThreadNews) => void;
  readonly #shown = new Map<number, Shown>();
  #windowClass: WindowClass | undefined;
  /** Where in a surface the local person holds it. */
  #grip: { id: number; x: number; y: number } | undefined;
  /** A press was ours, and so is its release. */
  #isHeld = false;
  #raisedAt = 0;

  constructor(tell: (news: ThreadNews) => void) {
    this.#tell = tell;
  }

  put(surface: Surface): void {
    const { id, place, title, picture } = surface;
    const before = this.#shown.get(id);
    const hwnd = before?.hwnd ?? this.#create(surface);
    if (before !== undefined && before.surface.title !== title) user32.SetWindowTextW(hwnd, title);
    if (picture !== undefined) showPicture(hwnd, place, picture);
    const { picture: _isWithWindowsNow, ...kept } = surface;
    this.#shown.set(id, { hwnd, surface: kept });
    raise(hwnd, place);
  }

  takeAway(id: number): void {
    const shown = this.#shown.get(id);
    this.#shown.delete(id);
    if (this.#grip?.id === id) this.#grip = undefined;
    if (shown) user32.DestroyWindow(shown.hwnd);
  }

  close(): void {
    for (const id of [...this.#shown.keys()]) this.takeAway(id);
    this.#windowClass?.close();
  }

  /** A press of the local person's, wherever it would go. True when it is for a surface. */
  press(x: number, y: number): boolean {
    for (const { surface } of this.#shown.values()) {
      if (surface.button === undefined || !containsPoint(surface.place, x, y)) continue;
      this.#isHeld = true;
      const at = { x: x - surface.place.x, y: y - surface.place.y };
      if (containsPoint(surface.button, at.x, at.y)) this.#tell({ type: 'pressed', id: surface.id });
      else this.#grip = { id: surface.id, ...at };
      return true;
    }
    return false;
  }

  drag(x: number, y: number): void {
    const grip = this.#grip;
    if (grip) this.#tell({ type: 'dragged', id: grip.id, to: { x: x - grip.x, y: y - grip.y } });
  }

  /** True when it ends a press that was for a surface. */
  release(): boolean {
    const wasHeld = this.#isHeld;
    this.#isHeld = false;
    this.#grip = undefined;
    return wasHeld;
  }

  /** What can be pressed stays in front, visible and in its place, whatever other programs do. */
  keepOnTop(): void {
    const now = performance.now();
    if (now - this.#raisedAt < RAISE_INTERVAL_MS) return;
    for (const { hwnd, surface } of this.#shown.values()) {
      if (surface.button === undefined || isInFront(hwnd, surface.place)) continue;
      this.#raisedAt = now;
      raise(hwnd, surface.place);
    }
  }

  #create({ button, title }: Surface): number {
    this.#windowClass ??= new WindowClass((message) => this.#answer(message));
    const exStyle = button === undefined ? EX_STYLE | WS_EX_TRANSPARENT : EX_STYLE;
    const hwnd = this.#windowClass.createWindow({ style: WS_POPUP, exStyle, title });
    user32.SetWindowDisplayAffinity(hwnd, EXCLUDE_FROM_CAPTURE);
    return hwnd;
  }

  #answer({ hwnd, message, lParam }: WindowMessage): number | undefined {
    if (message === WM_DISPLAYCHANGE) this.#tell({ type: 'screens' });
    if (message === WM_LBUTTONDOWN) this.#takePress(hwnd, lParam);
    return message === WM_MOUSEACTIVATE ? MA_NOACTIVATE : undefined;
  }

  /** The hook keeps presses by hand for itself: this one is a program's, or Windows did not ask the hook. */
  #takePress(hwnd: number, lParam: number): void {
    const source = Buffer.alloc(8); // INPUT_MESSAGE_SOURCE: kind of device, origin
    if (user32.GetCurrentInputMessageSource(source) === 0 || source.readUInt32LE(4) !== IMO_HARDWARE) return;
    const at = { x: (lParam << 16) >> 16, y: lParam >> 16 };
    for (const { hwnd: each, surface } of this.#shown.values()) {
      if (each !== hwnd || surface.button === undefined || !containsPoint(surface.button, at.x, at.y)) continue;
      this.#tell({ type: 'pressed', id: surface.id });
    }
  }
}

function raise(hwnd: number, { x, y }: Rect): void {
  user32.SetWindowPos(hwnd, HWND_TOPMOST, x, y, 0, 0, SWP_SHOW);
}

function isInFront(hwnd: number, place: Rect): boolean {
  if (!isSameRect(place, placeOf(hwnd)) || user32.IsWindowVisible(hwnd) === 0) return false;
  let above = user32.GetWindow(hwnd, GW_HWNDPREV);
  for (let looked = 0; above !== 0 && looked < MAX_ABOVE; looked++) {
    if (user32.IsWindowVisible(above) !== 0 && intersect(placeOf(above), place) !== undefined) return false;
    above = user32.GetWindow(above, GW_HWNDPREV);
  }
  return true;
}

function placeOf(hwnd: number): Rect {
  const found: Partial<WinRect> = {};
  user32.GetWindowRect(hwnd, found);
  const { left = 0, top = 0, right = 0, bottom = 0 } = found;
  return { x: left, y: top, width: right - left, height: bottom - top };
}
