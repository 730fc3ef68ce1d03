import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import type { LiveFromServer } from '../../protocol/api/live.ts';
import { request, type Impact, type Request } from '../../protocol/api/desk.ts';
import type { Role } from '../../protocol/api/access.ts';
import { currentPerson, type AccessEnv } from '../access/access.middleware.ts';
import {
  createTestClient,
  createTestOrganisation,
  type TestClient,
  type TestOrganisation,
  type TestPerson,
} from '../access/test-organisation.ts';
import { onError, onNotFound } from '../platform/http.ts';
import { TestTimers } from '../platform/test-timers.ts';
import { createDesk, type Desk } from './desk.ts';

/** Somebody with a page open: what it was told is in `heard`. */
export interface TestSeat extends TestPerson {
  client: TestClient;
  heard: LiveFromServer[];
  /** Closes the page; the returned function opens it again. */
  leave(): () => void;
}

export interface TestDesk {
  organisation: TestOrganisation;
  desk: Desk;
  timers: TestTimers;
  app: Hono<AccessEnv>;
  dataDirectory: string;
  /** A person, signed in, with a live socket. */
  seat(name: string, ...roles: Role[]): TestSeat;
  ask(employee: TestSeat, symptom?: string, more?: { categoryId?: string; impact?: Impact }): Promise<Request>;
  close(): void;
}

export const MAIL_CATEGORY = 'cat_0defau1tmai10000000000';

export function createTestDesk(): TestDesk {
  const organisation = createTestOrganisation();
  const dataDirectory = mkdtempSync(join(tmpdir(), 'handrail-desk-'));
  const timers = new TestTimers();
  const desk = createDesk({ ...organisation, dataDirectory, timers });
  const app = new Hono<AccessEnv>();
  app.use(currentPerson(organisation.signIns));
  app.use(async (c, next) => {
    c.set('address', c.req.header('x-test-address') ?? '192.0.2.1');
    c.set('log', organisation.log);
    await next();
  });
  app.route('/', desk.routes);
  app.onError(onError);
  app.notFound(onNotFound);
  return {
    organisation,
    desk,
    timers,
    app,
    dataDirectory,
    seat: (name, ...roles) => {
      const person = organisation.addPerson({ name, roles: roles.length === 0 ? ['employee'] : roles });
      const heard: LiveFromServer[] = [];
      const join = () =>
        organisation.hub.join({
          audience: { signInId: '', personId: person.id, guestSessionId: null, name, roles },
          send: (message) => heard.push(message),
          close: () => undefined,
        });
      let close = join();
      const leave = () => {
        close();
        return () => {
          close = join();
        };
      };
      return { ...person, heard, leave, client: createTestClient(app, { cookie: person.cookie }) };
    },
    ask: async (employee, symptom = 'Outlook will not open', more = {}) => {
      const body = { categoryId: MAIL_CATEGORY, symptom, tried: '', expected: '', ...more };
      return request.parse(await (await employee.client.post('/api/requests', body)).json());
    },
    close: () => {
      organisation.database.close();
      rmSync(dataDirectory, { recursive: true });
    },
  };
}

/** Status and, for a refusal, the code. */
export async function outcome(answer: Promise<Response>): Promise<string> {
  const response = await answer;
  if (response.ok) return String(response.status);
  return `${response.status} ${((await response.json()) as { code: string }).code}`;
}
