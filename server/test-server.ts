import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import type { Role } from '../protocol/api/access.ts';
import { COOKIE_NAME, type AccessEnv } from './access/access.middleware.ts';
import { insertDepartment, insertOrganisation } from './access/organisation.repository.ts';
import { insertPerson } from './access/people.repository.ts';
import { createTestClient, type TestClient } from './access/test-organisation.ts';
import { createApp } from './app.ts';
import { makeTestCa } from './authority/test-authority.ts';
import { silentLogger, type Logger } from './platform/logger.ts';
import { newId, systemRandom } from './platform/random.ts';
import { readStaticFiles, type StaticFiles } from './platform/static-files.ts';
import { createTestClock, type TestClock } from './platform/test-clock.ts';
import { createTestDatabase } from './platform/test-database.ts';
import { createServices, type Services } from './services.ts';

let checkpointKey: KeyObject | undefined;

export const TEST_PASSWORD = 'orange-kettle-42-harbour';

export interface TestServer {
  services: Services;
  app: Hono<AccessEnv>;
  clock: TestClock;
  /** Nobody's browser. */
  stranger: TestClient;
  departmentId: string;
  /** A person with `TEST_PASSWORD`, and their browser, signed in. */
  person(roles: readonly Role[], name?: string): Promise<TestUser>;
  close(): void;
}

export interface TestUser extends TestClient {
  id: string;
  employeeNumber: string;
  cookie: string;
}

interface TestServerOptions {
  /** False: the first start, with the wizard open. */
  isSetUp?: boolean;
  files?: StaticFiles;
  log?: Logger;
  config?: Partial<Services['config']>;
}

/** The whole portal in process: real routes, real migrations, a clock that stands still. */
export function createTestServer({
  isSetUp = true,
  files,
  log = silentLogger,
  config,
}: TestServerOptions = {}): TestServer {
  const clock = createTestClock(Date.now());
  const database = createTestDatabase();
  const random = systemRandom;
  const dataDir = mkdtempSync(join(tmpdir(), 'handrail-server-'));
  checkpointKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const services = createServices({
    config: {
      port: 8443,
      devicePort: null,
      publicPort: 8443,
      publicDevicePort: 8443,
      sessionLimitS: 7200,
      idleLimitS: 900,
      helpers: { directory: null, minVersion: '0.1.0', revoked: [] },
      bind: '127.0.0.1',
      publicHost: 'desk.example',
      hosts: ['desk.example', 'localhost'],
      publicUrl: 'https://desk.example:8443',
      trustedProxies: [],
      companyCertificate: null,
      tlsMinVersion: '1.3',
      dataDir,
      ...config,
    },
    database,
    clock,
    random,
    log,
    caKeys: makeTestCa({ clock, random }),
    checkpointPrivateKey: checkpointKey,
    version: '0.0.0-test',
    hashCost: { memoryKiB: 8, passes: 1 },
  });
  const app = createApp(services, files ?? readStaticFiles(join(dataDir, 'no-ui')));
  const departmentId = newId('dep', random);
  if (isSetUp) {
    insertOrganisation(database.db, { name: 'Example', setUpAt: clock.now() });
    insertDepartment(database.db, { id: departmentId, name: 'IT', createdAt: clock.now() });
  }
  let count = 0;
  return {
    services,
    app,
    clock,
    departmentId,
    stranger: createTestClient(app),
    person: async (roles, name) => {
      count += 1;
      const id = newId('per', random);
      const employeeNumber = `N${String(count).padStart(3, '0')}`;
      const passwordHash = await services.passwords.hash(TEST_PASSWORD);
      const createdAt = clock.now();
      const named = name ?? `Colleague ${count}`;
      insertPerson(database.db, { id, employeeNumber, name: named, departmentId, roles, passwordHash, createdAt });
      const cookie = `${COOKIE_NAME}=${services.signIns.begin(database.db, { personId: id }).secret}`;
      return { id, employeeNumber, cookie, ...createTestClient(app, { cookie }) };
    },
    close: () => {
      database.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** The cookie that an answer sets, as the browser would send it back. */
export function cookieOf(response: Response): string {
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}
