/**
 * Which top-level window gets the keys, by the server's own focus and the events of those who take the keyboard for
 * themselves (a grab: launchers, lock screens, window managers). _NET_ACTIVE_WINDOW says less: any program can write it.
 */
import type { XEvent } from 'x11';
import type { WindowMemory } from './linux.window.memory.ts';
import { EVENT_MASK } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';

/** GetInputFocus: no window; whichever window is under the pointer. */
const NONE = 0;
const POINTER_ROOT = 1;
/** Modes of FocusIn and FocusOut. */
const GRAB = 1;
const UNGRAB = 2;
/** Detail of both: the other window is inside of this one. */
const INFERIOR = 2;
/** Set in the first byte of an event that a program has sent and not the server. */
const SENT = 0x80;

/** Top-level windows, undefined for none. */
export interface KeyTarget {
  focus: number | undefined;
  /** Who has taken the keyboard for itself, the root window included. */
  grab: number | 'unknown' | undefined;
}

export class KeyboardFocus {
  readonly #x: XConnection;
  readonly #memory: WindowMemory;
  #grab: KeyTarget['grab'];
  #isUnderPointer = false;

  constructor(x: XConnection, memory: WindowMemory) {
    this.#x = x;
    this.#memory = memory;
    x.selectRootEvents(EVENT_MASK.focusChange);
  }

  /** True when the keys may go elsewhere now. */
  take(event: XEvent): boolean {
    switch (event.name) {
      case 'EnterNotify':
        return this.#isUnderPointer;
      case 'FocusIn':
      case 'FocusOut':
        return this.#takeFocus(event);
      case 'UnmapNotify':
      case 'DestroyNotify':
        if (event.wid === this.#grab) this.#grab = undefined;
        return false;
      default:
        return false;
    }
  }

  #takeFocus({ name, mode, detail, wid, rawData }: Extract<XEvent, { name: 'FocusIn' | 'FocusOut' }>): boolean {
    if (((rawData[0] ?? 0) & SENT) !== 0) return false;
    if (mode === UNGRAB) this.#grab = undefined;
    // The window that gives the keys away hears of it before the one that takes them, if that one is watched yet.
    if (mode === GRAB && name === 'FocusIn') this.#grab = wid;
    else if (mode === GRAB && detail !== INFERIOR) this.#grab = 'unknown';
    return true;
  }

  async target(): Promise<KeyTarget> {
    const { client, root } = this.#x;
    const [{ focus }, { child }] = await Promise.all([
      this.#x.ask<{ focus: number }>((done) => client.GetInputFocus(done)),
      this.#x.ask<{ child: number }>((done) => client.QueryPointer(root, done)),
    ]);
    const grab = this.#grab;
    // The focus of a window with the pointer in a window inside of it is that inner window's: the root's is everybody's.
    this.#isUnderPointer = focus === POINTER_ROOT || focus === root;
    const wid = this.#isUnderPointer ? child : focus;
    const [focusFrame, grabFrame] = await Promise.all([
      wid === NONE ? undefined : this.#memory.frameAround(wid),
      typeof grab !== 'number' || grab === root ? grab : this.#memory.frameAround(grab),
    ]);
    return { focus: focusFrame, grab: grabFrame };
  }
}
