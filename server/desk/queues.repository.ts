import { and, asc, count, eq, inArray, max, min, ne } from '../platform/drizzle.ts';
import type { QueueRef } from '../../protocol/api/desk.ts';
import type { Tx } from '../platform/database.ts';
import {
  categoriesTable,
  queueChoicesTable,
  queueDepartmentsTable,
  queuesTable,
  requestsTable,
  type QueueRow,
} from './desk.tables.ts';

export function listQueues(tx: Tx): QueueRow[] {
  return tx.select().from(queuesTable).orderBy(asc(queuesTable.position), asc(queuesTable.id)).all();
}

export function findQueue(tx: Tx, queueId: string): QueueRow | undefined {
  return tx.select().from(queuesTable).where(eq(queuesTable.id, queueId)).get();
}

/** Where what no category sends elsewhere goes. There always is one: the migration makes it, and it only moves. */
export function readDefaultQueueId(tx: Tx): string {
  const row = tx.select({ id: queuesTable.id }).from(queuesTable).where(eq(queuesTable.isDefault, true)).get();
  if (row === undefined) throw new Error('there is no default queue');
  return row.id;
}

export function toQueueRef({ id, nameEn, nameZh }: QueueRow): QueueRef {
  return { id, name: { en: nameEn, 'zh-CN': nameZh } };
}

/** Adds one at the end. */
export function insertQueue(tx: Tx, { id, name }: QueueRef): void {
  const last = tx
    .select({ position: max(queuesTable.position) })
    .from(queuesTable)
    .get();
  const position = (last?.position ?? 0) + 1;
  tx.insert(queuesTable)
    .values({ id, nameEn: name.en, nameZh: name['zh-CN'], isDefault: false, isActive: true, position })
    .run();
}

export function updateQueue(tx: Tx, queueId: string, change: { name?: QueueRef['name']; isActive?: boolean }): void {
  const { name, isActive } = change;
  const columns = {
    ...(name !== undefined && { nameEn: name.en, nameZh: name['zh-CN'] }),
    ...(isActive !== undefined && { isActive }),
  };
  if (Object.keys(columns).length === 0) return;
  tx.update(queuesTable).set(columns).where(eq(queuesTable.id, queueId)).run();
}

export function makeDefault(tx: Tx, queueId: string): void {
  tx.update(queuesTable).set({ isDefault: false }).where(ne(queuesTable.id, queueId)).run();
  tx.update(queuesTable).set({ isDefault: true }).where(eq(queuesTable.id, queueId)).run();
}

export function writeQueueDepartments(tx: Tx, queueId: string, departmentIds: readonly string[]): void {
  tx.delete(queueDepartmentsTable).where(eq(queueDepartmentsTable.queueId, queueId)).run();
  const rows = [...new Set(departmentIds)].map((departmentId) => ({ queueId, departmentId }));
  if (rows.length > 0) tx.insert(queueDepartmentsTable).values(rows).run();
}

/** Queue id → ids of the departments that see it first. */
export function readQueueDepartments(tx: Tx): Map<string, string[]> {
  const rows = tx.select().from(queueDepartmentsTable).all();
  const byQueue = Map.groupBy(rows, ({ queueId }) => queueId);
  return new Map([...byQueue].map(([id, all]) => [id, all.map(({ departmentId }) => departmentId)]));
}

/** Null: the person leaves it to their department. */
export function writeQueueChoice(tx: Tx, personId: string, queueIds: readonly string[] | null): void {
  tx.delete(queueChoicesTable).where(eq(queueChoicesTable.personId, personId)).run();
  const rows = [...new Set(queueIds ?? [])].map((queueId) => ({ personId, queueId }));
  if (rows.length > 0) tx.insert(queueChoicesTable).values(rows).run();
}

export function readQueueChoice(tx: Tx, personId: string): string[] {
  return tx
    .select({ queueId: queueChoicesTable.queueId })
    .from(queueChoicesTable)
    .where(eq(queueChoicesTable.personId, personId))
    .all()
    .map(({ queueId }) => queueId);
}

/** Queue id → how many wait there, and since when the oldest. Empty ones are missing. */
export function countWaiting(tx: Tx): Map<string, { waiting: number; oldestAt: number | null }> {
  const rows = tx
    .select({ queueId: requestsTable.queueId, waiting: count(), oldestAt: min(requestsTable.createdAt) })
    .from(requestsTable)
    .where(eq(requestsTable.state, 'waiting'))
    .groupBy(requestsTable.queueId)
    .all();
  return new Map(rows.map(({ queueId, ...waiting }) => [queueId, waiting]));
}

/** Whether a category sends requests here, or an open one is here. */
export function isQueueInUse(tx: Tx, queueId: string): boolean {
  const category = tx
    .select({ id: categoriesTable.id })
    .from(categoriesTable)
    .where(eq(categoriesTable.queueId, queueId))
    .get();
  const isOpen = inArray(requestsTable.state, ['waiting', 'taken']);
  const request = tx
    .select({ id: requestsTable.id })
    .from(requestsTable)
    .where(and(eq(requestsTable.queueId, queueId), isOpen))
    .get();
  return category !== undefined || request !== undefined;
}
