/** What an event that a tap hears tells: whose it is, and of what kind. Pure. */
import type { HeardInput } from '../heard.input.ts';

/** kCGEventSourceUserData of all that we post. */
export const OUR_MARK = 0x48414e44;

/** CGEventTypes.h, CGEventType. */
export const EVENT = {
  ...{ leftDown: 1, leftUp: 2, rightDown: 3, rightUp: 4, moved: 5, leftDragged: 6, rightDragged: 7 },
  ...{ keyDown: 10, keyUp: 11, flagsChanged: 12, scroll: 22, otherDown: 25, otherUp: 26, otherDragged: 27 },
} as const;
/** kCGEventTapDisabledByTimeout and kCGEventTapDisabledByUserInput: no events, but that none come any more. */
const DISABLED: ReadonlySet<number> = new Set([0xfffffffe, 0xffffffff]);
const KEYS: ReadonlySet<number> = new Set([EVENT.keyDown, EVENT.keyUp, EVENT.flagsChanged]);
const RELEASES: ReadonlySet<number> = new Set([EVENT.leftUp, EVENT.rightUp, EVENT.otherUp, EVENT.keyUp]);

/** What a tap is to hear: everything above. CGEventMaskBit. */
export const EVENT_MASK = Object.values(EVENT).reduce((mask, type) => mask | (1 << type), 0);

export interface RawEvent {
  type: number;
  userData: number;
  keyCode: number;
  flags: number;
  isRepeated: boolean;
}

/** Injected is ours; what other programs post counts as the local hand, which is always first. */
export interface HeardEvent extends HeardInput {
  /** A key that goes down now; 0 is one too. */
  pressed: { keyCode: number; flags: number } | undefined;
}

export function isTapDisabled(type: number): boolean {
  return DISABLED.has(type);
}

export function hear({ type, userData, keyCode, flags, isRepeated }: RawEvent): HeardEvent {
  return {
    kind: KEYS.has(type) ? 'key' : 'pointer',
    isInjected: userData === OUR_MARK,
    isAct: !RELEASES.has(type),
    pressed: type === EVENT.keyDown && !isRepeated ? { keyCode, flags } : undefined,
  };
}
