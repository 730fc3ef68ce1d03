import { verify, type KeyObject } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { AppError } from '../platform/errors.ts';
import { newSecret, type Random } from '../platform/random.ts';
import { readPublicKey } from './authority.ts';

const CHALLENGE_LIFE_MS = 60_000;
/** More open questions than this of one person are a loop: the oldest are forgotten. */
const MAX_OPEN = 10;

export interface IdentityChallenges {
  create(personId: string): string;
  /** The key, once its owner has proven to hold it. 403 identity.challenge-invalid otherwise. Uses the challenge up. */
  prove(personId: string, proof: { challenge: string; publicKey: string; signature: string }): KeyObject;
}

/** Proof of possession before a certificate is issued. In memory: a restart only costs one more question. */
export function createIdentityChallenges(deps: { clock: Clock; random: Random }): IdentityChallenges {
  const open = new Map<string, { personId: string; expiresAt: number }>();

  function tidy(personId: string): void {
    for (const [challenge, { expiresAt }] of open) if (expiresAt <= deps.clock.now()) open.delete(challenge);
    const own = [...open].filter(([, question]) => question.personId === personId);
    for (const [challenge] of own.slice(0, Math.max(0, own.length - MAX_OPEN + 1))) open.delete(challenge);
  }

  return {
    create: (personId) => {
      tidy(personId);
      const challenge = newSecret(deps.random);
      open.set(challenge, { personId, expiresAt: deps.clock.now() + CHALLENGE_LIFE_MS });
      return challenge;
    },
    prove: (personId, { challenge, publicKey, signature }) => {
      const question = open.get(challenge);
      if (question?.personId !== personId) throw new AppError('identity.challenge-invalid');
      open.delete(challenge);
      const key = readPublicKey(publicKey);
      const statement = Buffer.from(`handrail identity ${challenge}`, 'utf8');
      const isProven = key !== null && verify('sha256', statement, key, Buffer.from(signature, 'base64'));
      if (!isProven || question.expiresAt <= deps.clock.now()) throw new AppError('identity.challenge-invalid');
      return key;
    },
  };
}
