import { and, asc, count, desc, eq, isNotNull, isNull, sql, type SQL } from '../platform/drizzle.ts';
import type { PeopleFilter, PeopleQuery, PeopleSort, PersonState } from '../../protocol/api/access.ts';
import type { Tx } from '../platform/database.ts';
import { departmentsTable, peopleTable, personRolesTable } from './access.tables.ts';
import { searchWords } from './name-keys.ts';
import { departmentKeys } from './organisation.repository.ts';
import { keysOf, selectPeople, toRecord, type PersonRecord } from './people.repository.ts';

/** One page of those who match, and how many match. */
export function listPeople(tx: Tx, query: PeopleQuery): { people: PersonRecord[]; total: number } {
  const rows = selectPeople(tx)
    .where(filterOf(query))
    .orderBy(...orderOf(query))
    .limit(query.size)
    .offset((query.page - 1) * query.size)
    .all();
  const found = tx
    .select({ total: count() })
    .from(peopleTable)
    .innerJoin(departmentsTable, eq(departmentsTable.id, peopleTable.departmentId))
    .where(filterOf(query))
    .get();
  return { people: rows.map(toRecord), total: found?.total ?? 0 };
}

/** All who match, by number. */
export function listAllPeople(tx: Tx, filter: PeopleFilter): PersonRecord[] {
  return selectPeople(tx).where(filterOf(filter)).orderBy(asc(peopleTable.employeeNumber)).all().map(toRecord);
}

const IS_IN_STATE = {
  active: and(eq(peopleTable.isActive, true), isNotNull(peopleTable.passwordHash)),
  'no-password': and(eq(peopleTable.isActive, true), isNull(peopleTable.passwordHash)),
  inactive: eq(peopleTable.isActive, false),
} satisfies Record<PersonState, SQL | undefined>;

function filterOf({ q, department, role, state }: PeopleFilter): SQL | undefined {
  return and(
    ...searchWords(q).map(containsWord),
    department === undefined ? undefined : eq(peopleTable.departmentId, department),
    role === undefined ? undefined : hasRole(role),
    state === undefined ? undefined : IS_IN_STATE[state],
  );
}

function containsWord(word: string): SQL {
  const pattern = `%${word.replace(/[\\%_]/g, '\\$&')}%`;
  return sql`(${peopleTable.searchKey} LIKE ${pattern} ESCAPE '\\' OR ${departmentsTable.searchKey} LIKE ${pattern} ESCAPE '\\')`;
}

function hasRole(role: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${personRolesTable} WHERE ${personRolesTable.personId} = ${peopleTable.id} AND ${personRolesTable.role} = ${role})`;
}

const SORTED_BY = {
  name: peopleTable.sortKey,
  number: peopleTable.employeeNumber,
  department: departmentsTable.sortKey,
  'last-sign-in': peopleTable.lastSignInAt,
} as const satisfies Record<PeopleSort, unknown>;

/** By what was asked, then by name; the id makes the order of pages certain. Who never signed in comes last either way. */
function orderOf({ sort, order }: PeopleQuery): SQL[] {
  const direction = order === 'asc' ? asc : desc;
  const isNever = sort === 'last-sign-in' ? [asc(isNull(peopleTable.lastSignInAt))] : [];
  return [...isNever, direction(SORTED_BY[sort]), direction(peopleTable.sortKey), asc(peopleTable.id)];
}

/** Keys of people and departments from before there were keys. Every start: usually nothing is to be done. */
export function fillNameKeys(tx: Tx): void {
  const { id, name, employeeNumber } = peopleTable;
  for (const person of tx
    .select({ id, name, employeeNumber })
    .from(peopleTable)
    .where(eq(peopleTable.sortKey, ''))
    .all())
    tx.update(peopleTable).set(keysOf(person)).where(eq(peopleTable.id, person.id)).run();
  const departments = tx
    .select({ id: departmentsTable.id, name: departmentsTable.name })
    .from(departmentsTable)
    .where(eq(departmentsTable.sortKey, ''));
  for (const department of departments.all())
    tx.update(departmentsTable)
      .set(departmentKeys(department.name))
      .where(eq(departmentsTable.id, department.id))
      .run();
}
