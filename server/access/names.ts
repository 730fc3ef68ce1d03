/**
 * Names are shown where people decide whom to trust, so a name must be what it looks like: no characters that nobody sees,
 * that turn the reading direction or that break the line, and something to read at all.
 */

/** Controls, format characters (Unicode general category Cf: bidirectional, zero-width, soft hyphen, tags), line ends. */
const UNSEEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

/** Letters and marks that are drawn as nothing. */
const BLANK = /[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]/;

/**
 * U+200C and U+200D are part of how Arabic, Indic scripts and some pictographs are written, between two of their letters.
 * Anywhere else they only make a second name that looks like the first.
 */
const STRAY_JOINER =
  /(?<![\p{Script=Arabic}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200c\u200d]|[\u200c\u200d](?![\p{L}\p{Extended_Pictographic}])/u;

export function isHonestName(name: string): boolean {
  return !UNSEEN.test(name) && !BLANK.test(name) && !STRAY_JOINER.test(name) && /[\p{L}\p{N}]/u.test(name);
}
