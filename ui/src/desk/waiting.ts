import type { Priority } from '../../../protocol/api/desk.ts';

/** Minutes within which somebody should have been taken (docs/decisions/0013-queues.md). */
export const TARGET_MIN = { urgent: 5, high: 15, normal: 60, low: 240 } as const satisfies Record<Priority, number>;
/** The part of it after which it is due soon. */
const SOON = 0.75;

export type WaitLevel = 'calm' | 'soon' | 'late';

export function waitLevel(priority: Priority, waitedMs: number): WaitLevel {
  const targetMs = TARGET_MIN[priority] * 60_000;
  if (waitedMs >= targetMs) return 'late';
  return waitedMs >= targetMs * SOON ? 'soon' : 'calm';
}
