import type { Category, PersonRef, QueueRef, Request } from '../../protocol/api/desk.ts';
import { readPersonRefs } from '../access/people.repository.ts';
import type { Tx } from '../platform/database.ts';
import { availabilityIn } from '../policy/availability.ts';
import { listAttachments, toAttachment } from './attachments.repository.ts';
import { listCategories } from './categories.repository.ts';
import type { RequestRow } from './desk.tables.ts';
import type { RequestSessions } from './request-sessions.ts';
import { listQueues, toQueueRef } from './queues.repository.ts';
import { readPlaces } from './requests.repository.ts';

/** Requests as the pages show them. */
export function viewRequests(tx: Tx, rows: readonly RequestRow[], sessions: RequestSessions): Request[] {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const people = readPersonRefs(
    tx,
    rows.flatMap((row) => (row.agentId === null ? [row.employeeId] : [row.employeeId, row.agentId])),
  );
  const categories = new Map(listCategories(tx).map((category) => [category.id, category]));
  const queues = new Map(listQueues(tx).map((row) => [row.id, toQueueRef(row)]));
  const places = rows.some((row) => row.state === 'waiting') ? readPlaces(tx) : new Map<string, number>();
  const attachments = Map.groupBy(listAttachments(tx, ids), (attachment) => attachment.requestId);
  const newest = sessions.newest(tx, ids);
  const isAvailable = availabilityIn(tx);
  return rows.map((row) => ({
    id: row.id,
    state: row.state,
    category: promised<Category>(categories, row.categoryId),
    queue: promised<QueueRef>(queues, row.queueId),
    impact: row.impact,
    priority: row.priority,
    symptom: row.symptom,
    tried: row.tried,
    expected: row.expected,
    employee: promised<PersonRef>(people, row.employeeId),
    agent: row.agentId === null ? null : promised<PersonRef>(people, row.agentId),
    createdAt: row.createdAt,
    takenAt: row.takenAt,
    closedAt: row.closedAt,
    lastMessageAt: row.lastMessageAt,
    attachments: (attachments.get(row.id) ?? []).map(toAttachment),
    session: newest.get(row.id) ?? null,
    isAssistanceAvailable: isAvailable({ ...row, sharerId: row.employeeId }),
    ahead: places.get(row.id) ?? null,
  }));
}

/** For ids that a foreign key has promised. */
function promised<Value>(known: ReadonlyMap<string, Value>, id: string): Value {
  const value = known.get(id);
  if (value === undefined) throw new Error(`${id} is referred to and does not exist`);
  return value;
}
