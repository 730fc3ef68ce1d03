import { argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from '../platform/errors.ts';
import type { Random } from '../platform/random.ts';

/** Argon2id as OWASP recommends it: 19 MiB, two passes, one lane (Password Storage Cheat Sheet). */
export interface HashCost {
  memoryKiB: number;
  passes: number;
}
export const HASH_COST: HashCost = { memoryKiB: 19_456, passes: 2 };

export interface Passwords {
  /** A PHC string: `$argon2id$v=19$m=…,t=…,p=1$salt$hash`. */
  hash(password: string): Promise<string>;
  /** `stored` null: nobody has this number, or no password; takes as long and is never true. */
  isRight(password: string, stored: string | null): Promise<boolean>;
}

const SALT_BYTES = 16;
const TAG_BYTES = 32;
const argon2Async = promisify(argon2);

async function derive(password: string, salt: Buffer, cost: HashCost): Promise<Buffer> {
  return argon2Async('argon2id', {
    message: Buffer.from(password.normalize('NFKC'), 'utf8'),
    nonce: salt,
    parallelism: 1,
    tagLength: TAG_BYTES,
    memory: cost.memoryKiB,
    passes: cost.passes,
  });
}

interface Stored {
  cost: HashCost;
  salt: Buffer;
  tag: Buffer;
}

function parse(stored: string): Stored {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(stored);
  if (match === null) throw new Error('a stored password hash cannot be read');
  const [, memory, passes, salt = '', tag = ''] = match;
  return {
    cost: { memoryKiB: Number(memory), passes: Number(passes) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

export function createPasswords(random: Random, cost: HashCost = HASH_COST): Passwords {
  const decoy: Stored = { cost, salt: random.bytes(SALT_BYTES), tag: random.bytes(TAG_BYTES) };
  const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  return {
    hash: async (password) => {
      const salt = random.bytes(SALT_BYTES);
      const tag = await derive(password, salt, cost);
      return `$argon2id$v=19$m=${cost.memoryKiB},t=${cost.passes},p=1$${base64(salt)}$${base64(tag)}`;
    },
    isRight: async (password, stored) => {
      const { cost: own, salt, tag } = stored === null ? decoy : parse(stored);
      const isSame = timingSafeEqual(await derive(password, salt, own), tag);
      return isSame && stored !== null;
    },
  };
}

/** What people make long passwords of; compared after digits and signs at both ends are cut and look-alikes folded. */
const COMMON_STEMS = new Set(
  `password passwort passw passwordpassword passphrase letmein letmeinplease welcome welcomehome changeme changemenow
  changethis iloveyou ilovemywife ilovemyhusband administrator admin adminadmin root toor superuser qwerty qwertyuiop
  qwertyqwerty qwertyuiopasdf asdfghjkl asdfghjklzxcvbnm zxcvbnm azerty azertyuiop qazwsxedc qazwsxedcrfv abcdefgh
  abcdefghijkl abcdefghijklm abcabcabcabc monkey dragon football baseball basketball sunshine princess superman batman
  starwars trustno whatever secret secretsecret topsecret mypassword mysecret thisisapassword correcthorsebatterystaple
  helpdesk itsupport support handrail handrailhandrail company companyname summer winter spring autumn january february
  march april june july august september october november december monday friday woaini woainiwoaini zhongguo beijing
  shanghai mima mimamima nihao nihaonihao`.split(/\s+/),
);
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};
/** Fewer different characters than this in twelve are a pattern, not a secret. */
const MIN_DISTINCT = 5;

/** Refuses what others would try first: common words, repetition, straight sequences, the person's own number and name. */
export function checkPassword(password: string, of: { employeeNumber: string; name: string }): void {
  if (isCommon(password) || isSelfReferring(password, of)) throw new AppError('password.too-weak');
}

function isCommon(password: string): boolean {
  const lower = password.toLowerCase();
  if (new Set(lower).size < MIN_DISTINCT || isSequence(lower)) return true;
  const trimmed = lower.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const folded = [...lower].map((character) => LOOK_ALIKES[character] ?? character).join('');
  const foldedStem = folded.replace(/[^a-z]/g, '');
  return COMMON_STEMS.has(trimmed) || COMMON_STEMS.has(foldedStem) || COMMON_STEMS.has(foldLetters(trimmed));
}

function foldLetters(text: string): string {
  return [...text].map((character) => LOOK_ALIKES[character] ?? character).join('');
}

/** `123456789012`, `abcdefghijkl`, and the same backwards or wrapped at the digit nine. */
function isSequence(text: string): boolean {
  const steps = new Set<number>();
  for (let index = 1; index < text.length; index += 1) {
    const step = text.charCodeAt(index) - text.charCodeAt(index - 1);
    steps.add(step === -9 ? 1 : step === 9 ? -1 : step);
  }
  return steps.size === 1;
}

function isSelfReferring(
  password: string,
  { employeeNumber, name }: { employeeNumber: string; name: string },
): boolean {
  const lower = password.toLowerCase().replace(/\s/g, '');
  const words = name.toLowerCase().split(/[\s.,-]+/);
  const pieces = [
    ...(employeeNumber.length >= 3 ? [employeeNumber.toLowerCase()] : []),
    // Short Latin words occur in anything; two Chinese characters are a whole name.
    ...words.filter((word) => word.length >= (/\p{Script=Han}/u.test(word) ? 2 : 4)),
    name.toLowerCase().replace(/\s/g, ''),
  ];
  return pieces.some((piece) => piece.length >= 2 && lower.includes(piece));
}
