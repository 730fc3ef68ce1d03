import type { Clock } from './clock.ts';

interface Span {
  ms?: number;
  s?: number;
  h?: number;
}

export interface TestClock extends Clock {
  advance(by: Span): void;
  /** The clock on the wall is set, by a negative span back; no time passes. */
  set(by: Span): void;
}

/** A clock that stands still until it is told to move. */
export function createTestClock(startMs = Date.UTC(2026, 0, 5, 8)): TestClock {
  let nowMs = startMs;
  let monotonicMs = 0;
  const inMs = ({ ms = 0, s = 0, h = 0 }: Span): number => ms + s * 1000 + h * 3_600_000;
  return {
    now: () => nowMs,
    monotonic: () => monotonicMs,
    advance: (by) => {
      nowMs += inMs(by);
      monotonicMs += inMs(by);
    },
    set: (by) => {
      nowMs += inMs(by);
    },
  };
}
