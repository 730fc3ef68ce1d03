/** Lets go of everything that is held down, for a process that died. Windows does not remember who pressed what. */
import { winLibrary } from './win32.ts';

const IS_DOWN = 0x8000;
/** INPUT on 64 bits: the kind, then at 8 MOUSEINPUT or KEYBDINPUT. */
const INPUT_BYTES = 40;
const KIND = { mouse: 0, keyboard: 1 } as const;
const MOUSE_AT = { amount: 16, flags: 20 } as const;
const KEY_AT = { virtualKey: 8, scanCode: 10, flags: 12 } as const;
const KEYEVENTF_EXTENDEDKEY = 1;
const KEYEVENTF_KEYUP = 2;
/** Virtual keys of the buttons, and what lets go of each. */
const BUTTONS = [
  { key: 0x01, flags: 0x0004, amount: 0 },
  { key: 0x02, flags: 0x0010, amount: 0 },
  { key: 0x04, flags: 0x0040, amount: 0 },
  { key: 0x05, flags: 0x0100, amount: 1 },
  { key: 0x06, flags: 0x0100, amount: 2 },
] as const;
/** Shift, Ctrl and Alt without a side stand for both, which are let go by themselves. */
const WITHOUT_SIDE: ReadonlySet<number> = new Set([0x10, 0x11, 0x12]);
const KEYS = Array.from({ length: 0xff - 0x08 }, (_, at) => 0x08 + at).filter((key) => !WITHOUT_SIDE.has(key));
/** Page up … down, insert and delete, the Windows keys and menu, division, Num Lock, right Ctrl and right Alt. */
const EXTENDED: ReadonlySet<number> = new Set([
  ...[0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x2d, 0x2e],
  ...[0x5b, 0x5c, 0x5d, 0x6f, 0x90, 0xa3, 0xa5],
]);

interface User32 {
  GetAsyncKeyState(key: number): number;
  MapVirtualKeyW(key: number, kind: number): number;
  SendInput(count: number, inputs: Buffer, size: number): number;
}

const user32 = winLibrary<User32>('user32', {
  GetAsyncKeyState: 'int16_t GetAsyncKeyState(int key)',
  MapVirtualKeyW: 'uint32_t MapVirtualKeyW(uint32_t key, uint32_t kind)',
  SendInput: 'uint32_t SendInput(uint32_t count, void *inputs, int size)',
});

export function releaseInjectedInput(): void {
  const isDown = (key: number): boolean => (user32.GetAsyncKeyState(key) & IS_DOWN) !== 0;
  const inputs = [
    ...KEYS.filter(isDown).map(keyUp),
    ...BUTTONS.filter(({ key }) => isDown(key)).map(({ flags, amount }) => buttonUp(flags, amount)),
  ];
  if (inputs.length > 0) user32.SendInput(inputs.length, Buffer.concat(inputs), INPUT_BYTES);
}

function keyUp(key: number): Buffer {
  const input = Buffer.alloc(INPUT_BYTES);
  input.writeUInt32LE(KIND.keyboard, 0);
  input.writeUInt16LE(key, KEY_AT.virtualKey);
  input.writeUInt16LE(user32.MapVirtualKeyW(key, 0), KEY_AT.scanCode);
  input.writeUInt32LE(KEYEVENTF_KEYUP | (EXTENDED.has(key) ? KEYEVENTF_EXTENDEDKEY : 0), KEY_AT.flags);
  return input;
}

function buttonUp(flags: number, amount: number): Buffer {
  const input = Buffer.alloc(INPUT_BYTES);
  input.writeUInt32LE(KIND.mouse, 0);
  input.writeUInt32LE(amount, MOUSE_AT.amount);
  input.writeUInt32LE(flags, MOUSE_AT.flags);
  return input;
}
