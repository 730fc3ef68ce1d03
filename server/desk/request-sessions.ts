import type { SessionState } from '../../protocol/lifecycle.ts';
import type { Tx } from '../platform/database.ts';

/** What remains to be done once the transaction has committed: telling pages, closing sockets. */
export type AfterCommit = () => void;

export type RequestMove = 'solved' | 'cancelled' | 'released' | 'taken-over';

/** The desk's view of remote sessions, filled by the layer above it. */
export interface RequestSessions {
  /** The newest session of each request that has one. */
  newest(tx: Tx, requestIds: readonly string[]): Map<string, { id: string; state: SessionState }>;
  /** A request moved on: its session, if one is open, ends in the same transaction. */
  requestMoved(tx: Tx, requestId: string, move: RequestMove): AfterCommit[];
}

/** An appliance without sessions, for tests of the desk alone. */
export const NO_SESSIONS: RequestSessions = { newest: () => new Map(), requestMoved: () => [] };
