import { createHash } from 'node:crypto';
import type { z } from 'zod';
import {
  type ImportChoices,
  type Imported,
  type importOrder,
  type ImportPreview,
  type ImportRow,
} from '../../protocol/api/people-import.ts';
import type { AuditParty } from '../audit/audit.ts';
import type { Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { newId } from '../platform/random.ts';
import type { AccessDeps } from './access.ts';
import { planImport, type ImportPlan } from './import-plan.ts';
import { insertDepartment, listDepartments } from './organisation.repository.ts';
import { readPeopleCsv, type PeopleCsv } from './people-csv.ts';
import { announceChange, auditAdded, changePerson } from './people.ts';
import { insertPeople, listPeopleByNumber, listWorkingAdmins } from './people.repository.ts';

/** A page shows these; whoever has more wrong than that begins with the first. */
const MAX_SHOWN_ERRORS = 200;

/** People from a file, all of them or none. */
export interface PeopleImport {
  preview(bytes: Buffer, choices: ImportChoices): ImportPreview;
  run(actor: AuditParty, bytes: Buffer, order: z.infer<typeof importOrder>): Imported;
}

export function createPeopleImport(deps: AccessDeps): PeopleImport {
  return {
    preview: (bytes, choices) => {
      const file = readPeopleCsv(bytes, choices.encoding);
      return show(file, planOf(deps.database.db, file, choices), digestOf(bytes));
    },
    run: (actor, bytes, { digest, ...choices }) => {
      const file = readPeopleCsv(bytes, choices.encoding);
      const done = deps.database.transaction((tx) => {
        // Judged again on the people of this moment: what was shown is what is done, or nothing is.
        const plan = planOf(tx, file, choices);
        if (plan.errors.length > 0 || plan.open.length > 0) throw new AppError('import.has-errors');
        if (digestOfPlan(plan, digestOf(bytes)) !== digest) throw new AppError('import.changed');
        return apply(deps, tx, { actor, plan, bytes });
      });
      for (const change of done.changes) announceChange(deps, change);
      return done.imported;
    },
  };
}

function planOf(tx: Tx, file: PeopleCsv, choices: ImportChoices): ImportPlan {
  const numbers = file.rows.map(({ cells }) => cells.employeeNumber ?? '');
  const ground = {
    people: listPeopleByNumber(tx, numbers),
    departments: listDepartments(tx),
    workingAdmins: listWorkingAdmins(tx),
  };
  const plan = planImport(file.rows, ground, choices);
  return { ...plan, errors: [...file.errors, ...plan.errors].sort((a, b) => a.line - b.line) };
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Of everything that would be written and of what it would be written over. */
function digestOfPlan({ rows, newDepartments, asks, open }: ImportPlan, sha256: string): string {
  return createHash('sha256')
    .update(JSON.stringify({ sha256, rows, newDepartments, asks, open }), 'utf8')
    .digest('hex');
}

function show(file: PeopleCsv, plan: ImportPlan, sha256: string): ImportPreview {
  const { encoding, separator, ignoredColumns } = file;
  const { newDepartments, privileged, asks, open } = plan;
  return {
    digest: digestOfPlan(plan, sha256),
    encoding,
    separator,
    ignoredColumns: ignoredColumns.map((column) => column.slice(0, 80)).slice(0, 50),
    errors: plan.errors.slice(0, MAX_SHOWN_ERRORS),
    errorCount: plan.errors.length,
    rows: plan.rows.map(({ personId: _personId, ...row }): ImportRow => row),
    newDepartments,
    privileged,
    asks,
    open,
  };
}

interface Applying {
  actor: AuditParty;
  plan: ImportPlan;
  bytes: Buffer;
}

function apply(deps: AccessDeps, tx: Tx, { actor, plan, bytes }: Applying) {
  const importId = newId('imp', deps.random);
  const departmentOf = addDepartments(deps, tx, { actor, plan, importId });
  const { links, linksExpireAt } = addPeople(deps, tx, { actor, plan, importId, departmentOf });
  const changes = inOrder(plan.rows).flatMap(({ kind, personId, name, department, roles }) => {
    if (kind !== 'change' || personId === null) return [];
    const body = { name, departmentId: departmentOf(department), roles };
    return [changePerson(deps, tx, { actor, personId, body, importId })];
  });
  const counts = { added: links.length, changed: changes.length, departments: plan.newDepartments.length };
  deps.audit.append(tx, {
    actor,
    action: 'people/imported',
    detail: { import: importId, sha256: digestOf(bytes), bytes: bytes.byteLength, rows: plan.rows.length, ...counts },
  });
  return { changes, imported: { ...counts, links, linksExpireAt } };
}

type Adding = Omit<Applying, 'bytes'> & { importId: string; departmentOf: (name: string) => string };

function addPeople(deps: AccessDeps, tx: Tx, { actor, plan, importId, departmentOf }: Adding) {
  const createdAt = deps.clock.now();
  const people = plan.rows
    .filter(({ kind }) => kind === 'add')
    .map(({ employeeNumber, name, department, roles }) => {
      const departmentId = departmentOf(department);
      const id = newId('per', deps.random);
      return { id, employeeNumber, name, department, departmentId, roles, passwordHash: null, createdAt };
    });
  insertPeople(
    tx,
    people.map(({ department: _department, ...person }) => person),
  );
  for (const person of people) auditAdded(deps, tx, { actor, person, importId });
  const { urls, expiresAt: linksExpireAt } = deps.passwordLinks.issueAll(
    tx,
    people.map(({ id }) => id),
  );
  const links = people.map(({ id: personId, employeeNumber, name }, index) => {
    return { personId, employeeNumber, name, url: urls[index] ?? '' };
  });
  return { links, linksExpireAt };
}

/** New administrators first: the last one may hand the role over in one file. */
function inOrder(rows: ImportPlan['rows']): ImportPlan['rows'] {
  const isAdmin = (row: ImportRow): boolean => row.roles.includes('admin');
  return [...rows.filter(isAdmin), ...rows.filter((row) => !isAdmin(row))];
}

function addDepartments(
  deps: AccessDeps,
  tx: Tx,
  { actor, plan, importId }: { actor: AuditParty; plan: ImportPlan; importId: string },
): (name: string) => string {
  for (const name of plan.newDepartments) {
    const id = newId('dep', deps.random);
    insertDepartment(tx, { id, name, createdAt: deps.clock.now() });
    const detail = { name, import: importId };
    deps.audit.append(tx, { actor, action: 'department/added', target: { id, label: name }, detail });
  }
  const ids = new Map(listDepartments(tx).map(({ id, name }) => [name, id]));
  return (name) => {
    const id = ids.get(name);
    if (id === undefined) throw new Error('the plan names departments that exist or that it adds');
    return id;
  };
}
