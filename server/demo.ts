import { insertDepartment, insertOrganisation, readOrganisationName } from './access/organisation.repository.ts';
import { insertPerson } from './access/people.repository.ts';
import { SYSTEM } from './audit/audit.ts';
import { seedDemoDesk } from './desk/desk.demo.ts';
import type { Role } from '../protocol/api/access.ts';
import { newId, type Random } from './platform/random.ts';
import type { Services } from './services.ts';

export interface DemoPerson {
  employeeNumber: string;
  password: string;
  name: string;
  /** What this sign-in is for, in a few words. */
  what: string;
}

const ORGANISATION = 'Lindgren & Hua 林华';
const DEPARTMENTS = ['信息技术部 IT', '财务部 Finance', '市场部 Marketing', '生产部 Production'] as const;

interface Character {
  employeeNumber: string;
  name: string;
  department: (typeof DEPARTMENTS)[number];
  roles: readonly Role[];
  what: string;
}

const [IT, FINANCE, MARKETING, PRODUCTION] = DEPARTMENTS;
const CHARACTERS: readonly Character[] = [
  { employeeNumber: 'A1001', name: 'Anna Lindgren', department: IT, roles: ['admin'], what: 'administrator' },
  { employeeNumber: 'A1002', name: '李伟', department: IT, roles: ['agent', 'employee'], what: 'agent' },
  {
    employeeNumber: 'A1003',
    name: 'Marta Nowak',
    department: IT,
    roles: ['agent', 'lead', 'employee'],
    what: 'agent, lead',
  },
  { employeeNumber: 'A1004', name: '陈静', department: IT, roles: ['security'], what: 'security' },
  { employeeNumber: 'A1005', name: 'David Osei', department: FINANCE, roles: ['auditor'], what: 'auditor' },
  { employeeNumber: 'E2001', name: '王芳', department: FINANCE, roles: ['employee'], what: 'employee' },
  { employeeNumber: 'E2002', name: 'Tom Becker', department: MARKETING, roles: ['employee'], what: 'employee' },
  { employeeNumber: 'E2003', name: '赵敏', department: PRODUCTION, roles: ['employee'], what: 'employee' },
];

/**
 * A believable organisation to look around in, each person with a random password. Null when there already is an
 * organisation. Categories come with the migrations.
 */
export async function seedDemo(services: Services): Promise<DemoPerson[] | null> {
  const { database, clock, random, audit, passwords } = services;
  if (readOrganisationName(database.db) !== null) return null;
  const people = await Promise.all(
    CHARACTERS.map(async (character) => {
      const password = newPassword(random);
      return { ...character, id: newId('per', random), password, passwordHash: await passwords.hash(password) };
    }),
  );
  const createdAt = clock.now();
  database.transaction((tx) => {
    insertOrganisation(tx, { name: ORGANISATION, setUpAt: createdAt });
    const departmentIds = new Map(DEPARTMENTS.map((name) => [name, newId('dep', random)]));
    for (const [name, id] of departmentIds) {
      insertDepartment(tx, { id, name, createdAt });
      audit.append(tx, { actor: SYSTEM, action: 'department/added', target: { id, label: name }, detail: { name } });
    }
    for (const { id, employeeNumber, name, department, roles, passwordHash } of people) {
      const departmentId = departmentIds.get(department) ?? '';
      insertPerson(tx, { id, employeeNumber, name, departmentId, roles, passwordHash, createdAt });
      const detail = { employeeNumber, name, department, roles: roles.join(',') };
      audit.append(tx, { actor: SYSTEM, action: 'person/added', target: { id, label: name }, detail });
    }
    audit.append(tx, { actor: SYSTEM, action: 'appliance/set-up', detail: { organisation: ORGANISATION } });
    const idOf = (wanted: string): string => people.find(({ employeeNumber }) => employeeNumber === wanted)?.id ?? '';
    const employees = [idOf('E2001'), idOf('E2002'), idOf('E2003')] as const;
    seedDemoDesk(tx, { clock, random, audit, people: { employees, agents: [idOf('A1002'), idOf('A1003')] } });
  });
  return people.map(({ employeeNumber, password, name, what }) => ({ employeeNumber, password, name, what }));
}

/** Four groups of four letters and digits without look-alikes: 80 bits, and one can type it. */
function newPassword(random: Random): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789x';
  const letters = [...random.bytes(16)].map((byte) => alphabet.charAt(byte & 31));
  return [0, 4, 8, 12].map((start) => letters.slice(start, start + 4).join('')).join('-');
}
