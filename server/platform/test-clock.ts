import type { Clock } from './clock.ts';

export interface TestClock extends Clock {
  advance(by: { ms?: number; s?: number; h?: number }): void;
}

/** A clock that stands still until it is told to move. */
export function createTestClock(startMs = Date.UTC(2026, 0, 5, 8)): TestClock {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    advance: ({ ms = 0, s = 0, h = 0 }) => {
      nowMs += ms + s * 1000 + h * 3_600_000;
    },
  };
}
