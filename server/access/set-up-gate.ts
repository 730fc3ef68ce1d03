import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { hashSecret, isSameSecret, newSecret, type Random } from '../platform/random.ts';
import { readOrganisationName } from './organisation.repository.ts';

const TOKEN_LIFE_MS = 15 * 60_000;

/** The one-time door of the first start. The token is in memory only: a restart makes a new one and the old one void. */
export interface SetUpGate {
  /** While there is no organisation. */
  isOpen(): boolean;
  /** A new link for the log of the start; null once set-up is done. The token in it is kept as a hash. */
  issueLink(): { url: string; expiresAt: number } | null;
  isTokenRight(token: string): boolean;
  /** Call in the transaction of the set-up: the loser of a race is told like any stranger. */
  isStillOpen(tx: Tx): boolean;
}

export function createSetUpGate(deps: {
  database: Database;
  clock: Clock;
  random: Random;
  publicUrl: string;
}): SetUpGate {
  let issued: { hash: string; expiresAt: number } | null = null;
  const isStillOpen = (tx: Tx): boolean => readOrganisationName(tx) === null;
  return {
    isOpen: () => isStillOpen(deps.database.db),
    isStillOpen,
    issueLink: () => {
      if (!isStillOpen(deps.database.db)) return null;
      const token = newSecret(deps.random);
      issued = { hash: hashSecret(token), expiresAt: deps.clock.now() + TOKEN_LIFE_MS };
      return { url: `${deps.publicUrl}/setup#${token}`, expiresAt: issued.expiresAt };
    },
    isTokenRight: (token) =>
      issued !== null && deps.clock.now() < issued.expiresAt && isSameSecret(hashSecret(token), issued.hash),
  };
}
