import {
  IMPORT_QUESTIONS,
  PRIVILEGED_ROLES,
  type ImportChoices,
  type ImportColumn,
  type ImportError,
  type ImportFault,
  type ImportPreview,
  type ImportQuestion,
  type ImportRow,
} from '../../protocol/api/people-import.ts';
import { employeeNumber as numberSchema, type Role } from '../../protocol/api/access.ts';
import { text } from '../../protocol/api/shared.ts';
import { isHonestName } from './names.ts';
import { faultOf, readRoles, type CsvRow } from './people-csv.ts';
import type { PersonRecord } from './people.repository.ts';

/** What the file is judged against. */
export interface ImportGround {
  /** Those of the numbers in the file that somebody has. */
  people: readonly PersonRecord[];
  departments: readonly { id: string; name: string }[];
  /** Ids of active administrators with a password. */
  workingAdmins: readonly string[];
}

/** What an import would do. A row that is wrong is not among the rows but among the errors. */
export interface ImportPlan {
  rows: (ImportRow & { personId: string | null })[];
  errors: ImportError[];
  newDepartments: string[];
  privileged: ImportPreview['privileged'];
  asks: ImportQuestion[];
  open: ImportQuestion[];
}

/** Pure: the same file on the same people with the same choices is the same plan. */
export function planImport(rows: readonly CsvRow[], ground: ImportGround, choices: ImportChoices): ImportPlan {
  const known = new Map(ground.people.map((person) => [person.employeeNumber.toLowerCase(), person]));
  const departments = departmentNames(ground.departments);
  const seen = new Map<string, number>();
  const plan: ImportPlan = { rows: [], errors: [], newDepartments: [], privileged: [], asks: [], open: [] };
  for (const row of rows) {
    const read = readRow(row, seen);
    plan.errors.push(...read.errors);
    if (read.errors.length > 0) continue;
    const department = departments.get(read.department.toLowerCase()) ?? read.department;
    const person = known.get(read.employeeNumber.toLowerCase());
    const planned = planRow({ ...read, department }, person, choices);
    plan.rows.push(planned);
    if (planned.kind !== 'add' && planned.kind !== 'change') continue;
    if (!departments.has(department.toLowerCase())) {
      departments.set(department.toLowerCase(), department);
      plan.newDepartments.push(department);
    }
    notePrivileged(plan, planned, person);
  }
  plan.errors.push(...lastAdminErrors(plan, ground));
  plan.errors.sort((a, b) => a.line - b.line);
  ask(plan, choices);
  return plan;
}

/** By lower-case name; an exact spelling is found before one that differs in case. */
function departmentNames(departments: ImportGround['departments']): Map<string, string> {
  return new Map(departments.map(({ name }) => [name.toLowerCase(), name]));
}

interface ReadRow {
  line: number;
  employeeNumber: string;
  name: string;
  department: string;
  /** Null: the file does not say. */
  roles: Role[] | null;
}

function readRow({ line, cells }: CsvRow, seen: Map<string, number>): ReadRow & { errors: ImportError[] } {
  const { employeeNumber = '', name = '', department = '', roles: roleCell = '' } = cells;
  const errors: ImportError[] = [];
  const refuse = (
    fault: ImportFault | undefined,
    column: ImportColumn,
    more: { value?: string; seeLine?: number } = {},
  ) => {
    if (fault !== undefined) errors.push(faultOf(fault, { line, column, value: cells[column] ?? '', ...more }));
  };
  const numberFault = employeeNumber === '' ? 'number.missing' : 'number.wrong';
  if (!numberSchema.safeParse(employeeNumber).success) refuse(numberFault, 'employeeNumber');
  else {
    const earlier = seen.get(employeeNumber.toLowerCase());
    if (earlier !== undefined) refuse('number.twice', 'employeeNumber', { seeLine: earlier });
    else seen.set(employeeNumber.toLowerCase(), line);
  }
  refuse(nameFault(name, 'name'), 'name');
  refuse(nameFault(department, 'department'), 'department');
  const { roles, unknown } = readRoles(roleCell);
  for (const word of unknown) refuse('role.unknown', 'roles', { value: word });
  return { line, employeeNumber, name, department, roles: roles.length === 0 ? null : roles, errors };
}

const MAX_NAME_LENGTH = 80;
const honestText = text(MAX_NAME_LENGTH);

function nameFault(value: string, what: 'name' | 'department'): ImportFault | undefined {
  if (value === '') return `${what}.missing`;
  if (value.length > MAX_NAME_LENGTH) return `${what}.too-long`;
  return honestText.safeParse(value).success && isHonestName(value) ? undefined : `${what}.wrong`;
}

function planRow(
  row: ReadRow,
  person: PersonRecord | undefined,
  { existing }: ImportChoices,
): ImportPlan['rows'][number] {
  const { line, employeeNumber, name, department } = row;
  if (person === undefined) {
    const roles: Role[] = row.roles ?? ['employee'];
    return { line, kind: 'add', employeeNumber, name, department, roles, before: null, personId: null };
  }
  const roles = row.roles ?? person.roles;
  const before = {
    ...(person.name !== name && { name: person.name }),
    ...(person.department !== department && { department: person.department }),
    ...(String(person.roles) !== String(roles) && { roles: person.roles }),
  };
  const differs = Object.keys(before).length > 0;
  const kind = !differs ? 'same' : existing === 'keep' ? 'keep' : 'change';
  const shown = { line, kind, employeeNumber: person.employeeNumber, name, department, roles } as const;
  return { ...shown, roles: [...roles], before: differs ? before : null, personId: person.id };
}

function notePrivileged(plan: ImportPlan, row: ImportRow, person: PersonRecord | undefined): void {
  const gained = PRIVILEGED_ROLES.filter((role) => row.roles.includes(role) && person?.roles.includes(role) !== true);
  if (gained.length === 0) return;
  const { line, name, employeeNumber } = row;
  plan.privileged.push({ line, name, employeeNumber, roles: gained });
}

/** Nobody could let others in again when no administrator with a password is left. */
function lastAdminErrors({ rows }: ImportPlan, { workingAdmins, people }: ImportGround): ImportError[] {
  const losing = rows.filter((row) => row.kind === 'change' && !row.roles.includes('admin'));
  const lost = losing.filter(({ personId }) => personId !== null && workingAdmins.includes(personId));
  if (lost.length === 0) return [];
  const isGained = rows.some(({ kind, roles, personId }) => {
    const person = people.find(({ id }) => id === personId);
    return kind === 'change' && roles.includes('admin') && person?.isActive === true && person.hasPassword;
  });
  if (isGained || lost.length < workingAdmins.length) return [];
  return lost.map(({ line, name }) => faultOf('admin.last', { line, column: 'roles', value: name }));
}

function ask(plan: ImportPlan, choices: ImportChoices): void {
  const isAsked: Record<ImportQuestion, boolean> = {
    existing: plan.rows.some(({ kind }) => kind === 'change' || kind === 'keep'),
    departments: plan.newDepartments.length > 0,
    privileged: plan.privileged.length > 0,
  };
  plan.asks = IMPORT_QUESTIONS.filter((question) => isAsked[question]);
  plan.open = plan.asks.filter((question) => choices[question] === undefined);
}
