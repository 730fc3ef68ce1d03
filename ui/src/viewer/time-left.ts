/** Time that is left, and when that is worth a word. Pure. */
const MINUTE_MS = 60_000;

/** Minutes before the end at which somebody is warned, the later one last. */
const WARNINGS = [10, 2] as const;
export type TimeWarning = (typeof WARNINGS)[number];

/** The warning that holds now; undefined while there is time enough, or none is set. */
export function timeWarning(leftMs: number | undefined): TimeWarning | undefined {
  if (leftMs === undefined) return undefined;
  return WARNINGS.findLast((minutes) => leftMs <= minutes * MINUTE_MS);
}

/** Until `at`, in whole minutes and rounded up: one minute until the very end, and when the clocks disagree. */
export function minutesLeftMs(at: number, now: number): number {
  return Math.max(1, Math.ceil((at - now) / MINUTE_MS)) * MINUTE_MS;
}
