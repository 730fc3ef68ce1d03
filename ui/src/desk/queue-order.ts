import type { Queue, Request } from '../../../protocol/api/desk.ts';

export const QUEUE_SECTIONS = ['waiting', 'mine', 'others', 'closed'] as const;
export type QueueSection = (typeof QUEUE_SECTIONS)[number];

export interface Section {
  readonly name: QueueSection;
  readonly requests: readonly Request[];
}

/** Mine first: somebody is talking to me. Then who waits longest, then what others have, then what is done. */
export function sectionsOf(queue: Queue): Section[] {
  const order = ['mine', 'waiting', 'others', 'closed'] as const;
  return order.map((name) => ({ name, requests: queue[name] }));
}

export function rowsOf(sections: readonly Section[]): Request[] {
  return sections.flatMap((section) => section.requests);
}

/** The row after or before the selected one; at the ends the end itself, without a selection the first. */
export function neighbourOf<R extends { id: string }>(
  rows: readonly R[],
  id: string | undefined,
  by: 1 | -1,
): R | null {
  const index = rows.findIndex((row) => row.id === id);
  if (index === -1) return rows[0] ?? null;
  return rows[Math.min(rows.length - 1, Math.max(0, index + by))] ?? null;
}
