import type { Clock } from './clock.ts';
import { AppError } from './errors.ts';
import { createRateLimiter } from './rate-limiter.ts';

/** Wrong guesses in ten minutes, from one address and from all together. Right ones cost nothing. */
const PER_ADDRESS = 10;
const ALTOGETHER = 200;
const WINDOW_S = 600;

export interface GuessLimit {
  /** 429 with the seconds to wait while there have been too many. */
  check(address: string): void;
  noteWrong(address: string): void;
  /**
   * Both, for a wrong secret of 128 bits or more: nobody finds one by trying, so the right one needs no check, and no
   * flood of wrong ones keeps its owner out.
   */
  refuse(address: string): void;
}

/**
 * Bounds guessing at codes and tokens: 200 guesses at a billion in the ten minutes that a code lives. It also bounds what a
 * stranger can write into the audit chain.
 */
export function createGuessLimit(clock: Clock): GuessLimit {
  const byAddress = createRateLimiter({ capacity: PER_ADDRESS, refillPerS: PER_ADDRESS / WINDOW_S }, clock);
  const all = createRateLimiter({ capacity: ALTOGETHER, refillPerS: ALTOGETHER / WINDOW_S }, clock);
  const check = (address: string): void => {
    // `take` on an empty bucket takes nothing and says how long to wait.
    const waitOne = byAddress.left(address) > 0 ? 0 : byAddress.take(address);
    const waitAll = all.left('') > 0 ? 0 : all.take('');
    const retryAfterS = Math.max(waitOne, waitAll);
    if (retryAfterS > 0) throw new AppError('auth.too-many-attempts', { retryAfterS });
  };
  const noteWrong = (address: string): void => {
    byAddress.take(address);
    all.take('');
  };
  return {
    check,
    noteWrong,
    refuse: (address) => {
      check(address);
      noteWrong(address);
    },
  };
}
