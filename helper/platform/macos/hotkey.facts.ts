/** Which press is a hotkey: Control, Option and Shift without Command, and a letter where a US keyboard has it. Pure. */
import { FLAG, keyOf } from './mac.keys.ts';

const HELD = FLAG.control | FLAG.alternate | FLAG.shift;

export function isHotkey(pressed: { keyCode: number; flags: number } | undefined, letter: string): boolean {
  if (pressed === undefined || pressed.keyCode !== keyOf(`Key${letter}`)) return false;
  return (pressed.flags & (HELD | FLAG.command)) === HELD;
}
