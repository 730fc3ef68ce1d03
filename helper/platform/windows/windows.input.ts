/** Pointer and keyboard by SendInput. Everything carries our mark, so that it can be told from what other programs send. */
import { setTimeout as sleep } from 'node:timers/promises';
import { containsPoint } from '../../pipeline/rects.ts';
import { InputOrder } from '../input.order.ts';
import type { InputInjector, PointerButton, Rect } from '../platform.ts';
import { MAX_WHEEL_CLICKS } from '../wheel.ts';
import { charactersOf, isTyped, keyCodeOf } from '../typed.text.ts';
import { EXTENDED, keyOf } from './windows.keys.ts';
import type { WinKey } from './windows.keys.ts';
import { virtualDesktop } from './windows.screens.ts';
import { winLibrary } from './win32.ts';
import type { WinPoint } from './win32.ts';

/** dwExtraInfo of all that we send. */
const OUR_MARK = 0x48414e44n;
/** INPUT on 64 bits: the kind, then at 8 MOUSEINPUT or KEYBDINPUT. */
const INPUT_BYTES = 40;
const KIND = { mouse: 0, keyboard: 1 } as const;
const MOUSE_AT = { x: 8, y: 12, amount: 16, flags: 20, mark: 32 } as const;
const KEY_AT = { virtualKey: 8, scanCode: 10, flags: 12, mark: 24 } as const;
/** MOUSEEVENTF_*. */
const MOUSE = { move: 0x1, wheel: 0x800, horizontalWheel: 0x1000, virtualDesk: 0x4000, absolute: 0x8000 } as const;
/** KEYEVENTF_*. */
const KEY = { extended: 0x1, up: 0x2, unicode: 0x4, scanCode: 0x8 } as const;
const WHEEL_DELTA = 120;
/** MAPVK_VSC_TO_VK_EX. */
const SCAN_TO_VIRTUAL_KEY = 3;
const SM_SWAPBUTTON = 23;
/** Characters sent before others get their turn, so that stopping takes effect soon and no program's queue overflows. */
const CHUNK = 32;

interface ButtonFlags {
  down: number;
  up: number;
  /** XBUTTON1 or 2. */
  amount: number;
}

const LEFT: ButtonFlags = { down: 0x2, up: 0x4, amount: 0 };
const RIGHT: ButtonFlags = { down: 0x8, up: 0x10, amount: 0 };
const BUTTONS: Record<PointerButton, ButtonFlags> = {
  0: LEFT,
  1: { down: 0x20, up: 0x40, amount: 0 },
  2: RIGHT,
  3: { down: 0x80, up: 0x100, amount: 1 },
  4: { down: 0x80, up: 0x100, amount: 2 },
};

const MODIFIERS: ReadonlySet<string> = new Set(
  ['Control', 'Shift', 'Alt', 'Meta', 'OS'].flatMap((name) => [`${name}Left`, `${name}Right`]),
);

interface User32 {
  SendInput(count: number, inputs: Buffer, size: number): number;
  GetSystemMetrics(index: number): number;
  MapVirtualKeyW(code: number, kind: number): number;
  GetCursorPos(found: Partial<WinPoint>): number;
  SetCursorPos(x: number, y: number): number;
}

const user32 = winLibrary<User32>('user32', {
  SendInput: 'uint32_t SendInput(uint32_t count, void *inputs, int size)',
  GetSystemMetrics: 'int GetSystemMetrics(int index)',
  MapVirtualKeyW: 'uint32_t MapVirtualKeyW(uint32_t code, uint32_t kind)',
  GetCursorPos: 'int GetCursorPos(_Out_ POINT *found)',
  SetCursorPos: 'int SetCursorPos(int x, int y)',
});

export function openWindowsInput(): InputInjector {
  return new WindowsInput();
}

class WindowsInput implements InputInjector {
  readonly #keys = new Map<string, WinKey>();
  /** As they were pressed: the person may exchange left and right meanwhile. */
  readonly #buttons = new Map<PointerButton, ButtonFlags>();
  readonly #order = new InputOrder(() => !this.#isClosed);
  #isClosed = false;
  #wheelX = 0;
  #wheelY = 0;

  movePointer(x: number, y: number): void {
    this.#order.act(() => {
      const [pixel, desktop] = [{ x: Math.round(x), y: Math.round(y) }, virtualDesktop()];
      send([mouse({ ...toAbsolute(pixel, desktop), flags: MOUSE.move | MOUSE.absolute | MOUSE.virtualDesk })]);
      // While a program with more rights has the keyboard Windows may drop that; the agent points all the same.
      if (containsPoint(desktop, pixel.x, pixel.y) && !isPointerAt(pixel)) user32.SetCursorPos(pixel.x, pixel.y);
    });
  }

  pressButton(button: PointerButton, isDown: boolean): void {
    this.#order.act(() => {
      const { down, up, amount } = this.#buttons.get(button) ?? flagsOf(button);
      if (isDown) this.#buttons.set(button, { down, up, amount });
      else this.#buttons.delete(button);
      send([mouse({ flags: isDown ? down : up, amount })]);
    });
  }

  scroll(deltaX: number, deltaY: number): void {
    this.#order.act(() => {
      this.#wheelX = turn(this.#wheelX + deltaX, (clicks) => ({ flags: MOUSE.horizontalWheel, amount: clicks }));
      // Windows counts turns away from the person as positive.
      this.#wheelY = turn(this.#wheelY + deltaY, (clicks) => ({ flags: MOUSE.wheel, amount: -clicks }));
    });
  }

  pressKey(code: string, isDown: boolean): boolean {
    const key = keyOf(code);
    if (!key) return false;
    this.#order.act(() => {
      if (isDown) this.#keys.set(code, key);
      else this.#keys.delete(code);
      send([keyboard(key, isDown)]);
    });
    return true;
  }

  typeText(text: string): Promise<void> {
    return this.#order.type((isStopped) => this.#type(charactersOf(text), isStopped));
  }

  releaseAll(): void {
    this.#order.drop();
    this.#wheelX = this.#wheelY = 0;
    send([
      ...[...this.#keys.values()].map((key) => keyboard(key, false)),
      ...[...this.#buttons.values()].map(({ up, amount }) => mouse({ flags: up, amount })),
    ]);
    this.#keys.clear();
    this.#buttons.clear();
  }

  close(): void {
    this.releaseAll();
    this.#isClosed = true;
  }

  /** Modifiers that the agent holds are let go meanwhile: programs would take the characters for shortcuts. */
  async #type(characters: readonly string[], isStopped: () => boolean): Promise<void> {
    const suspended = [...this.#keys].flatMap(([code, key]) => (MODIFIERS.has(code) ? key : []));
    send(suspended.map((key) => keyboard(key, false)));
    try {
      for (let at = 0; at < characters.length && !isStopped(); at += CHUNK) {
        send(characters.slice(at, at + CHUNK).flatMap(keystrokes));
        await sleep(1);
      }
    } finally {
      if (!isStopped()) send(suspended.map((key) => keyboard(key, true)));
    }
  }
}

function send(inputs: readonly Buffer[]): void {
  if (inputs.length > 0) user32.SendInput(inputs.length, Buffer.concat(inputs), INPUT_BYTES);
}

function isPointerAt({ x, y }: WinPoint): boolean {
  const found: Partial<WinPoint> = {};
  return user32.GetCursorPos(found) !== 0 && found.x === x && found.y === y;
}

/** The person may have exchanged left and right; what is sent is the physical button. */
function flagsOf(button: PointerButton): ButtonFlags {
  const isSwapped = (button === 0 || button === 2) && user32.GetSystemMetrics(SM_SWAPBUTTON) !== 0;
  return BUTTONS[isSwapped ? (button === 0 ? 2 : 0) : button];
}

/** Turns the wheel by the whole part and returns the fraction that remains. */
function turn(clicks: number, toInput: (clicks: number) => { flags: number; amount: number }): number {
  const whole = Math.trunc(clicks);
  const { flags, amount } = toInput(Math.max(-MAX_WHEEL_CLICKS, Math.min(MAX_WHEEL_CLICKS, whole)));
  if (whole !== 0) send([mouse({ flags, amount: amount * WHEEL_DELTA })]);
  return clicks - whole;
}

/**
 * The desktop is 65536 units wide and high for SendInput, whatever its pixels; the middle of the pixel is meant, which is
 * that pixel whichever way Windows rounds. Places outside the desktop become its edge.
 */
export function toAbsolute(at: { x: number; y: number }, desktop: Rect): { x: number; y: number } {
  const scale = (pixel: number, first: number, count: number): number => {
    const inside = Math.max(0, Math.min(count - 1, pixel - first));
    return Math.floor(((inside + 0.5) * 65536) / count);
  };
  return { x: scale(at.x, desktop.x, desktop.width), y: scale(at.y, desktop.y, desktop.height) };
}

function mouse({
  x = 0,
  y = 0,
  amount = 0,
  flags,
}: {
  x?: number;
  y?: number;
  amount?: number;
  flags: number;
}): Buffer {
  const input = Buffer.alloc(INPUT_BYTES);
  input.writeUInt32LE(KIND.mouse, 0);
  input.writeInt32LE(x, MOUSE_AT.x);
  input.writeInt32LE(y, MOUSE_AT.y);
  input.writeInt32LE(amount, MOUSE_AT.amount);
  input.writeUInt32LE(flags, MOUSE_AT.flags);
  input.writeBigUInt64LE(OUR_MARK, MOUSE_AT.mark);
  return input;
}

function keyboard({ virtualKey: named, scanCode, isExtended }: WinKey, isDown: boolean): Buffer {
  const byScanCode = named === 0 ? KEY.scanCode : 0;
  // With a scan code Windows finds the virtual key itself and reads none; Wine 8 does not find it.
  const virtualKey = named || user32.MapVirtualKeyW(scanCode + (isExtended ? EXTENDED : 0), SCAN_TO_VIRTUAL_KEY);
  return keyInput({
    virtualKey,
    scanCode,
    flags: byScanCode | (isExtended ? KEY.extended : 0) | (isDown ? 0 : KEY.up),
  });
}

function keyInput({
  virtualKey = 0,
  scanCode,
  flags,
}: {
  virtualKey?: number;
  scanCode: number;
  flags: number;
}): Buffer {
  const input = Buffer.alloc(INPUT_BYTES);
  input.writeUInt32LE(KIND.keyboard, 0);
  input.writeUInt16LE(virtualKey, KEY_AT.virtualKey);
  input.writeUInt16LE(scanCode, KEY_AT.scanCode);
  input.writeUInt32LE(flags, KEY_AT.flags);
  input.writeBigUInt64LE(OUR_MARK, KEY_AT.mark);
  return input;
}

/** Line ends, tabs and Backspace are keys, other control characters are left out, the rest goes as UTF-16 units. */
function keystrokes(character: string): Buffer[] {
  const control = keyOf(keyCodeOf(character));
  if (control) return [keyboard(control, true), keyboard(control, false)];
  if (!isTyped(character)) return [];
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i)).flatMap((scanCode) => [
    keyInput({ scanCode, flags: KEY.unicode }),
    keyInput({ scanCode, flags: KEY.unicode | KEY.up }),
  ]);
}
