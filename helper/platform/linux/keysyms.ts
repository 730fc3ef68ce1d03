/** Characters and keysyms (X11 protocol, appendix A). */
import { keySyms } from './x11.connection.ts';

/** Keysyms for characters beyond Latin-1 are the code point plus this. */
const UNICODE_BASE = 0x01000000;

export const KEYSYM = {
  noSymbol: 0,
  numLock: 0xff7f,
  scrollLock: 0xff14,
  altLeft: 0xffe9,
  altRight: 0xffea,
  level3Shift: 0xfe03,
} as const;

/** The keysym that every program understands for a character. */
export function keysymOf(codePoint: number): number {
  const isLatin1 = (codePoint >= 0x20 && codePoint <= 0x7e) || (codePoint >= 0xa0 && codePoint <= 0xff);
  return isLatin1 ? codePoint : UNICODE_BASE + codePoint;
}

/** The character that a key with this keysym types; undefined for keys that type none (arrows, dead keys). */
export function codePointOf(keysym: number): number | undefined {
  if (keysym > UNICODE_BASE && keysym <= UNICODE_BASE + 0x10ffff) return keysym - UNICODE_BASE;
  if ((keysym >= 0x20 && keysym <= 0x7e) || (keysym >= 0xa0 && keysym <= 0xff)) return keysym;
  return legacyKeysyms().get(keysym);
}

let legacy: Map<number, number> | undefined;

/** Keysyms of the time before Unicode (Cyrillic, Greek, Thai, …): the package's table says "(ц) CYRILLIC SMALL LETTER TSE". */
function legacyKeysyms(): Map<number, number> {
  if (legacy) return legacy;
  legacy = new Map();
  for (const { code, description } of Object.values(keySyms)) {
    const character = /^\((.)\) /u.exec(description ?? '')?.[1]?.codePointAt(0);
    if (character !== undefined && code > 0xff && code < 0xfd00) legacy.set(code, character);
  }
  return legacy;
}
