/**
 * The only place that knows age-encryption (the age file format, https://age-encryption.org/v1): X25519 recipients and
 * identities as text, streams in and out. Backups can be read by age(1) as well.
 */
import { Readable } from 'node:stream';
import { Decrypter, Encrypter } from 'age-encryption';
import { BackupError } from './backup-error.ts';

export const AGE_MAGIC = 'age-encryption.org/v1\n';

type Bytes = AsyncIterable<Uint8Array>;

export async function encryptFor(recipients: readonly string[], plain: Bytes): Promise<Bytes> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      throw new BackupError(`${recipient.slice(0, 80)} is not an age recipient (age1…)`, { cause });
    }
  }
  return encrypter.encrypt(toStream(plain));
}

/** `identities` are lines of an age identity file, comments left out. */
export async function decryptWith(identities: readonly string[], sealed: Bytes): Promise<Bytes> {
  const decrypter = new Decrypter();
  for (const identity of identities) {
    try {
      decrypter.addIdentity(identity);
    } catch (cause) {
      // Not named: it may be most of a real key.
      throw new BackupError('the identity file has a line that is no age identity (AGE-SECRET-KEY-1…)', { cause });
    }
  }
  try {
    return await decrypter.decrypt(toStream(sealed));
  } catch (cause) {
    throw new BackupError('the backup is not encrypted for this identity, or its beginning is damaged', { cause });
  }
}

// Node's and the DOM's declarations of the same class do not unify.
const toStream = (bytes: Bytes): ReadableStream<Uint8Array> =>
  Readable.toWeb(Readable.from(bytes)) as ReadableStream<Uint8Array>;

/** The secret keys of an identity file as `age-keygen` writes it. */
export function readIdentities(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
