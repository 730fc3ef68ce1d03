/**
 * What time does to a session on the device: the limit with its warnings, a person who is away, a computer that slept.
 * Pure: both clocks are given with every tick, and the earlier of them counts.
 */

/** Milliseconds: `wall` since 1970, `mono` from a clock that is never set and may stand still while asleep. */
export interface Moment {
  wall: number;
  mono: number;
}

export interface TimeRules {
  sessionLimitS: number;
  idleLimitS: number;
}

export interface TimeFacts {
  startedAt: Moment;
  /** The tick before this one. */
  lastTick: Moment;
  /** When the local person last moved or typed, by the monotonic clock; the start when they have not since. */
  lastLocalInputAt: number;
  isLive: boolean;
}

export type TimeVerdict = 'time-limit' | 'sleep' | 'sharer-away' | undefined;

/** Warned at these many minutes before the end. */
export const WARNINGS_MIN = [2, 10] as const;
/** A tick is due every second; a gap of the wall clock beyond this, that the other clock does not know of, is a sleep. */
const SLEEP_GAP_MS = 10_000;

/** What is to be done now. */
export function judgeTime(facts: TimeFacts, now: Moment, rules: TimeRules): TimeVerdict {
  if (remainingMs(facts.startedAt, now, rules) <= 0) return 'time-limit';
  if (!facts.isLive) return undefined;
  const gap = now.wall - facts.lastTick.wall - Math.max(0, now.mono - facts.lastTick.mono);
  if (gap > SLEEP_GAP_MS) return 'sleep';
  return now.mono - facts.lastLocalInputAt >= rules.idleLimitS * 1000 ? 'sharer-away' : undefined;
}

/** For how long something has been, whoever sets a clock. */
export function monotonic(): number {
  return performance.now();
}

/** Milliseconds since 1970 as the session lives them: set back, the clock on the wall lengthens nothing. */
export function furthest(startedAt: Moment, now: Moment): number {
  return Math.max(now.wall, startedAt.wall + Math.floor(now.mono - startedAt.mono));
}

/** Milliseconds left, by the clock that is further ahead. */
export function remainingMs(
  startedAt: Moment,
  now: Moment,
  { sessionLimitS }: Pick<TimeRules, 'sessionLimitS'>,
): number {
  return sessionLimitS * 1000 - (furthest(startedAt, now) - startedAt.wall);
}

/** The warning that stands now, in minutes; null while there is time. */
export function warningAt(leftMs: number): number | null {
  return WARNINGS_MIN.find((minutes) => leftMs <= minutes * 60_000) ?? null;
}
