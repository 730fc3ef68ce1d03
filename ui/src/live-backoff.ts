const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** How long to wait before try number `attempt` (0 = first): doubled each time, spread so that pages do not come at once. */
export function backoffMs(attempt: number, random: () => number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.5 + random() * 0.5));
}
