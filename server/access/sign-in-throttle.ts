import type { Clock } from '../platform/clock.ts';
import { createRateLimiter } from '../platform/rate-limiter.ts';

/**
 * Slows guessing without giving anyone the means to lock a colleague out: a delay that doubles counts for one account
 * from one address; a shared budget per account does not count for an address from which its owner has signed in before.
 */
export interface SignInThrottle {
  /** 0: try. Otherwise seconds to wait; the password is then not even looked at. */
  waitS(attempt: SignInAttempt): number;
  failed(attempt: SignInAttempt): void;
  succeeded(attempt: SignInAttempt): void;
}

export interface SignInAttempt {
  employeeNumber: string;
  address: string;
}

/** Failures that cost nothing: people mistype. */
const FREE_FAILURES = 4;
const MAX_DELAY_S = 15 * 60;
/** After this long without a failure the count starts again. */
const FORGET_AFTER_MS = 3_600_000;
const MAX_ENTRIES = 20_000;
const ACCOUNT_BUDGET = { capacity: 30, refillPerS: 1 / 30 };
const ADDRESS_BUDGET = { capacity: 60, refillPerS: 1 / 10 };

export function createSignInThrottle(clock: Clock): SignInThrottle {
  const failures = new Map<string, { count: number; lastAt: number }>();
  const knownAddresses = new Set<string>();
  const accounts = createRateLimiter(ACCOUNT_BUDGET, clock);
  const addresses = createRateLimiter(ADDRESS_BUDGET, clock);
  const accountKey = ({ employeeNumber }: SignInAttempt): string => employeeNumber.trim().toLowerCase();
  const pairKey = (attempt: SignInAttempt): string => `${accountKey(attempt)}\n${attempt.address}`;

  function delayS(attempt: SignInAttempt): number {
    const entry = failures.get(pairKey(attempt));
    if (entry === undefined || clock.now() - entry.lastAt > FORGET_AFTER_MS) return 0;
    const over = entry.count - FREE_FAILURES;
    if (over <= 0) return 0;
    const until = entry.lastAt + Math.min(MAX_DELAY_S, 2 ** over) * 1000;
    return Math.max(0, Math.ceil((until - clock.now()) / 1000));
  }

  /** Maps keep their order of insertion: the oldest go first. */
  function trim(entries: { size: number; keys(): Iterator<string>; delete(key: string): boolean }): void {
    while (entries.size > MAX_ENTRIES) {
      const oldest = entries.keys().next();
      if (oldest.done === true) return;
      entries.delete(oldest.value);
    }
  }

  return {
    waitS: (attempt) => {
      const delay = delayS(attempt);
      if (delay > 0) return delay;
      if (addresses.left(attempt.address) < 1) return Math.ceil(1 / ADDRESS_BUDGET.refillPerS);
      const isKnown = knownAddresses.has(pairKey(attempt));
      return isKnown || accounts.left(accountKey(attempt)) >= 1 ? 0 : Math.ceil(1 / ACCOUNT_BUDGET.refillPerS);
    },
    failed: (attempt) => {
      const key = pairKey(attempt);
      const before = failures.get(key);
      const isRecent = before !== undefined && clock.now() - before.lastAt <= FORGET_AFTER_MS;
      failures.delete(key);
      failures.set(key, { count: (isRecent ? before.count : 0) + 1, lastAt: clock.now() });
      trim(failures);
      addresses.take(attempt.address);
      // From a known address the owner's own mistakes must not use up what protects the account from others.
      if (!knownAddresses.has(key)) accounts.take(accountKey(attempt));
    },
    succeeded: (attempt) => {
      const key = pairKey(attempt);
      failures.delete(key);
      knownAddresses.delete(key);
      knownAddresses.add(key);
      trim(knownAddresses);
    },
  };
}
