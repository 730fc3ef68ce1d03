/** Minutes before the end at which people are warned, the latest first. */
const WARNINGS = [2, 10] as const;
export type Warning = (typeof WARNINGS)[number];

/** The warning that holds with so much time left; null while there is enough. */
export function warningAt(leftMs: number): Warning | null {
  return WARNINGS.find((minutes) => leftMs <= minutes * 60_000) ?? null;
}
