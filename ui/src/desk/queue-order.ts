import type { Queue, Request } from '../../../protocol/api/desk.ts';

export const QUEUE_SECTIONS = ['mine', 'waiting', 'elsewhere', 'others', 'closed'] as const;
export type QueueSection = (typeof QUEUE_SECTIONS)[number];

export interface Section {
  readonly name: QueueSection;
  readonly requests: readonly Request[];
}

/** What the desk shows: my queues first, all alike, or one queue alone. */
export type Shown = { kind: 'mine'; queueIds: readonly string[] } | { kind: 'all' } | { kind: 'queue'; id: string };

/**
 * Mine first: somebody is talking to me. Then who waits, as the server has put them in turn; then what waits elsewhere,
 * what others have, what is done.
 */
export function sectionsOf(queue: Queue, shown: Shown): Section[] {
  const isFirst = ({ queue: { id } }: Request): boolean => shown.kind !== 'mine' || shown.queueIds.includes(id);
  const isShown = ({ queue: { id } }: Request): boolean => shown.kind !== 'queue' || shown.id === id;
  const requests: Record<QueueSection, Request[]> = {
    mine: queue.mine,
    waiting: queue.waiting.filter(isFirst),
    elsewhere: queue.waiting.filter((request) => !isFirst(request)),
    others: queue.others,
    closed: queue.closed,
  };
  return QUEUE_SECTIONS.map((name) => ({ name, requests: requests[name].filter(isShown) }));
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
