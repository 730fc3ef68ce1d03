/** The three things that let somebody in once: made, and turned into what the database keeps of them. */
import { createHmac } from 'node:crypto';
import { newId, type Random } from '../platform/random.ts';

/** Nine digits, each number as likely as any other: 30 bits, drawn again when they are a billion or more. */
export function newSpokenCode(random: Random): string {
  for (;;) {
    const number = random.bytes(4).readUInt32BE() >>> 2;
    if (number < 1_000_000_000) return String(number).padStart(9, '0');
  }
}

/** 128 bits in lower-case base 32, for the helper's file name. */
export function newHelperToken(random: Random): string {
  return newId('ses', random).slice('ses_'.length);
}

/**
 * Thirty bits can be found by trying all of them, so a plain hash would hide nothing. The key lives in memory alone: a copy
 * of the database is worth nothing, and a restart costs nobody more than a code that would have run out in minutes.
 */
export function createCodeHasher(random: Random): (code: string) => string {
  const key = random.bytes(32);
  return (code) => createHmac('sha256', key).update(code, 'utf8').digest('hex');
}
