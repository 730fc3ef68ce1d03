/** Which encoding a file of text is in. Spreadsheets do not say; what they write is told apart by its bytes. */
import type { Encoding } from '../../protocol/api/people-import.ts';

/** Byte order marks (Unicode 16 §23.8). */
const MARKS: readonly (readonly [Encoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

export function detectEncoding(bytes: Uint8Array): Encoding {
  const marked = MARKS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (marked !== undefined) return marked[0];
  const wide = detectUtf16(bytes);
  if (wide !== undefined) return wide;
  if (decodeText(bytes, 'utf-8') !== undefined) return 'utf-8';
  return looksChinese(bytes) ? 'gb18030' : 'windows-1252';
}

/** The text without its mark; undefined when these bytes are not in this encoding. */
export function decodeText(bytes: Uint8Array, encoding: Encoding): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    // Not in this encoding: an answer, not a failure.
    return undefined;
  }
}

/** Separators, digits and line ends have a zero byte in UTF-16 and nothing has one elsewhere. */
function detectUtf16(bytes: Uint8Array): Encoding | undefined {
  let even = 0;
  let odd = 0;
  for (const [index, byte] of bytes.entries()) {
    if (byte !== 0) continue;
    if (index % 2 === 0) even += 1;
    else odd += 1;
  }
  if (even === 0 && odd === 0) return undefined;
  return odd > even ? 'utf-16le' : 'utf-16be';
}

/**
 * Whether what is not ASCII looks like GB2312: pairs with both bytes above A0, as nearly all Chinese in daily use has
 * them. In Western European text an accented letter mostly stands alone between two of ASCII.
 */
function looksChinese(bytes: Uint8Array): boolean {
  let pairs = 0;
  let others = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) continue;
    const isPair = byte >= 0xa1 && byte <= 0xf7 && (bytes[at + 1] ?? 0) >= 0xa1;
    if (isPair) {
      pairs += 1;
      at += 1;
    } else others += 1;
  }
  return pairs > others * 4;
}
