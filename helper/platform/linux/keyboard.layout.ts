/** Which key, with which modifiers, types a character in the layout that is active now. Mostly pure. */
import type { XkbExtension } from 'x11';
import { isNumpadKeycode, keycodeOf } from './keycodes.ts';
import { codePointOf, KEYSYM } from './keysyms.ts';
import type { XConnection } from './x11.connection.ts';

/** A key press: the modifiers to hold, then the key. All are X keycodes. */
export interface Keystroke {
  keycode: number;
  modifiers: readonly number[];
}

export interface KeyboardLayout {
  keystrokes: ReadonlyMap<number, Keystroke>;
  /** Keycodes without any meaning, free to be lent to characters that the layout lacks. */
  spareKeycodes: readonly number[];
  modifierKeycodes: ReadonlySet<number>;
  isCapsLocked: boolean;
}

/** X modifier bits (X11 protocol, SETofKEYMASK). */
export const MODIFIER = { shift: 1, lock: 2, control: 4 } as const;

/**
 * Columns of the core keyboard mapping for the four levels of a group (XKB protocol, section 17.1.4): level 2 is Shift,
 * level 3 is AltGr, level 4 both.
 */
const COLUMNS_OF_GROUP: readonly (readonly number[])[] = [
  [0, 1, 4, 5],
  [2, 3, 6, 7],
];

/** What the server says about the keyboard, raw. */
export interface RawKeyboard {
  minKeycode: number;
  /** Keysyms by keycode, in the columns of the core protocol. */
  rows: readonly (readonly number[])[];
  /** Keycodes by modifier: Shift, Lock, Control, Mod1 to Mod5. */
  modifiers: readonly (readonly number[])[];
  group: number;
  lockedModifiers: number;
}

export async function readKeyboard(x: XConnection, xkb: XkbExtension): Promise<RawKeyboard> {
  const { min_keycode: minKeycode, max_keycode: maxKeycode } = x.display;
  const [rows, modifiers, state] = await Promise.all([
    x.ask<number[][]>((done) => x.client.GetKeyboardMapping(minKeycode, maxKeycode - minKeycode + 1, done)),
    x.ask<number[][]>((done) => x.client.GetModifierMapping(done)),
    x.ask<{ group: number; lockedMods: number }>((done) => xkb.GetState(xkb.UseCoreKbd, done)),
  ]);
  return { minKeycode, rows, modifiers, group: state.group, lockedModifiers: state.lockedMods };
}

export function toLayout(raw: RawKeyboard): KeyboardLayout {
  const modifierKeycodes = new Set(raw.modifiers.flat().filter((keycode) => keycode !== 0));
  const chords = modifierChords(raw, modifierKeycodes);
  const keystrokes = new Map<number, Keystroke>();
  // The fewest modifiers win, whatever the order of the keys.
  for (const [level, modifiers] of chords.entries()) {
    if (!modifiers) continue;
    for (const [i, row] of raw.rows.entries()) {
      const keycode = raw.minKeycode + i;
      const codePoint = isNumpadKeycode(keycode) ? undefined : codePointOf(keysymAt(row, raw.group, level));
      if (codePoint !== undefined && !keystrokes.has(codePoint)) keystrokes.set(codePoint, { keycode, modifiers });
    }
  }
  return {
    keystrokes,
    spareKeycodes: spareKeycodes(raw, modifierKeycodes),
    modifierKeycodes,
    isCapsLocked: (raw.lockedModifiers & MODIFIER.lock) !== 0,
  };
}

/** Bit of the modifier that a keysym produces, 0 when none does. */
export function modifierBit(raw: RawKeyboard, keysym: number): number {
  const index = raw.modifiers.findIndex((keycodes) =>
    keycodes.some((keycode) => keycode !== 0 && raw.rows[keycode - raw.minKeycode]?.includes(keysym)),
  );
  return index < 0 ? 0 : 1 << index;
}

/** Keys to hold for each level; undefined where the layout has no such modifier. */
function modifierChords(raw: RawKeyboard, modifierKeycodes: ReadonlySet<number>): (number[] | undefined)[] {
  const shift = raw.modifiers[0]?.find((keycode) => keycode !== 0) ?? keycodeOf('ShiftLeft');
  const level3 = [...modifierKeycodes].find((keycode) =>
    raw.rows[keycode - raw.minKeycode]?.includes(KEYSYM.level3Shift),
  );
  return [
    [],
    shift === undefined ? undefined : [shift],
    level3 === undefined ? undefined : [level3],
    shift === undefined || level3 === undefined ? undefined : [shift, level3],
  ];
}

function keysymAt(row: readonly number[], group: number, level: number): number {
  const hasSecondGroup = (row[2] ?? 0) !== 0 || (row[3] ?? 0) !== 0;
  // A key with one group types the same in all; beyond the second group the core protocol has no fixed columns.
  if (group > 1 && hasSecondGroup) return KEYSYM.noSymbol;
  const columns = COLUMNS_OF_GROUP[hasSecondGroup ? group : 0];
  return row[columns?.[level] ?? -1] ?? KEYSYM.noSymbol;
}

function spareKeycodes(raw: RawKeyboard, modifierKeycodes: ReadonlySet<number>): number[] {
  return raw.rows
    .map((row, i) => ({ keycode: raw.minKeycode + i, isEmpty: row.every((keysym) => keysym === KEYSYM.noSymbol) }))
    .filter(({ keycode, isEmpty }) => isEmpty && !modifierKeycodes.has(keycode))
    .map(({ keycode }) => keycode);
}
