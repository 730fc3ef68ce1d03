import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Where every random byte comes from; injected, so that tests can repeat themselves. */
export interface Random {
  bytes(count: number): Buffer;
}

export const systemRandom: Random = { bytes: (count) => randomBytes(count) };

export type IdKind =
  | 'per'
  | 'dep'
  | 'imp'
  | 'cat'
  | 'que'
  | 'req'
  | 'hnd'
  | 'can'
  | 'ses'
  | 'msg'
  | 'att'
  | 'sgn'
  | 'lnk'
  | 'inv'
  | 'grt'
  | 'con';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** An id that carries its kind: `per_` and 128 random bits in lower-case base 32 (26 characters). */
export function newId(kind: IdKind, random: Random): string {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of random.bytes(16)) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32.charAt((value >> bits) & 31);
    }
  }
  return `${kind}_${text}${BASE32.charAt((value << (5 - bits)) & 31)}`;
}

/** 256 random bits in base64url: a secret that is its own credential. Store `hashSecret` of it, never itself. */
export function newSecret(random: Random): string {
  return random.bytes(32).toString('base64url');
}

/** SHA-256 in hex. Enough for secrets of 256 random bits; passwords have their own, slow hash. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** Compares without telling by its duration where the two differ. */
export function isSameSecret(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(left), 'hex'), Buffer.from(hashSecret(right), 'hex'));
}
