import type { Clock } from './clock.ts';

export interface BucketRule {
  /** How many at once. */
  capacity: number;
  /** How many come back each second. */
  refillPerS: number;
}

export interface RateLimiter {
  /** Takes one token. 0: go ahead. Otherwise the seconds until the next one is there. */
  take(key: string): number;
  /** Whole tokens left, without taking one. */
  left(key: string): number;
  forget(key: string): void;
}

/** Bound on memory: when more keys than this are known, the fullest buckets are forgotten first. */
const MAX_KEYS = 50_000;

/** Token buckets by key, in memory: a restart forgives, which is why nothing relies on this alone. */
export function createRateLimiter(rule: BucketRule, clock: Clock): RateLimiter {
  const buckets = new Map<string, { tokens: number; at: number }>();

  function current(key: string): { tokens: number; at: number } {
    const now = clock.now();
    const bucket = buckets.get(key);
    if (bucket === undefined) return { tokens: rule.capacity, at: now };
    const refilled = bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * rule.refillPerS;
    return { tokens: Math.min(rule.capacity, refilled), at: now };
  }

  function forgetFull(): void {
    for (const key of buckets.keys()) if (current(key).tokens >= rule.capacity) buckets.delete(key);
    for (const key of buckets.keys()) {
      if (buckets.size < MAX_KEYS) return;
      buckets.delete(key);
    }
  }

  return {
    take: (key) => {
      const bucket = current(key);
      if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / rule.refillPerS));
      if (buckets.size >= MAX_KEYS) forgetFull();
      buckets.set(key, { tokens: bucket.tokens - 1, at: bucket.at });
      return 0;
    },
    left: (key) => Math.floor(current(key).tokens),
    forget: (key) => {
      buckets.delete(key);
    },
  };
}
