import type { StatusSession } from '../../protocol/api/status.ts';
import { modeOf } from '../../protocol/capabilities.ts';
import type { RoomFigures } from '../relay/relay.room.ts';
import type { Tx } from '../platform/database.ts';
import { promisedRef } from './session-view.ts';
import type { SessionsCore } from './sessions.core.ts';
import { listOpenSessions } from './sessions.repository.ts';
import type { SessionRow } from './sessions.tables.ts';

/** An open session as the operator sees it: who with whom and how much, never what. */
export interface OpenSession extends Omit<StatusSession, 'bytes' | 'bytesPerS' | 'framesPerS'> {
  figures: RoomFigures;
  /** When the relay told these figures; null before it has. */
  figuresAt: number | null;
}

/** Oldest first. */
export function viewOpenSessions(tx: Tx, core: SessionsCore): OpenSession[] {
  return listOpenSessions(tx)
    .toSorted((a, b) => a.createdAt - b.createdAt)
    .map((row) => viewOpenSession(tx, row, core));
}

function viewOpenSession(tx: Tx, row: SessionRow, core: SessionsCore): OpenSession {
  const { isAgentConnected, isDeviceConnected, figures, figuresAt } = core.presence.of(row.id);
  return {
    id: row.id,
    state: row.state,
    stateSince: row.stateSince,
    agent: promisedRef(tx, row.agentId),
    sharer: promisedRef(tx, row.sharerId),
    isGuest: row.isGuest,
    grantedMode: modeOf(core.rights(tx, row)),
    isAgentConnected,
    isDeviceConnected,
    path: isAgentConnected && isDeviceConnected ? 'relay' : null,
    figures,
    figuresAt,
  };
}
