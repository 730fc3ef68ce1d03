/** Time comes in from outside, so that tests can say what time it is. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z by the clock on the wall, which people and time servers set. */
  now(): number;
  /** Milliseconds since some moment of this process; nobody can set it, so it tells for how long and never when. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
