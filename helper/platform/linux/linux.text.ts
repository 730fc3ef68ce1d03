/**
 * Types text, whatever the layout. Characters that the layout has are typed by their keys. The others borrow keycodes that
 * mean nothing: such a keycode gets the character's keysym, is pressed, and loses it again when typing has been over for a
 * while. A program looks a key up in the mapping of the moment in which it handles the press, so a borrowed keycode must
 * not change its meaning too soon: all spare keycodes are borrowed before the first is used again, and not before the
 * program that gets the keys has come to rest.
 */
import { charactersOf } from '../typed.text.ts';
import type { XkbExtension } from 'x11';
import { keycodeOf } from './keycodes.ts';
import { MODIFIER, readKeyboard, toLayout } from './keyboard.layout.ts';
import type { KeyboardLayout, Keystroke } from './keyboard.layout.ts';
import { KEYSYM, keysymOf } from './keysyms.ts';
import type { XConnection } from './x11.connection.ts';

/** Borrowed keycodes are given back after this much quiet. */
const GIVE_BACK_MS = 2000;
/** Keystrokes sent before the server is waited for, so that stopping takes effect soon. */
const CHUNK = 64;

export interface TypingTools {
  xkb: XkbExtension;
  pressKeycode(keycode: number, isDown: boolean): void;
  /** Resolves when the program that gets the keys has most likely handled them. */
  settle(): Promise<void>;
  /** Resolves after so many milliseconds; must not keep the process alive. */
  wait(ms: number): Promise<void>;
}

export class TextTyper {
  readonly #x: XConnection;
  readonly #tools: TypingTools;
  /** Code point to borrowed keycode, the least recently used first. */
  readonly #borrowed = new Map<number, number>();
  #generation = 0;

  constructor(x: XConnection, tools: TypingTools) {
    this.#x = x;
    this.#tools = tools;
  }

  /** `held` are the keycodes that the agent holds: modifiers among them are let go meanwhile. Stops early when `isStopped`. */
  async type(text: string, held: ReadonlySet<number>, isStopped: () => boolean): Promise<void> {
    const generation = ++this.#generation;
    const layout = await this.#readLayout();
    const suspended = [...held].filter((keycode) => layout.modifierKeycodes.has(keycode));
    for (const keycode of suspended) this.#tools.pressKeycode(keycode, false);
    if (layout.isCapsLocked) this.#lockCaps(false);
    try {
      await this.#typeAll(codePointsOf(text), layout, isStopped);
    } finally {
      if (this.#x.isOpen) {
        if (layout.isCapsLocked) this.#lockCaps(true);
        if (!isStopped()) for (const keycode of suspended) this.#tools.pressKeycode(keycode, true);
      }
    }
    if (this.#borrowed.size > 0) this.#x.background(this.#giveBackWhenQuiet(generation));
  }

  /** Gives every borrowed keycode back at once. */
  giveBack(): void {
    if (this.#x.isOpen) for (const keycode of this.#borrowed.values()) this.#assign(keycode, KEYSYM.noSymbol);
    this.#borrowed.clear();
  }

  async #giveBackWhenQuiet(generation: number): Promise<void> {
    await this.#tools.wait(GIVE_BACK_MS);
    if (generation === this.#generation) this.giveBack();
  }

  /** Keycodes that are borrowed now stay spare: they are ours. A change of layout takes them from us. */
  async #readLayout(): Promise<KeyboardLayout> {
    const raw = await readKeyboard(this.#x, this.#tools.xkb);
    for (const [codePoint, keycode] of this.#borrowed) {
      if (raw.rows[keycode - raw.minKeycode]?.[0] !== keysymOf(codePoint)) this.#borrowed.delete(codePoint);
    }
    const ours = new Set(this.#borrowed.values());
    const rows = raw.rows.map((row, i) => (ours.has(raw.minKeycode + i) ? row.map(() => KEYSYM.noSymbol) : row));
    return toLayout({ ...raw, rows });
  }

  async #typeAll(codePoints: readonly number[], layout: KeyboardLayout, isStopped: () => boolean): Promise<void> {
    let rest = codePoints;
    while (rest.length > 0 && !isStopped()) {
      const batch = nextBatch(rest, layout);
      if (batch.length === 0) throw new Error('the keyboard has no free key for characters outside its layout');
      rest = rest.slice(batch.length);
      await this.#borrowFor(batch, layout);
      for (let at = 0; at < batch.length && !isStopped(); at += CHUNK) {
        for (const codePoint of batch.slice(at, at + CHUNK)) this.#stroke(this.#keystrokeFor(codePoint, layout));
        await this.#x.ask<unknown>((done) => this.#x.client.GetInputFocus(done));
      }
    }
  }

  async #borrowFor(batch: readonly number[], layout: KeyboardLayout): Promise<void> {
    const missing = new Set(batch.filter((codePoint) => !isTypable(codePoint, layout)));
    const wanted = [...missing].filter((codePoint) => !this.#borrowed.has(codePoint));
    for (const codePoint of missing) this.#touch(codePoint);
    const inUse = new Set(this.#borrowed.values());
    const free = layout.spareKeycodes.filter((keycode) => !inUse.has(keycode));
    if (wanted.length > free.length) await this.#tools.settle();
    for (const codePoint of wanted) {
      const keycode = free.pop() ?? this.#evictOldest();
      this.#borrowed.set(codePoint, keycode);
      this.#assign(keycode, keysymOf(codePoint));
    }
  }

  #touch(codePoint: number): void {
    const keycode = this.#borrowed.get(codePoint);
    if (keycode === undefined) return;
    this.#borrowed.delete(codePoint);
    this.#borrowed.set(codePoint, keycode);
  }

  #evictOldest(): number {
    for (const [codePoint, keycode] of this.#borrowed) {
      this.#borrowed.delete(codePoint);
      return keycode;
    }
    throw new Error('no keycode is borrowed');
  }

  #assign(keycode: number, keysym: number): void {
    // Both levels, so that the character does not depend on Shift.
    this.#x.client.ChangeKeyboardMapping(keycode, 2, [keysym, keysym]);
  }

  #keystrokeFor(codePoint: number, layout: KeyboardLayout): Keystroke | undefined {
    const control = CONTROL_KEYS.get(codePoint);
    if (control !== undefined) return { keycode: control, modifiers: [] };
    const keycode = this.#borrowed.get(codePoint);
    return layout.keystrokes.get(codePoint) ?? (keycode === undefined ? undefined : { keycode, modifiers: [] });
  }

  #stroke(keystroke: Keystroke | undefined): void {
    if (!keystroke) return;
    const keys = [...keystroke.modifiers, keystroke.keycode];
    for (const keycode of keys) this.#tools.pressKeycode(keycode, true);
    for (const keycode of keys.reverse()) this.#tools.pressKeycode(keycode, false);
  }

  /** Caps Lock by request and not by key: no key event, and the light comes back as it was. */
  #lockCaps(isLocked: boolean): void {
    const { xkb } = this.#tools;
    xkb.LatchLockState(xkb.UseCoreKbd, MODIFIER.lock, isLocked ? MODIFIER.lock : 0, 0, 0, 0, 0, 0, 0);
  }
}

const CONTROL_KEYS: ReadonlyMap<number, number> = new Map([
  [0x08, keycodeOf('Backspace') ?? 0],
  [0x09, keycodeOf('Tab') ?? 0],
  [0x0a, keycodeOf('Enter') ?? 0],
]);

/** Line ends become one Enter, other control characters are left out. */
function codePointsOf(text: string): number[] {
  return charactersOf(text)
    .map((character) => character.codePointAt(0) ?? 0)
    .filter(
      (codePoint) => CONTROL_KEYS.has(codePoint) || (codePoint >= 0x20 && (codePoint < 0x7f || codePoint > 0x9f)),
    );
}

function isTypable(codePoint: number, layout: KeyboardLayout): boolean {
  return CONTROL_KEYS.has(codePoint) || layout.keystrokes.has(codePoint);
}

/** The longest beginning that needs no more borrowed keycodes than there are. */
function nextBatch(codePoints: readonly number[], layout: KeyboardLayout): readonly number[] {
  const missing = new Set<number>();
  for (const [i, codePoint] of codePoints.entries()) {
    if (!isTypable(codePoint, layout)) missing.add(codePoint);
    if (missing.size > layout.spareKeycodes.length) return codePoints.slice(0, i);
  }
  return codePoints;
}
