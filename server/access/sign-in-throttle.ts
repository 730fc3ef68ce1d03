import type { Clock } from '../platform/clock.ts';
import { createRateLimiter } from '../platform/rate-limiter.ts';

/**
 * Slows guessing without giving anyone the means to lock a colleague out: a delay that doubles counts for one account
 * from one address; a shared budget per account does not count for an address from which its owner has signed in before.
 */
export interface SignInThrottle {
  /** 0: try. Otherwise seconds to wait; the password is then not even looked at. */
  waitS(attempt: SignInAttempt): number;
  /** Looking at a password takes time: until one of the next two is called it counts as a failure. */
  begin(attempt: SignInAttempt): void;
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
/** When those that are being looked at have been. */
const IN_A_MOMENT_S = 1;
const ACCOUNT_BUDGET = { capacity: 30, refillPerS: 1 / 30 };
const ADDRESS_BUDGET = { capacity: 60, refillPerS: 1 / 10 };

export function createSignInThrottle(clock: Clock): SignInThrottle {
  const failures = new Map<string, { count: number; lastAt: number }>();
  const knownAddresses = new Set<string>();
  const accounts = createRateLimiter(ACCOUNT_BUDGET, clock);
  const addresses = createRateLimiter(ADDRESS_BUDGET, clock);
  const accountKey = ({ employeeNumber }: SignInAttempt): string => employeeNumber.trim().toLowerCase();
  const pairKey = (attempt: SignInAttempt): string => `${accountKey(attempt)}\n${attempt.address}`;
  const begun = { pair: createTally(), account: createTally(), address: createTally() };

  function countBegun(attempt: SignInAttempt, by: 1 | -1): void {
    begun.pair.add(pairKey(attempt), by);
    begun.account.add(accountKey(attempt), by);
    begun.address.add(attempt.address, by);
  }

  function delayS(attempt: SignInAttempt): number {
    const now = clock.now();
    const entry = failures.get(pairKey(attempt));
    const isRecent = entry !== undefined && now - entry.lastAt <= FORGET_AFTER_MS;
    const waiting = begun.pair.of(pairKey(attempt));
    const over = (isRecent ? entry.count : 0) + waiting - FREE_FAILURES;
    if (over <= 0) return 0;
    const lastAt = waiting > 0 ? now : (entry?.lastAt ?? now);
    const until = lastAt + Math.min(MAX_DELAY_S, 2 ** over) * 1000;
    return Math.max(0, Math.ceil((until - now) / 1000));
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
      const ofAddress = addresses.left(attempt.address);
      if (ofAddress < 1) return Math.ceil(1 / ADDRESS_BUDGET.refillPerS);
      if (ofAddress <= begun.address.of(attempt.address)) return IN_A_MOMENT_S;
      if (knownAddresses.has(pairKey(attempt))) return 0;
      const ofAccount = accounts.left(accountKey(attempt));
      if (ofAccount < 1) return Math.ceil(1 / ACCOUNT_BUDGET.refillPerS);
      return ofAccount <= begun.account.of(accountKey(attempt)) ? IN_A_MOMENT_S : 0;
    },
    begin: (attempt) => countBegun(attempt, 1),
    failed: (attempt) => {
      countBegun(attempt, -1);
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
      countBegun(attempt, -1);
      const key = pairKey(attempt);
      failures.delete(key);
      knownAddresses.delete(key);
      knownAddresses.add(key);
      trim(knownAddresses);
    },
  };
}

interface Tally {
  of(key: string): number;
  add(key: string, by: 1 | -1): void;
}

/** Keeps no key that stands at zero, and none below. */
function createTally(): Tally {
  const counts = new Map<string, number>();
  return {
    of: (key) => counts.get(key) ?? 0,
    add: (key, by) => {
      const count = (counts.get(key) ?? 0) + by;
      if (count > 0) counts.set(key, count);
      else counts.delete(key);
    },
  };
}
