import { SWITCH_KINDS, type EditionChange, type SwitchKind } from '../../protocol/api/edition.ts';
import type { Tx } from '../platform/database.ts';
import { and, desc, eq, sql } from '../platform/drizzle.ts';
import type { Edition } from './edition.ts';
import { editionOffTable, editionVersionsTable } from './edition.tables.ts';

export function readEdition(tx: Tx): Edition {
  const off = Map.groupBy(tx.select().from(editionOffTable).all(), ({ kind }) => kind);
  return Object.fromEntries(
    SWITCH_KINDS.map((kind) => [kind, new Set(off.get(kind)?.map(({ subject }) => subject))]),
  ) as Record<SwitchKind, Set<string>>; // One entry for each kind.
}

/** Compares nothing: whoever writes has looked, in the same transaction. */
export function writeSwitch(tx: Tx, { which: { kind, subject }, isOn }: EditionChange): void {
  if (isOn) {
    const isIt = and(eq(editionOffTable.kind, kind), eq(editionOffTable.subject, subject));
    tx.delete(editionOffTable).where(isIt).run();
  } else tx.insert(editionOffTable).values({ kind, subject }).onConflictDoNothing().run();
}

export interface EditionVersion {
  version: number;
  changedAt: number;
  changedBy: string;
}

/** Undefined as long as nobody has changed anything. */
export function readEditionVersion(tx: Tx): EditionVersion | undefined {
  return tx.select().from(editionVersionsTable).orderBy(desc(editionVersionsTable.version)).limit(1).get();
}

export function insertEditionVersion(tx: Tx, version: EditionVersion): void {
  tx.insert(editionVersionsTable).values(version).run();
}

/** All that switches can be about. Categories are the desk's, a layer above; of them only the ids matter here. */
export function listSwitchSubjects(tx: Tx): { departmentIds: string[]; categoryIds: string[] } {
  const ids = (table: 'departments' | 'categories'): string[] =>
    tx.all<{ id: string }>(sql`SELECT id FROM ${sql.identifier(table)}`).map(({ id }) => id);
  return { departmentIds: ids('departments'), categoryIds: ids('categories') };
}
