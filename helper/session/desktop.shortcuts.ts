/**
 * Keys that the desktop answers and not the window that has the focus: switching windows, opening programs, menus of the
 * window manager. Which combinations are bound cannot be asked, so everything of the kind counts. Pure.
 */

const ALTS = ['AltLeft', 'AltRight'];
const METAS = ['MetaLeft', 'MetaRight', 'OSLeft', 'OSRight'];
const CONTROLS = ['ControlLeft', 'ControlRight'];
const SHIFTS = ['ShiftLeft', 'ShiftRight'];
const MODIFIERS = new Set([...ALTS, ...METAS, ...CONTROLS, ...SHIFTS, 'CapsLock', 'NumLock']);

/** Answered by the desktop whatever is held (UI Events KeyboardEvent code Values §3.1.5, §3.4). */
const ALONE = /^(?:Meta|OS|PrintScreen|Launch|Browser|Audio|Media|Power|Sleep|WakeUp|Eject|Select$|Super|Hyper)/;
/** With Alt these are mnemonics of the window's own menus. */
const LETTERS = /^(?:Key[A-Z]|Digit\d)$/;
/** With the right Alt, which is the third level of many layouts, these are characters. */
const CHARACTERS = /^(?:Key[A-Z]|Digit\d|Minus|Equal|Bracket|Semicolon|Quote|Backslash|Comma|Period|Slash|Intl)/;

/** Whether pressing this key while those are held may be a shortcut of the desktop. */
export function isDesktopShortcut(code: string, held: ReadonlySet<string>): boolean {
  if (ALONE.test(code)) return true;
  const keys = [...held].filter((key) => !MODIFIERS.has(key));
  // A key that is held repeats: a modifier that joins it makes a combination too.
  if (MODIFIERS.has(code)) return keys.some((key) => isCombination(key, new Set([...held, code])));
  return isCombination(code, held);
}

/** Whether anything is held that makes a shortcut of a typed character. */
export function holdsShortcutModifier(held: ReadonlySet<string>): boolean {
  return [...ALTS, ...METAS, ...CONTROLS].some((key) => held.has(key));
}

function isCombination(code: string, held: ReadonlySet<string>): boolean {
  const isHeld = (keys: readonly string[]): boolean => keys.some((key) => held.has(key));
  if (isHeld(METAS)) return true;
  if (isHeld(CONTROLS) && (isHeld(ALTS) || code === 'Escape')) return true;
  if (held.has('AltLeft')) return !LETTERS.test(code);
  return held.has('AltRight') && !CHARACTERS.test(code);
}
