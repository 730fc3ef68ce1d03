import type { Hono } from 'hono';
import type { Role } from '../../protocol/api/access.ts';
import { createAudit, type Audit } from '../audit/audit.ts';
import type { Database } from '../platform/database.ts';
import { createEvents, type Events } from '../platform/events.ts';
import { createLiveHub, type LiveRegistry } from '../platform/live.ts';
import { silentLogger, type Logger } from '../platform/logger.ts';
import { newId, systemRandom, type Random } from '../platform/random.ts';
import { createTestClock, type TestClock } from '../platform/test-clock.ts';
import { createTestDatabase } from '../platform/test-database.ts';
import type { AccessEvents } from './access.events.ts';
import { COOKIE_NAME } from './access.middleware.ts';
import { insertDepartment } from './organisation.repository.ts';
import { insertPerson } from './people.repository.ts';
import { createSignIns, type SignIns } from './sign-ins.ts';

export const TEST_ORIGIN = 'https://desk.example:8443';

/** What every module needs under test: a real database, a clock that stands still, and people to sign in. */
export interface TestOrganisation {
  database: Database;
  clock: TestClock;
  random: Random;
  log: Logger;
  audit: Audit;
  hub: LiveRegistry;
  events: Events<AccessEvents>;
  signIns: SignIns;
  departmentId: string;
  addPerson(person?: { roles?: readonly Role[]; name?: string; employeeNumber?: string }): TestPerson;
}

export interface TestPerson {
  id: string;
  name: string;
  employeeNumber: string;
  /** Value of the `cookie` header of somebody who is signed in as this person. */
  cookie: string;
}

export function createTestOrganisation(): TestOrganisation {
  const database = createTestDatabase();
  const clock = createTestClock();
  const random = systemRandom;
  const signIns = createSignIns({ database, clock, random });
  const departmentId = newId('dep', random);
  insertDepartment(database.db, { id: departmentId, name: 'IT', createdAt: clock.now() });
  let count = 0;
  return {
    database,
    clock,
    random,
    log: silentLogger,
    audit: createAudit({ clock, random }),
    hub: createLiveHub(),
    events: createEvents<AccessEvents>((error) => {
      throw error;
    }),
    signIns,
    departmentId,
    addPerson: ({ roles = ['employee'] as const, name, employeeNumber } = {}) => {
      count += 1;
      const person = {
        id: newId('per', random),
        employeeNumber: employeeNumber ?? `T${String(count).padStart(4, '0')}`,
        name: name ?? `Person ${count}`,
      };
      insertPerson(database.db, { ...person, departmentId, roles, passwordHash: null, createdAt: clock.now() });
      const { secret } = signIns.begin(database.db, { personId: person.id });
      return { ...person, cookie: `${COOKIE_NAME}=${secret}` };
    },
  };
}

export interface TestClient {
  send(method: string, path: string, body?: unknown): Promise<Response>;
  get(path: string): Promise<Response>;
  post(path: string, body?: unknown): Promise<Response>;
}

/** Requests as a page of ours sends them: same origin, JSON, this person's cookie (or none). */
export function createTestClient(
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any application, whatever its environment
  app: Hono<any>,
  { cookie, origin = TEST_ORIGIN }: { cookie?: string; origin?: string | null } = {},
): TestClient {
  const send = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const headers = new Headers();
    if (cookie !== undefined) headers.set('cookie', cookie);
    if (origin !== null) headers.set('origin', origin);
    if (body !== undefined) headers.set('content-type', 'application/json');
    return app.request(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  };
  return { send, get: (path) => send('GET', path), post: (path, body) => send('POST', path, body ?? {}) };
}
