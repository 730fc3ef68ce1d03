/** Events of our own, each with our mark. CGEvent.h, CGEventSource.h. */
import { release } from './core.foundation.ts';
import { macLibrary } from './frameworks.ts';
import type { CGPoint, Ref } from './frameworks.ts';
import { OUR_MARK } from './heard.events.ts';
import type { ButtonEvent } from './pointer.facts.ts';

/** kCGEventSourceStatePrivate: what we hold is no business of the local keyboard. */
const PRIVATE = -1;
/** kCGHIDEventTap: as if it came from a device, so that every program and every tap sees it. */
const HID = 0;
/** kCGScrollEventUnitLine. */
const LINES = 1;
/** CGEventField: state of the click, number of the button. */
const FIELD = { clickState: 1, button: 3 } as const;

interface CoreGraphics {
  CGEventSourceCreate(state: number): Ref;
  CGEventSourceSetUserData(source: Ref, data: number): void;
  CGEventSourceSetLocalEventsSuppressionInterval(source: Ref, seconds: number): void;
  CGEventCreate(source: Ref): Ref;
  CGEventGetLocation(event: Ref): CGPoint;
  CGEventCreateMouseEvent(...args: [source: Ref, type: number, at: CGPoint, button: number]): Ref;
  CGEventCreateKeyboardEvent(source: Ref, key: number, isDown: boolean): Ref;
  CGEventCreateScrollWheelEvent2(
    ...args: [source: Ref, unit: number, wheels: number, first: number, second: number, third: number]
  ): Ref;
  CGEventKeyboardSetUnicodeString(event: Ref, length: number, text: Uint16Array): void;
  CGEventSetIntegerValueField(event: Ref, field: number, value: number): void;
  CGEventGetFlags(event: Ref): number;
  CGEventSetFlags(event: Ref, flags: number): void;
  CGEventPost(tap: number, event: Ref): void;
}

const coreGraphics = macLibrary<CoreGraphics>('CoreGraphics', {
  CGEventSourceCreate: 'void *CGEventSourceCreate(int32_t state)',
  CGEventSourceSetUserData: 'void CGEventSourceSetUserData(void *source, int64_t data)',
  CGEventSourceSetLocalEventsSuppressionInterval:
    'void CGEventSourceSetLocalEventsSuppressionInterval(void *source, double seconds)',
  CGEventCreate: 'void *CGEventCreate(void *source)',
  CGEventGetLocation: 'CGPoint CGEventGetLocation(void *event)',
  CGEventCreateMouseEvent: 'void *CGEventCreateMouseEvent(void *source, uint32_t type, CGPoint at, uint32_t button)',
  CGEventCreateKeyboardEvent: 'void *CGEventCreateKeyboardEvent(void *source, uint16_t key, bool isDown)',
  CGEventCreateScrollWheelEvent2:
    'void *CGEventCreateScrollWheelEvent2(void *source, uint32_t unit, uint32_t wheels, int32_t first, int32_t second, int32_t third)',
  CGEventKeyboardSetUnicodeString: 'void CGEventKeyboardSetUnicodeString(void *event, uint64_t length, void *text)',
  CGEventSetIntegerValueField: 'void CGEventSetIntegerValueField(void *event, uint32_t field, int64_t value)',
  CGEventGetFlags: 'uint64_t CGEventGetFlags(void *event)',
  CGEventSetFlags: 'void CGEventSetFlags(void *event, uint64_t flags)',
  CGEventPost: 'void CGEventPost(uint32_t tap, void *event)',
});

/** Where the pointer is, in points. */
export function pointerPlace(): CGPoint {
  const event = coreGraphics.CGEventCreate(null);
  const at = coreGraphics.CGEventGetLocation(event);
  release(event);
  return at;
}

export class EventPost {
  readonly #source: Ref;

  constructor() {
    this.#source = coreGraphics.CGEventSourceCreate(PRIVATE);
    if (this.#source === null) throw new Error('macOS gives this program no source of events');
    coreGraphics.CGEventSourceSetUserData(this.#source, OUR_MARK);
    // The local hand is heard at once after ours, and not a quarter of a second later.
    coreGraphics.CGEventSourceSetLocalEventsSuppressionInterval(this.#source, 0);
  }

  /** `flags` are made of those that macOS gave the event. */
  key(key: number, isDown: boolean, flags: (given: number) => number): void {
    this.#post(coreGraphics.CGEventCreateKeyboardEvent(this.#source, key, isDown), flags);
  }

  /** A press of no key in particular that types these characters, at most 20 UTF-16 units. */
  text(text: string, flags: (given: number) => number): void {
    const units = Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
    for (const isDown of [true, false]) {
      const event = coreGraphics.CGEventCreateKeyboardEvent(this.#source, 0, isDown);
      coreGraphics.CGEventKeyboardSetUnicodeString(event, units.length, units);
      this.#post(event, flags);
    }
  }

  pointer(
    { type, number }: ButtonEvent,
    at: CGPoint,
    more: { clicks: number; flags: (given: number) => number },
  ): void {
    const event = coreGraphics.CGEventCreateMouseEvent(this.#source, type, at, number);
    coreGraphics.CGEventSetIntegerValueField(event, FIELD.button, number);
    coreGraphics.CGEventSetIntegerValueField(event, FIELD.clickState, more.clicks);
    this.#post(event, more.flags);
  }

  /** Lines, positive is down or right. macOS counts the other way. */
  wheel(right: number, down: number, flags: (given: number) => number): void {
    this.#post(coreGraphics.CGEventCreateScrollWheelEvent2(this.#source, LINES, 2, -down, -right, 0), flags);
  }

  close(): void {
    release(this.#source);
  }

  #post(event: Ref, flags: (given: number) => number): void {
    if (event === null) return;
    coreGraphics.CGEventSetFlags(event, flags(coreGraphics.CGEventGetFlags(event)));
    coreGraphics.CGEventPost(HID, event);
    release(event);
  }
}
