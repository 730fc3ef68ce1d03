export interface AuditFilter {
  q: string;
  actor: string;
  action: string;
  outcome: '' | 'success' | 'refused' | 'failure';
  /** Days as the date field writes them, `2026-04-01`, in the user's zone; empty: no limit. */
  from: string;
  to: string;
}

export const OUTCOMES = ['success', 'refused', 'failure'] as const;

/** The filter that an address names; what it does not know counts as not set. */
export function filterOf(query: URLSearchParams): AuditFilter {
  const text = (name: string): string => query.get(name) ?? '';
  const outcome = OUTCOMES.find((known) => known === query.get('outcome')) ?? '';
  const date = (name: string): string => (/^\d{4}-\d{2}-\d{2}$/.test(text(name)) ? text(name) : '');
  return { q: text('q'), actor: text('actor'), action: text('action'), outcome, from: date('from'), to: date('to') };
}

/** The same for the server: days become moments in the user's zone, the last day included. */
export function queryOf(filter: AuditFilter): {
  q?: string;
  actor?: string;
  action?: string;
  outcome?: 'success' | 'refused' | 'failure';
  from?: number;
  to?: number;
} {
  return {
    ...(filter.q === '' ? {} : { q: filter.q.slice(0, 100) }),
    ...(filter.actor === '' ? {} : { actor: filter.actor.slice(0, 64) }),
    ...(filter.action === '' ? {} : { action: filter.action.slice(0, 64) }),
    ...(filter.outcome === '' ? {} : { outcome: filter.outcome }),
    ...(filter.from === '' ? {} : { from: new Date(`${filter.from}T00:00:00.000`).getTime() }),
    ...(filter.to === '' ? {} : { to: new Date(`${filter.to}T23:59:59.999`).getTime() }),
  };
}
