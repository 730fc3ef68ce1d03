import { and, asc, count, desc, eq, gt, gte, inArray, lt, lte, sql, type SQL } from '../platform/drizzle.ts';
import type { z } from 'zod';
import type { AuditEvent, AuditPage, auditQuery } from '../../protocol/api/audit.ts';
import type { Receipt } from '../../protocol/api/receipt.ts';
import type { AuditAction } from '../../protocol/audit.ts';
import type { Tx } from '../platform/database.ts';
import { readHead } from './audit.ts';
import { auditCheckpointKeys, auditCheckpoints, auditEvents } from './audit.tables.ts';

export type AuditQuery = z.output<typeof auditQuery>;

/** One page, newest first. `total` counts all that match, on every page. */
export function readAuditPage(tx: Tx, query: AuditQuery): AuditPage {
  const matching = filterOf(query);
  const onPage = query.before === undefined ? matching : and(matching, lt(auditEvents.seq, query.before));
  const rows = tx
    .select()
    .from(auditEvents)
    .where(onPage)
    .orderBy(desc(auditEvents.seq))
    .limit(query.limit + 1)
    .all();
  const events = rows.slice(0, query.limit).map(toEvent);
  const total = tx.select({ total: count() }).from(auditEvents).where(matching).get()?.total ?? 0;
  const checkpoint = tx.select({ at: auditCheckpoints.at }).from(auditCheckpoints).orderBy(desc(auditCheckpoints.seq));
  const next = rows.length > query.limit ? (events.at(-1)?.seq ?? null) : null;
  return { events, next, head: { ...readHead(tx), checkpointAt: checkpoint.limit(1).get()?.at ?? null }, total };
}

/** The newest event of this action; null when there is none. */
export function readNewestOf(tx: Tx, action: AuditAction): AuditEvent | null {
  const newest = tx.select().from(auditEvents).where(eq(auditEvents.action, action)).orderBy(desc(auditEvents.seq));
  const row = newest.limit(1).get();
  return row === undefined ? null : toEvent(row);
}

/** The last signed checkpoint; null while there is none. */
export function readNewestCheckpoint(tx: Tx): { seq: number; at: number } | null {
  const { seq, at } = auditCheckpoints;
  return tx.select({ seq, at }).from(auditCheckpoints).orderBy(desc(auditCheckpoints.seq)).limit(1).get() ?? null;
}

/** What the chain says of one thing, oldest first: of these kinds, as far as it has not been deleted. */
export function listEventsOf(tx: Tx, targetId: string, actions: readonly AuditAction[]): AuditEvent[] {
  return tx
    .select()
    .from(auditEvents)
    .where(and(eq(auditEvents.targetId, targetId), inArray(auditEvents.action, [...actions])))
    .orderBy(asc(auditEvents.seq))
    .all()
    .map(toEvent);
}

/** The end of the chain, and the last signature, with all that is needed to verify it elsewhere. */
export function readAnchor(tx: Tx): Receipt['chain'] {
  const { seq, hash, at, serialNumber, signature } = auditCheckpoints;
  const { certificate } = auditCheckpointKeys;
  const head = tx
    .select({ seq: auditEvents.seq, hash: auditEvents.hash, at: auditEvents.at })
    .from(auditEvents)
    .orderBy(desc(auditEvents.seq))
    .limit(1)
    .get();
  const checkpoint = tx
    .select({ seq, hash, at, serialNumber, signature, certificate })
    .from(auditCheckpoints)
    .innerJoin(auditCheckpointKeys, eq(auditCheckpointKeys.serialNumber, serialNumber))
    .orderBy(desc(seq))
    .limit(1)
    .get();
  return { head: head ?? { ...readHead(tx), at: 0 }, checkpoint: checkpoint ?? null };
}

/** When the first event came that no checkpoint has signed; null when all are. */
export function readUnsignedSince(tx: Tx): number | null {
  const signedUpTo = readNewestCheckpoint(tx)?.seq ?? 0;
  const unsigned = tx.select({ at: auditEvents.at }).from(auditEvents).where(gt(auditEvents.seq, signedUpTo));
  return unsigned.orderBy(asc(auditEvents.seq)).limit(1).get()?.at ?? null;
}

function filterOf(query: AuditQuery): SQL | undefined {
  return and(
    query.actor === undefined ? undefined : eq(auditEvents.actorId, query.actor),
    query.action === undefined ? undefined : eq(auditEvents.action, query.action),
    query.outcome === undefined ? undefined : eq(auditEvents.outcome, query.outcome),
    query.from === undefined ? undefined : gte(auditEvents.at, query.from),
    query.to === undefined ? undefined : lte(auditEvents.at, query.to),
    query.q === undefined || query.q.trim() === '' ? undefined : contains(query.q.trim()),
  );
}

const escapeLike = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

/** Some value of the payload contains the text. The first condition is cheap and decides most rows. */
function contains(text: string): SQL | undefined {
  const asJson = escapeLike(JSON.stringify(text).slice(1, -1));
  return and(
    sql`${auditEvents.payload} LIKE ${asJson} ESCAPE '\\'`,
    sql`EXISTS (SELECT 1 FROM json_tree(${auditEvents.payload}) WHERE atom LIKE ${escapeLike(text)} ESCAPE '\\')`,
  );
}

/** An event whose payload was deleted still stands in its place, without saying what it was. */
const DELETED = {
  actor: { id: '', label: '' },
  action: 'deleted',
  target: null,
  outcome: 'success',
  detail: {},
} as const;

function toEvent(row: typeof auditEvents.$inferSelect): AuditEvent {
  const { seq, at, hash } = row;
  // Our own writing, protected by the chain; the verifier, not the reader, judges it.
  const payload = row.payload === null ? DELETED : (JSON.parse(row.payload) as Omit<AuditEvent, 'seq' | 'at' | 'hash'>);
  return { ...payload, seq, at, hash };
}
