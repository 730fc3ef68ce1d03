import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import forge from 'node-forge';
import { request, type Request } from '../../protocol/api/desk.ts';
import { TASK_LIMIT_S, type Purpose } from '../../protocol/grant.ts';
import type { ScopeFact } from '../../protocol/scope.ts';
import { accepted, invited, session, type Accepted, type Invited, type Session } from '../../protocol/api/sessions.ts';
import { COOKIE_NAME } from '../access/access.middleware.ts';
import { createTestClient, type TestClient } from '../access/test-organisation.ts';
import type { Authority } from '../authority/authority.ts';
import { createTestAuthority } from '../authority/test-authority.ts';
import { auditEvents } from '../audit/audit.tables.ts';
import { createTestDesk, type TestDesk, type TestSeat } from '../desk/test-desk.ts';
import type { Database } from '../platform/database.ts';
import { onError, type HttpEnv } from '../platform/http.ts';
import { createHelperShelf, type HelperShelf } from './helper-shelf.ts';
import { createCleanUpRoutes, createEnrolRoutes, createSessionsRoutes } from './sessions.routes.ts';
import { createSessionsService, type SessionsService } from './sessions.service.ts';

/** One key for all agents of a test process: making them takes time, and nothing here depends on whose it is. */
let agentKey: KeyObject | undefined;

export const HELPER_CONTENT = Buffer.from('#!helper '.repeat(100));

export interface TestSessions extends TestDesk {
  sessions: SessionsService;
  authority: Authority;
  shelf: HelperShelf;
  device: Hono<HttpEnv>;
  /** A new identity certificate for this agent, as after a sign-in. */
  giveIdentity(agent: TestSeat, photoSha256?: string): string;
  /** A service on the same database, as after a restart. */
  restart(): SessionsService;
  auditActions(): string[];
}

export function createTestSessions(): TestSessions {
  const desk = createTestDesk();
  const { organisation } = desk;
  const authority = createTestAuthority(organisation);
  const directory = join(desk.dataDirectory, 'helper');
  packageHelper(directory);
  const shelf = createHelperShelf(directory, [REVOKED_FILE]);
  const create = (): SessionsService =>
    createSessionsService({
      ...organisation,
      desk: desk.desk,
      authority,
      shelf,
      portalUrl: 'https://desk.example:8443',
      sessionLimitS: 7200,
      idleLimitS: 900,
      helpers: { minVersion: '0.1.0', revoked: [REVOKED_FILE] },
      destination: { host: 'desk.example', devicePort: 8444, caFingerprint: authority.caFingerprint },
    });
  const sessions = create();
  desk.desk.useSessions(sessions.requestSessions);
  desk.app.route('/', createSessionsRoutes({ sessions, signIns: organisation.signIns, shelf }));
  desk.app.route('/', createCleanUpRoutes({ shelf }));
  const device = new Hono<HttpEnv>();
  device.use(async (c, next) => {
    c.set('address', c.req.header('x-test-address') ?? '192.0.2.9');
    c.set('log', organisation.log);
    await next();
  });
  device.route('/', createEnrolRoutes(sessions));
  device.onError(onError);
  return {
    ...desk,
    sessions,
    authority,
    shelf,
    device,
    giveIdentity: (agent, photoSha256) => issueIdentity({ ...organisation, authority }, agent, photoSha256 ?? null),
    restart: create,
    auditActions: () =>
      organisation.database.db
        .select({ action: auditEvents.action })
        .from(auditEvents)
        .all()
        .flatMap(({ action }) => (action === null ? [] : [action])),
  };
}

function packageHelper(directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'handrail-helper-linux-x64'), HELPER_CONTENT);
  const sha256 = createHash('sha256').update(HELPER_CONTENT).digest('hex');
  const entry = { platform: 'linux-x64', file: 'handrail-helper-linux-x64', version: '0.1.0' };
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify([{ ...entry, bytes: HELPER_CONTENT.length, sha256 }]));
}

function issueIdentity(
  { database, authority }: { database: Database; authority: Authority },
  agent: TestSeat,
  photoSha256: string | null,
): string {
  agentKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  const key = agentKey;
  const subject = {
    personId: agent.id,
    name: agent.name,
    employeeNumber: agent.employeeNumber,
    department: 'IT',
    organisation: 'Example',
    photoSha256,
  };
  return database.transaction((tx) => authority.issueIdentity(tx, subject, key)).serialNumber;
}

/** An employee whose request an agent with an identity has taken. */
export interface TakenRequest {
  employee: TestSeat;
  agent: TestSeat;
  asked: Request;
}

export async function takeRequest(t: TestSessions): Promise<TakenRequest> {
  const employee = t.seat('Wang Fang', 'employee');
  const agent = t.seat('Li Wei', 'agent');
  t.giveIdentity(agent);
  const asked = await t.ask(employee);
  const taken = await agent.client.post(`/api/requests/${asked.id}/take`);
  return { employee, agent, asked: request.parse(await taken.json()) };
}

export const INVITE = { reason: 'Look at the printer settings', mode: 'view' } as const;

export async function invite({ agent, asked }: TakenRequest): Promise<Invited> {
  return invited.parse(await (await agent.client.post(`/api/requests/${asked.id}/invitations`, INVITE)).json());
}

export async function accept(client: TestClient, sessionId: string): Promise<Accepted> {
  return accepted.parse(await (await client.post(`/api/sessions/${sessionId}/accept`)).json());
}

export async function view(client: TestClient, sessionId: string): Promise<Session> {
  return session.parse(await (await client.get(`/api/sessions/${sessionId}`)).json());
}

let csr: string | undefined;

/** PKCS#10 as a helper makes it; the same one each time. */
export function testCsr(): string {
  if (csr !== undefined) return csr;
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const signingRequest = forge.pki.createCertificationRequest();
  signingRequest.publicKey = forge.pki.publicKeyFromPem(keys.publicKey);
  signingRequest.setSubject([{ name: 'commonName', value: 'device' }]);
  signingRequest.sign(forge.pki.privateKeyFromPem(keys.privateKey), forge.md.sha256.create());
  csr = forge.pki.certificationRequestToPem(signingRequest);
  return csr;
}

/** A helper that is let in no more. */
export const REVOKED_FILE = 'ad'.repeat(32);

/** What the helper sends to the device listener. */
export function enrol(t: TestSessions, token: string, more: Record<string, string | null> = {}): Promise<Response> {
  return Promise.resolve(
    t.device.request('/enrol', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        token,
        csr: testCsr(),
        helperVersion: '0.1.0',
        helperFile: null,
        platform: 'linux-x64',
        ...more,
      }),
    }),
  );
}

/** A session whose device has enrolled, waiting for Start. */
export async function connectingSession(t: TestSessions): Promise<TakenRequest & { id: string; deviceSerial: string }> {
  const taken = await takeRequest(t);
  const { sessionId: id } = await invite(taken);
  const { token } = await accept(taken.employee.client, id);
  await enrol(t, token);
  const { raw } = t.organisation.database;
  const row = raw.prepare<[string], { s: string }>('SELECT device_serial AS s FROM sessions WHERE id = ?').get(id);
  return { ...taken, id, deviceSerial: row?.s ?? '' };
}

export function grantOf(
  t: TestSessions,
  id: string,
  more: { capability?: string; grantId?: string; scope?: ScopeFact; purpose?: Purpose } = {},
) {
  const { raw } = t.organisation.database;
  const row = raw.prepare<[string], { s: string }>('SELECT agent_serial AS s FROM sessions WHERE id = ?').get(id);
  const { capability = 'view', scope = { reach: 'all' }, purpose = 'session' } = more;
  const holder = row?.s ?? '';
  const grant = { id: more.grantId ?? `g-${capability}`, capability, holder, scope, purpose };
  const notBefore = t.organisation.clock.now();
  const notAfter = notBefore + (purpose === 'task' ? TASK_LIMIT_S * 1000 : 7_200_000);
  return { type: 'granted', grant: { ...grant, notBefore, notAfter, consentText: 'view 1 en 0' } } as const;
}

/** The cookie that an answer set, as the next request sends it. */
export function cookieOf(answer: Response): string | undefined {
  const set = answer.headers.get('set-cookie');
  return set === null ? undefined : new RegExp(`${COOKIE_NAME}=[^;]+`).exec(set)?.[0];
}

export function stranger(t: TestSessions): TestClient {
  return createTestClient(t.app);
}
