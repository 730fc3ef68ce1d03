import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { request } from '../../protocol/api/desk.ts';
import { liveFromPage } from '../../protocol/api/live.ts';
import { accepted, invited, session as sessionSchema } from '../../protocol/api/sessions.ts';
import { errorBody } from '../../protocol/api/shared.ts';
import type { Capability } from '../../protocol/capabilities.ts';
import { COOKIE_NAME } from '../access/access.middleware.ts';
import { createTestClient, type TestClient } from '../access/test-organisation.ts';
import { MAIL_CATEGORY } from '../desk/test-desk.ts';
import { TEST_PASSWORD, createTestServer, type TestServer, type TestUser } from '../test-server.ts';
import { testCsr } from './test-sessions.ts';

const agentKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
const INVITE = { reason: 'Printer', mode: 'control' };

let server: TestServer;
let employee: TestUser;
let agent: TestUser;
let id: string;
let requestId: string;

beforeEach(async () => {
  server = createTestServer();
  // Somebody who may otherwise change everything: what refuses them is not their role.
  employee = await server.person(['employee', 'agent', 'lead', 'security', 'auditor', 'admin'], 'Wang Fang');
  agent = await server.person(['agent'], 'Li Wei');
  ({ id, requestId } = await connect(employee));
});
afterEach(() => server.close());

/** A session whose device waits for Start. */
async function connect(sharer: TestUser, redeem?: (code: string) => Promise<TestClient>) {
  const words = { symptom: 'No print', tried: '', expected: '' };
  const asked = request.parse(
    await (await sharer.post('/api/requests', { categoryId: MAIL_CATEGORY, ...words })).json(),
  );
  await agent.post(`/api/requests/${asked.id}/take`);
  const subject = { personId: agent.id, name: 'Li Wei', employeeNumber: agent.employeeNumber };
  const card = { ...subject, department: 'IT', organisation: 'Example', photoSha256: null };
  const { database, authority, sessions } = server.services;
  database.transaction((tx) => authority.issueIdentity(tx, card, agentKey));
  const answer = await agent.post(`/api/requests/${asked.id}/invitations`, INVITE);
  const { sessionId, spokenCode } = invited.parse(await answer.json());
  const client = (await redeem?.(spokenCode)) ?? sharer;
  const { token } = accepted.parse(await (await client.post(`/api/sessions/${sessionId}/accept`)).json());
  sessions.enrol(
    { token, csr: testCsr(), helperVersion: '0.1.0', helperFile: null, platform: 'linux-x64' },
    { address: '' },
  );
  return { id: sessionId, requestId: asked.id, client };
}

let granted = 0;

function grant(capability: Capability, sessionId = id, lifeMs = 3_600_000): void {
  const { database, sessions } = server.services;
  const row = database.raw.prepare<[string], { s: string }>('SELECT agent_serial AS s FROM sessions WHERE id = ?');
  const holder = row.get(sessionId)?.s ?? '';
  const notBefore = server.clock.now();
  const scope = { reach: 'all' } as const;
  granted += 1;
  const times = { notBefore, notAfter: notBefore + lifeMs };
  const right = { id: `g${granted}`, capability, holder, scope, purpose: 'session', ...times } as const;
  sessions.apply(sessionId, { type: 'granted', grant: right });
}

async function outcome(answer: Promise<Response>): Promise<string> {
  const response = await answer;
  const body = errorBody.safeParse(await response.json().catch(() => null));
  return body.success ? body.data.code : String(response.status);
}

const NARROW = 'session.only-narrowing';
const LANGUAGE = ['PUT', '/api/me/language', { language: 'en' }] as const;
const isBound = async (client: TestClient = employee): Promise<boolean> =>
  (await outcome(client.send(...LANGUAGE))) === NARROW;

/** Another one in which the sharer is signed in. */
function newBrowser(): TestClient {
  const { signIns, database } = server.services;
  const { secret } = signIns.begin(database.db, { personId: employee.id });
  return createTestClient(server.app, { cookie: `${COOKIE_NAME}=${secret}` });
}

/** Every route that can change something, but the report of a browser about a page, which nobody is signed in for. */
function changingRoutes(): { method: string; path: string }[] {
  const known = server.app.routes.filter(
    ({ method, path }) => !['GET', 'HEAD'].includes(method) && !path.includes('*') && path !== '/api/csp-report',
  );
  return [...new Map(known.map(({ method, path }) => [`${method} ${path}`, { method, path }])).values()];
}

describe('while an agent may operate the computer, the sharer’s portal', () => {
  test('refuses every route that changes something, but for a short list that was reviewed: a new one is refused until it is on it', async () => {
    grant('view');
    grant('input');
    const passed = new Set<string>();
    const routes = changingRoutes();
    assert.ok(routes.length > 40, String(routes.length));
    for (const { method, path } of routes) {
      const own = path.startsWith('/api/requests/') ? requestId : `ses_${'a'.repeat(26)}`;
      const code = await outcome(newBrowser().send(method, path.replace(/:\w+/g, own), {}));
      if (code !== NARROW) passed.add(`${method} ${path}`);
    }
    assert.deepEqual([...passed].sort(), [
      'POST /api/requests/:id/messages',
      'POST /api/sessions/:id/end',
      'POST /api/sessions/:id/pause',
      'POST /api/sessions/:id/take-back',
      'POST /api/sign-out',
    ]);
  });

  test('refused none of them for that reason before the grant, and refuses none after it is taken back', async () => {
    const codes = async (): Promise<Set<string>> => {
      const seen = new Set<string>();
      for (const { method, path } of changingRoutes().filter((route) => route.path !== '/api/sign-out'))
        seen.add(await outcome(employee.send(method, path.replace(/:\w+/g, `per_${'a'.repeat(26)}`), {})));
      return seen;
    };
    assert.ok(!(await codes()).has(NARROW));
    grant('view');
    grant('input');
    assert.ok(await isBound());
    await employee.post(`/api/sessions/${id}/take-back`, { capability: 'input' });
    assert.ok(!(await isBound()));
    assert.ok(!(await codes()).has(NARROW));
  });

  test('still stops, pauses, takes back, sends a word into the request and signs out', async () => {
    grant('view');
    grant('input');
    grant('files');
    const read = async () => sessionSchema.parse(await (await employee.get(`/api/sessions/${id}`)).json());
    const word = { clientId: 'client-00000001', text: 'Please wait' };
    assert.equal(await outcome(employee.post(`/api/requests/${requestId}/messages`, word)), '201');
    await employee.post(`/api/sessions/${id}/take-back`, { capability: 'files' });
    assert.deepEqual(
      (await read()).rights.map(({ capability }) => capability),
      ['view', 'input'],
    );
    await employee.post(`/api/sessions/${id}/pause`);
    assert.equal((await read()).state, 'paused');
    grant('view');
    grant('input');
    await employee.post(`/api/sessions/${id}/end`);
    assert.equal((await read()).endReason, 'sharer-stopped');
    assert.equal(await outcome(employee.post('/api/sign-out')), '204');
  });

  test('sends no word into another request', async () => {
    const other = request.parse(
      await (
        await employee.post('/api/requests', { categoryId: MAIL_CATEGORY, symptom: 'x', tried: '', expected: '' })
      ).json(),
    );
    grant('view');
    grant('input');
    const word = { clientId: 'client-00000002', text: 'I agree' };
    assert.equal(await outcome(employee.post(`/api/requests/${other.id}/messages`, word)), NARROW);
  });

  test('reads as before, and its live socket can say nothing but hello and that somebody types', async () => {
    grant('view');
    grant('input');
    for (const path of ['/api/me', `/api/sessions/${id}`, `/api/requests/${requestId}`, '/api/audit'])
      assert.equal(await outcome(employee.get(path)), '200', path);
    assert.deepEqual(liveFromPage.options.map(({ shape }) => shape.type.value).sort(), ['hello', 'typing']);
  });
});

describe('what binds', () => {
  test('is the right to operate: seeing and files alone bind nobody', async () => {
    grant('view');
    grant('files');
    assert.ok(!(await isBound()));
    grant('input');
    assert.ok(await isBound());
  });

  test('ends with the right: when its time is over, at a pause, and at the end', async () => {
    grant('view');
    grant('input', id, 60_000);
    assert.ok(await isBound());
    server.clock.advance({ s: 60 });
    assert.ok(!(await isBound()));
    grant('input');
    assert.ok(await isBound());
    await agent.post(`/api/sessions/${id}/pause`);
    assert.ok(!(await isBound()));
    grant('view');
    grant('input');
    assert.ok(await isBound());
    await agent.post(`/api/sessions/${id}/end`);
    assert.ok(!(await isBound()));
  });

  test('is counted for the one whose computer it is: the agent and colleagues are free', async () => {
    grant('view');
    grant('input');
    const colleague = await server.person(['employee']);
    assert.ok(!(await isBound(agent)));
    assert.ok(!(await isBound(colleague)));
  });
});

describe('whoever is bound', () => {
  beforeEach(() => {
    grant('view');
    grant('input');
  });

  test('is so in every browser, those included that sign in later', async () => {
    assert.ok(await isBound(newBrowser()));
    const credentials = { employeeNumber: employee.employeeNumber, password: TEST_PASSWORD };
    const answer = await server.stranger.post('/api/sign-in', credentials);
    assert.equal(answer.status, 200);
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    assert.ok(await isBound(createTestClient(server.app, { cookie })));
  });

  test('becomes nobody else by signing in over it', async () => {
    const credentials = { employeeNumber: agent.employeeNumber, password: TEST_PASSWORD };
    assert.equal(await outcome(employee.post('/api/sign-in', credentials)), NARROW);
  });

  test('gets no new password by a link, signed in or not', async () => {
    const { passwordLinks, database } = server.services;
    const token = passwordLinks.issue(database.db, employee.id).url.split('#')[1] ?? '';
    const redeem = () =>
      outcome(server.stranger.post('/api/password-links/redeem', { token, password: 'harbour-21-orange-lamp' }));
    assert.equal(await redeem(), NARROW);
    await employee.post(`/api/sessions/${id}/take-back`, { capability: 'input' });
    assert.equal(await redeem(), '200');
  });
});

test('a guest who shares is bound too, and so is the employee in whose name they came', async () => {
  const host = await server.person(['employee'], 'Sun Li');
  const guest = await connect(host, async (code) => {
    const answer = await server.stranger.post('/api/invitations/redeem', { code });
    return createTestClient(server.app, { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' });
  });
  const downloads = () => outcome(guest.client.post(`/api/sessions/${guest.id}/downloads`));
  assert.equal(await downloads(), 'session.state-changed');
  grant('view', guest.id);
  grant('input', guest.id);
  assert.equal(await downloads(), NARROW);
  assert.ok(await isBound(host));
  assert.equal(await outcome(guest.client.post(`/api/sessions/${guest.id}/end`)), '200');
  assert.ok(!(await isBound(host)));
});
