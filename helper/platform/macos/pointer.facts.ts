/** What macOS wants to be told with a press or a movement and other systems find out by themselves. Pure; time is given. */
import type { PointerButton } from '../platform.ts';
import { EVENT } from './heard.events.ts';

/** CGMouseButton, by the DOM's numbers. */
const NUMBER: Record<PointerButton, number> = { 0: 0, 1: 2, 2: 1, 3: 3, 4: 4 };

export interface ButtonEvent {
  type: number;
  number: number;
}

export function buttonEvent(button: PointerButton, isDown: boolean): ButtonEvent {
  const number = NUMBER[button];
  if (button === 0) return { type: isDown ? EVENT.leftDown : EVENT.leftUp, number };
  if (button === 2) return { type: isDown ? EVENT.rightDown : EVENT.rightUp, number };
  return { type: isDown ? EVENT.otherDown : EVENT.otherUp, number };
}

/** Of several buttons the one that was pressed first is the one that drags. */
export function moveEvent(held: Iterable<PointerButton>): ButtonEvent {
  for (const button of held) {
    const type = button === 0 ? EVENT.leftDragged : button === 2 ? EVENT.rightDragged : EVENT.otherDragged;
    return { type, number: NUMBER[button] };
  }
  return { type: EVENT.moved, number: 0 };
}

/** Half a second is what macOS starts with (NSEvent.doubleClickInterval). */
const DOUBLE_CLICK_MS = 500;
/** In points, in each direction. */
const DOUBLE_CLICK_POINTS = 4;

interface Press {
  button: PointerButton;
  at: { x: number; y: number };
  time: number;
}

/** Counts presses of one button at one place: two are a double click. */
export class ClickCounter {
  #last: (Press & { count: number }) | undefined;

  press(press: Press): number {
    const last = this.#last;
    const isSame =
      last !== undefined &&
      last.button === press.button &&
      press.time - last.time < DOUBLE_CLICK_MS &&
      Math.abs(last.at.x - press.at.x) <= DOUBLE_CLICK_POINTS &&
      Math.abs(last.at.y - press.at.y) <= DOUBLE_CLICK_POINTS;
    const count = isSame ? last.count + 1 : 1;
    this.#last = { ...press, count };
    return count;
  }

  /** The release belongs to the press before. */
  release(button: PointerButton): number {
    return this.#last?.button === button ? this.#last.count : 1;
  }
}
