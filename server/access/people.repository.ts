import { and, eq, inArray, sql, isNotNull } from '../platform/drizzle.ts';
import type { Language } from '../../protocol/api/shared.ts';
import { ROLES, type Person, type Role } from '../../protocol/api/access.ts';
import type { PersonRef } from '../../protocol/api/desk.ts';
import type { Tx } from '../platform/database.ts';
import { departmentsTable, peopleTable, personPhotosTable, personRolesTable } from './access.tables.ts';
import { foldText, sortKeyOf } from './name-keys.ts';

/** A person as the database knows them; `Person` of the protocol is made from it. */
export interface PersonRecord extends Person {
  language: Language | null;
}

/** Roles come as one comma-separated column, photos as whether there is one. */
const columns = {
  id: peopleTable.id,
  employeeNumber: peopleTable.employeeNumber,
  name: peopleTable.name,
  department: departmentsTable.name,
  departmentId: peopleTable.departmentId,
  isActive: peopleTable.isActive,
  hasPassword: sql<number>`${peopleTable.passwordHash} IS NOT NULL`,
  hasPhoto: sql<number>`EXISTS (SELECT 1 FROM ${personPhotosTable} WHERE ${personPhotosTable.personId} = ${peopleTable.id})`,
  roles: sql<string>`(SELECT COALESCE(group_concat(${personRolesTable.role}), '') FROM ${personRolesTable} WHERE ${personRolesTable.personId} = ${peopleTable.id})`,
  language: peopleTable.language,
  createdAt: peopleTable.createdAt,
  lastSignInAt: peopleTable.lastSignInAt,
};

export const selectPeople = (tx: Tx) =>
  tx.select(columns).from(peopleTable).innerJoin(departmentsTable, eq(departmentsTable.id, peopleTable.departmentId));

type Row = NonNullable<ReturnType<ReturnType<typeof selectPeople>['get']>>;

export function toRecord(row: Row): PersonRecord {
  const held = row.roles.split(',');
  return {
    ...row,
    roles: ROLES.filter((role) => held.includes(role)),
    hasPassword: row.hasPassword === 1,
    hasPhoto: row.hasPhoto === 1,
  };
}

export function findPerson(tx: Tx, personId: string): PersonRecord | null {
  const row = selectPeople(tx).where(eq(peopleTable.id, personId)).get();
  return row === undefined ? null : toRecord(row);
}

/** Upper and lower case of an employee number are the same number. */
export function findPersonByNumber(tx: Tx, employeeNumber: string): PersonRecord | null {
  const row = selectPeople(tx).where(eq(peopleTable.employeeNumber, employeeNumber)).get();
  return row === undefined ? null : toRecord(row);
}

/** Those of these numbers that somebody has. */
export function listPeopleByNumber(tx: Tx, employeeNumbers: readonly string[]): PersonRecord[] {
  return selectPeople(tx)
    .where(inArray(peopleTable.employeeNumber, [...employeeNumbers]))
    .all()
    .map(toRecord);
}

/** Everybody who may sign in and has one of these roles, by name, as others see them. */
export function listActiveWithRoles(tx: Tx, roles: readonly Role[]): PersonRef[] {
  const holders = tx
    .select({ id: personRolesTable.personId })
    .from(personRolesTable)
    .where(inArray(personRolesTable.role, [...roles]));
  return selectPeople(tx)
    .where(and(eq(peopleTable.isActive, true), inArray(peopleTable.id, holders)))
    .orderBy(peopleTable.sortKey, peopleTable.id)
    .all()
    .map(toRef);
}

/** How others see a person. */
export function readPersonRef(tx: Tx, personId: string): PersonRef | null {
  return readPersonRefs(tx, [personId]).get(personId) ?? null;
}

export function readPersonRefs(tx: Tx, personIds: readonly string[]): Map<string, PersonRef> {
  const rows = selectPeople(tx)
    .where(inArray(peopleTable.id, [...new Set(personIds)]))
    .all();
  return new Map(rows.map((row) => [row.id, toRef(row)]));
}

function toRef({ id, name, employeeNumber, department, hasPhoto }: Row): PersonRef {
  return { id, name, employeeNumber, department, hasPhoto: hasPhoto === 1 };
}

export interface NewPerson {
  id: string;
  employeeNumber: string;
  name: string;
  departmentId: string;
  roles: readonly Role[];
  passwordHash: string | null;
  createdAt: number;
}

export function insertPerson(tx: Tx, person: NewPerson): void {
  insertPeople(tx, [person]);
}

/** Rows of one statement: far from SQLite's limit of 32,766 variables. */
const ROWS_AT_ONCE = 500;

/** A statement for each person costs ten times as much, and nobody else is served meanwhile. */
export function insertPeople(tx: Tx, people: readonly NewPerson[]): void {
  for (const part of partsOf(people, ROWS_AT_ONCE)) {
    const rows = part.map(({ roles: _roles, ...row }) => ({
      ...row,
      ...keysOf(row),
      isActive: true,
      language: null,
      lastSignInAt: null,
    }));
    tx.insert(peopleTable).values(rows).run();
    const held = part.flatMap(({ id, roles }) => [...new Set(roles)].map((role) => ({ personId: id, role })));
    if (held.length > 0) tx.insert(personRolesTable).values(held).run();
  }
}

function partsOf<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

export function writeRoles(tx: Tx, personId: string, roles: readonly Role[]): void {
  tx.delete(personRolesTable).where(eq(personRolesTable.personId, personId)).run();
  for (const role of new Set(roles)) tx.insert(personRolesTable).values({ personId, role }).run();
}

export type PersonChange = Partial<
  Pick<
    typeof peopleTable.$inferInsert,
    'name' | 'departmentId' | 'isActive' | 'passwordHash' | 'language' | 'lastSignInAt'
  >
>;

export function updatePerson(tx: Tx, personId: string, change: PersonChange): void {
  const updated = tx
    .update(peopleTable)
    .set(change)
    .where(eq(peopleTable.id, personId))
    .returning({ name: peopleTable.name, employeeNumber: peopleTable.employeeNumber })
    .get();
  if (change.name === undefined || updated === undefined) return;
  tx.update(peopleTable).set(keysOf(updated)).where(eq(peopleTable.id, personId)).run();
}

export function keysOf({ name, employeeNumber }: { name: string; employeeNumber: string }) {
  return { searchKey: foldText(`${employeeNumber} ${name}`), sortKey: sortKeyOf(name) };
}

export function readPasswordHash(tx: Tx, personId: string): string | null {
  const row = tx
    .select({ passwordHash: peopleTable.passwordHash })
    .from(peopleTable)
    .where(eq(peopleTable.id, personId))
    .get();
  return row?.passwordHash ?? null;
}

/** Active administrators with a password: whoever could let others in again. */
export function listWorkingAdmins(tx: Tx): string[] {
  return tx
    .select({ id: peopleTable.id })
    .from(peopleTable)
    .innerJoin(personRolesTable, eq(personRolesTable.personId, peopleTable.id))
    .where(and(eq(personRolesTable.role, 'admin'), eq(peopleTable.isActive, true), isNotNull(peopleTable.passwordHash)))
    .all()
    .map(({ id }) => id);
}
