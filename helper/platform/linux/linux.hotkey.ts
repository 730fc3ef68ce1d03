/**
 * Hotkeys: Stop, and hide now. A passive grab reserves the combination and keeps it from programs; whether it fires is decided by the
 * device that pressed it, which XInput 2 names: presses by XTEST are swallowed and ignored. While another program holds the
 * keyboard (an open menu, a full-screen game) passive grabs do not work; raw events still do, so the key is seen there too.
 * The other way round only the grab sees modifiers that are latched and not held (sticky keys).
 */
import type { XEvent, XInputEvent } from 'x11';
import type { HideHotkey, StopHotkey } from '../platform.ts';
import { keycodeOf } from './keycodes.ts';
import { modifierBit, MODIFIER, readKeyboard } from './keyboard.layout.ts';
import type { RawKeyboard } from './keyboard.layout.ts';
import { KEYSYM } from './keysyms.ts';
import { findInjectionDevices } from './linux.devices.ts';
import type { InjectionDevices } from './linux.devices.ts';
import type { XConnection } from './x11.connection.ts';

/** Letters tried with Ctrl+Alt+Shift, in this order. */
const STOP_LETTERS: readonly string[] = ['Q', 'X', 'S', 'E'];
const HIDE_LETTERS: readonly string[] = ['H', 'B', 'K'];
const GRAB_ASYNC = 1;

export async function openLinuxHotkey(x: XConnection, letters: readonly string[] = STOP_LETTERS): Promise<StopHotkey> {
  return openHotkey(x, letters);
}

export async function openLinuxHideHotkey(
  x: XConnection,
  letters: readonly string[] = HIDE_LETTERS,
): Promise<HideHotkey> {
  return openHotkey(x, letters);
}

async function openHotkey(x: XConnection, letters: readonly string[]): Promise<LinuxHotkey> {
  const xkb = await x.requireExtension('xkb');
  const devices = await findInjectionDevices(x);
  const keyboard = await readKeyboard(x, xkb);
  const combination = combinationOf(keyboard);
  const [first = 'Q'] = letters;
  let chosen = { letter: first, keycode: keycodeOfLetter(keyboard, first) };
  for (const letter of letters) {
    const keycode = keycodeOfLetter(keyboard, letter);
    if (await grab(x, keycode, combination)) {
      chosen = { letter, keycode };
      break;
    }
  }
  // When every letter is taken the first one is used all the same: raw events see it, the other program does as well.
  return new LinuxHotkey({ x, devices, keyboard }, chosen, combination);
}

interface Combination {
  /** Modifier bits that must be held: Ctrl, Alt and Shift. */
  required: number;
  /** Every mixture of Caps Lock, Num Lock and Scroll Lock. */
  locks: number[];
}

function combinationOf(keyboard: RawKeyboard): Combination {
  const alt = modifierBit(keyboard, KEYSYM.altLeft) || modifierBit(keyboard, KEYSYM.altRight) || 8;
  const bits = [MODIFIER.lock, modifierBit(keyboard, KEYSYM.numLock), modifierBit(keyboard, KEYSYM.scrollLock)];
  let locks = [0];
  for (const bit of new Set(bits.filter(Boolean))) locks = locks.flatMap((mixture) => [mixture, mixture | bit]);
  return { required: MODIFIER.control | MODIFIER.shift | alt, locks };
}

/** The key that has the letter on it in the first layout; its place on a US keyboard where no key has. */
function keycodeOfLetter({ rows, minKeycode }: RawKeyboard, letter: string): number {
  const keysym = letter.toLowerCase().charCodeAt(0);
  const at = rows.findIndex((row) => row[0] === keysym);
  return at >= 0 ? minKeycode + at : (keycodeOf(`Key${letter.toUpperCase()}`) ?? 0);
}

/** False when another program has the combination; then nothing stays grabbed. */
async function grab(x: XConnection, keycode: number, { required, locks }: Combination): Promise<boolean> {
  const results = await Promise.allSettled(
    locks.map((lock) =>
      x.ask((done) => x.client.GrabKey(x.root, 0, required | lock, keycode, GRAB_ASYNC, GRAB_ASYNC, done)),
    ),
  );
  if (results.every(({ status }) => status === 'fulfilled')) return true;
  for (const lock of locks) x.client.UngrabKey(x.root, keycode, required | lock);
  return false;
}

interface HotkeyTools {
  x: XConnection;
  devices: InjectionDevices;
  keyboard: RawKeyboard;
}

class LinuxHotkey implements StopHotkey, HideHotkey {
  readonly label: string;
  readonly #tools: HotkeyTools;
  readonly #keycode: number;
  readonly #combination: Combination;
  readonly #listeners = new Set<() => void>();
  readonly #stop: () => void;
  /** Server time of the last press by a device of the local person. */
  #localPressAt: number | undefined;
  #firedAt: number | undefined;
  /** Modifier keys that are down, with their bits, whichever device holds them. */
  readonly #held = new Map<number, number>();

  constructor(tools: HotkeyTools, chosen: { letter: string; keycode: number }, combination: Combination) {
    this.label = `Ctrl+Alt+Shift+${chosen.letter.toUpperCase()}`;
    this.#tools = tools;
    this.#keycode = chosen.keycode;
    this.#combination = combination;
    tools.devices.select(tools.x.root, ['RawKeyPress', 'RawKeyRelease']);
    this.#stop = tools.x.onEvent((event) => this.#take(event));
  }

  onPress(listener: () => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    this.#stop();
    this.#listeners.clear();
    const { x } = this.#tools;
    const { required, locks } = this.#combination;
    if (x.isOpen) for (const lock of locks) x.client.UngrabKey(x.root, this.#keycode, required | lock);
  }

  #take(event: XEvent): void {
    if (event.name === 'XIRawKeyRelease') this.#held.delete(event.detail);
    if (event.name === 'XIRawKeyPress') this.#takeRawPress(event);
    // The raw event of a press comes before the event of the grab and has the same time.
    const isGrabbed = event.name === 'KeyPress' && event.keycode === this.#keycode;
    if (isGrabbed && event.time === this.#localPressAt) this.#fire(event.time);
  }

  #takeRawPress(event: XInputEvent): void {
    const bit = this.#tools.keyboard.modifiers.findIndex((keycodes) => keycodes.includes(event.detail));
    if (bit >= 0) this.#held.set(event.detail, 1 << bit);
    if (event.detail !== this.#keycode || this.#tools.devices.isInjected(event.sourceId)) return;
    this.#localPressAt = event.time;
    let held = 0;
    for (const modifier of this.#held.values()) held |= modifier;
    if ((held & this.#combination.required) === this.#combination.required) this.#fire(event.time);
  }

  #fire(time: number): void {
    if (this.#firedAt === time) return;
    this.#firedAt = time;
    for (const listener of this.#listeners) listener();
  }
}
