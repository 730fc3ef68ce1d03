import type { Handover, HandOver } from '../../protocol/api/queues.ts';
import { findPerson, readPersonRefs } from '../access/people.repository.ts';
import type { Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { listHandovers } from './handovers.repository.ts';
import { findQueue, listQueues, toQueueRef } from './queues.repository.ts';
import type { HandOverTarget } from './request-moves.ts';
import { isOnDesk } from './request-rights.ts';

/** Where a request is to go: somebody who is on the desk, or a queue that is open. */
export function findTarget(tx: Tx, to: HandOver): HandOverTarget {
  if ('agentId' in to) {
    const person = findPerson(tx, to.agentId);
    if (person === null || !person.isActive || !isOnDesk(person.roles)) throw new AppError('handover.not-possible');
    return { kind: 'agent', id: person.id, name: person.name };
  }
  const queue = findQueue(tx, to.queueId);
  if (queue === undefined || !queue.isActive) throw new AppError('handover.not-possible');
  return { kind: 'queue', id: queue.id, name: queue.nameEn };
}

/** With their notes: for the desk alone. */
export function viewHandovers(tx: Tx, requestId: string): Handover[] {
  const rows = listHandovers(tx, requestId);
  const people = readPersonRefs(
    tx,
    rows.flatMap(({ byId, toAgentId }) => (toAgentId === null ? [byId] : [byId, toAgentId])),
  );
  const queues = new Map(listQueues(tx).map((row) => [row.id, toQueueRef(row)]));
  return rows.map(({ id, byId, toAgentId, toQueueId, note, handedOverAt }) => {
    const by = people.get(byId);
    if (by === undefined) throw new Error(`${byId} is referred to and does not exist`);
    const toAgent = toAgentId === null ? null : (people.get(toAgentId) ?? null);
    const toQueue = toQueueId === null ? null : (queues.get(toQueueId) ?? null);
    return { id, by, toAgent, toQueue, note, handedOverAt };
  });
}
