import type { Tx } from '../platform/database.ts';
import type { Audit } from '../audit/audit.ts';
import { auditPartyOf, auditTargetOf } from './session.actions.ts';
import { findSession } from './sessions.repository.ts';

/**
 * What the relay refused to forward, counted in memory and written to the chain every few seconds: a hostile end must not
 * be able to write an event a chunk.
 */
export interface RelayRefusals {
  note(sessionId: string, who: 'agent' | 'device', refusals: readonly { reason: string; count: number }[]): void;
  /** Writes and forgets what was counted. */
  flush(tx: Tx): void;
  isEmpty(): boolean;
}

export function createRelayRefusals(audit: Audit): RelayRefusals {
  const counts = new Map<string, { sessionId: string; who: 'agent' | 'device'; reason: string; count: number }>();
  return {
    note: (sessionId, who, refusals) => {
      for (const { reason, count } of refusals) {
        const key = `${sessionId} ${who} ${reason}`;
        const known = counts.get(key)?.count ?? 0;
        counts.set(key, { sessionId, who, reason, count: known + count });
      }
    },
    flush: (tx) => {
      for (const { sessionId, who, reason, count } of counts.values()) {
        const row = findSession(tx, sessionId);
        if (row === undefined) continue;
        audit.append(tx, {
          actor: auditPartyOf(tx, row, who === 'agent' ? 'agent' : 'sharer'),
          action: 'relay/refused',
          target: auditTargetOf(tx, row),
          outcome: 'refused',
          detail: { reason, count },
        });
      }
      counts.clear();
    },
    isEmpty: () => counts.size === 0,
  };
}
