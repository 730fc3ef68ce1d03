import { eq, sql } from '../platform/drizzle.ts';
import type { Department } from '../../protocol/api/access.ts';
import type { Tx } from '../platform/database.ts';
import { departmentsTable, organisationTable, peopleTable } from './access.tables.ts';
import { foldText, sortKeyOf } from './name-keys.ts';

/** Null until set-up is done. */
export function readOrganisationName(tx: Tx): string | null {
  return tx.select({ name: organisationTable.name }).from(organisationTable).get()?.name ?? null;
}

/** Null until set-up is done. */
export function readSetUpAt(tx: Tx): number | null {
  return tx.select({ setUpAt: organisationTable.setUpAt }).from(organisationTable).get()?.setUpAt ?? null;
}

export function insertOrganisation(tx: Tx, organisation: { name: string; setUpAt: number }): void {
  tx.insert(organisationTable)
    .values({ onlyRow: 1, ...organisation })
    .run();
}

const departmentColumns = {
  id: departmentsTable.id,
  name: departmentsTable.name,
  peopleCount: sql<number>`(SELECT count(*) FROM ${peopleTable} WHERE ${peopleTable.departmentId} = ${departmentsTable}.id)`,
};

export function listDepartments(tx: Tx): Department[] {
  return tx
    .select(departmentColumns)
    .from(departmentsTable)
    .orderBy(departmentsTable.sortKey, departmentsTable.id)
    .all();
}

export function findDepartment(tx: Tx, departmentId: string): Department | null {
  return tx.select(departmentColumns).from(departmentsTable).where(eq(departmentsTable.id, departmentId)).get() ?? null;
}

/** Without counting anybody: an import asks this for each of its people. */
export function hasDepartment(tx: Tx, departmentId: string): boolean {
  const { id } = departmentsTable;
  return tx.select({ id }).from(departmentsTable).where(eq(id, departmentId)).get() !== undefined;
}

export function insertDepartment(tx: Tx, department: { id: string; name: string; createdAt: number }): void {
  tx.insert(departmentsTable)
    .values({ ...department, ...departmentKeys(department.name) })
    .run();
}

/** False when there is no such department. */
export function renameDepartment(tx: Tx, departmentId: string, name: string): boolean {
  const change = { name, ...departmentKeys(name) };
  return tx.update(departmentsTable).set(change).where(eq(departmentsTable.id, departmentId)).run().changes === 1;
}

export function deleteDepartment(tx: Tx, departmentId: string): void {
  tx.delete(departmentsTable).where(eq(departmentsTable.id, departmentId)).run();
}

export function departmentKeys(name: string) {
  return { searchKey: foldText(name), sortKey: sortKeyOf(name) };
}
