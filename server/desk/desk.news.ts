import type { Message } from '../../protocol/api/desk.ts';
import type { LiveFromServer } from '../../protocol/api/live.ts';
import type { Database } from '../platform/database.ts';
import type { LiveHub } from '../platform/live.ts';
import type { RequestRow } from './desk.tables.ts';
import { DESK_ROLES, isOnDesk } from './request-rights.ts';
import { findRequest } from './requests.repository.ts';

/** Tells the pages of those who may see a request, and nobody else, that something about it is new. */
export interface DeskNews {
  requestChanged(row: Pick<RequestRow, 'id' | 'employeeId'>): void;
  messageAdded(row: Pick<RequestRow, 'id' | 'employeeId'>, message: Message): void;
  queueChanged(): void;
  presenceChanged(): void;
  /** To the colleague who has it now. */
  handedOver(row: Pick<RequestRow, 'id'>, to: { agentId: string; from: string; employee: string }): void;
}

export function createDeskNews(hub: LiveHub): DeskNews {
  function tellDesk(message: LiveFromServer): void {
    for (const role of DESK_ROLES) hub.notifyRole(role, message);
  }
  return {
    requestChanged: (row) => {
      hub.notifyPerson(row.employeeId, { type: 'request/changed', requestId: row.id });
      tellDesk({ type: 'request/changed', requestId: row.id });
      tellDesk({ type: 'queue/changed' });
    },
    messageAdded: (row, message) => {
      hub.notifyPerson(row.employeeId, { type: 'message/added', message });
      tellDesk({ type: 'message/added', message });
    },
    queueChanged: () => tellDesk({ type: 'queue/changed' }),
    presenceChanged: () => tellDesk({ type: 'presence/changed' }),
    handedOver: (row, { agentId, from, employee }) =>
      hub.notifyPerson(agentId, { type: 'request/handed-over', requestId: row.id, from, employee }),
  };
}

/** Passes "… is typing" between the employee and the desk. Whoever may not see the request is not heard. */
export function forwardTyping(hub: LiveHub, database: Database): () => void {
  return hub.onTyping(({ from, requestId }) => {
    const row = findRequest(database.db, requestId);
    if (row === undefined || from.personId === null) return;
    const typing: LiveFromServer = { type: 'typing', requestId, name: from.name };
    if (row.employeeId === from.personId) {
      if (row.agentId !== null) hub.notifyPerson(row.agentId, typing);
    } else if (isOnDesk(from.roles)) {
      hub.notifyPerson(row.employeeId, typing);
    }
  });
}
