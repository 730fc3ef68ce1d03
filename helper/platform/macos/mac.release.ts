/**
 * Lets go of everything that is held down, for a process that died. macOS does not remember who pressed what, so that this
 * may let go of what the local hand holds. CGEventSource.h.
 */
import type { PointerButton } from '../platform.ts';
import { macLibrary } from './frameworks.ts';
import { withModifiers } from './mac.keys.ts';
import { buttonEvent } from './pointer.facts.ts';
import { EventPost, pointerPlace } from './posted.events.ts';

/** kCGEventSourceStateCombinedSessionState: devices and programs. */
const COMBINED = 0;
/** Virtual keys are 7 bits. */
const KEYS = 0x80;
/** CGMouseButton of each button of the DOM. */
const BUTTONS: readonly (readonly [button: PointerButton, number: number])[] = [
  [0, 0],
  [1, 2],
  [2, 1],
  [3, 3],
  [4, 4],
];

interface CoreGraphics {
  CGEventSourceKeyState(state: number, key: number): boolean;
  CGEventSourceButtonState(state: number, button: number): boolean;
}

const coreGraphics = macLibrary<CoreGraphics>('CoreGraphics', {
  CGEventSourceKeyState: 'bool CGEventSourceKeyState(int32_t state, uint16_t key)',
  CGEventSourceButtonState: 'bool CGEventSourceButtonState(int32_t state, uint32_t button)',
});

export function releaseInjectedInput(): void {
  const post = new EventPost();
  const flags = (given: number): number => withModifiers(given, []);
  for (let key = 0; key < KEYS; key++)
    if (coreGraphics.CGEventSourceKeyState(COMBINED, key)) post.key(key, false, flags);
  for (const [button, number] of BUTTONS)
    if (coreGraphics.CGEventSourceButtonState(COMBINED, number))
      post.pointer(buttonEvent(button, false), pointerPlace(), { clicks: 1, flags });
  post.close();
}
