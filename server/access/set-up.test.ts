import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { me, organisation } from '../../protocol/api/access.ts';
import { cookieOf, createTestServer, type TestServer } from '../test-server.ts';
import { createTestClient } from './test-organisation.ts';

const BODY = {
  organisation: '示例 Example',
  employeeNumber: 'A1',
  name: '林安娜',
  password: 'orange-kettle-42-harbour',
};

describe('set-up', () => {
  let server: TestServer;
  beforeEach(() => {
    server = createTestServer({ isSetUp: false });
  });
  afterEach(() => server.close());

  const issueToken = (): string => server.services.setUpGate.issueLink()?.url.split('#')[1] ?? '';

  test('makes the first administrator, signed in, with that role and no other', async () => {
    assert.equal((await server.stranger.get('/api/setup')).status, 204);
    const answer = await server.stranger.post('/api/setup', { ...BODY, token: issueToken() });
    assert.equal(answer.status, 201);
    const made = organisation.parse(await answer.json());
    assert.equal(made.name, BODY.organisation);
    assert.equal(made.isSetUp, true);
    assert.match(made.caFingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    const admin = createTestClient(server.app, { cookie: cookieOf(answer) });
    const self = me.parse(await (await admin.get('/api/me')).json());
    assert.deepEqual(self.roles, ['admin']);
    assert.equal(self.name, BODY.name);
    assert.equal((await admin.get('/api/people')).status, 200);
  });

  test('wants the token of the printed link: not another, not the last one, not after 15 minutes', async () => {
    const send = async (token: string) => (await server.stranger.post('/api/setup', { ...BODY, token })).status;
    assert.equal(await send('A'.repeat(43)), 403);
    const old = issueToken();
    const token = issueToken();
    assert.equal(await send(old), 403);
    server.clock.advance({ s: 15 * 60 });
    assert.equal(await send(token), 403);
    assert.equal(await send(issueToken()), 201);
  });

  test('slows whoever tries tokens, and never whoever has the right one', async () => {
    const send = async (token: string) => (await server.stranger.post('/api/setup', { ...BODY, token })).status;
    const token = issueToken();
    for (let count = 0; count < 10; count += 1) assert.equal(await send('A'.repeat(43)), 403);
    assert.equal(await send('A'.repeat(43)), 429);
    assert.equal(await send(token), 201);
  });

  test('refuses a weak password and a name that deceives, and stays open', async () => {
    const token = issueToken();
    const weak = await server.stranger.post('/api/setup', { ...BODY, token, password: 'password12345' });
    assert.equal(weak.status, 422);
    const deceiving = await server.stranger.post('/api/setup', { ...BODY, token, name: 'Anna \u202eadmin' });
    assert.equal(deceiving.status, 400);
    const extra = await server.stranger.post('/api/setup', { ...BODY, token, roles: ['admin', 'auditor'] });
    assert.equal(extra.status, 400);
    assert.equal((await server.stranger.post('/api/setup', { ...BODY, token })).status, 201);
  });

  test('of two at the same moment one wins, and the other finds nothing there', async () => {
    const token = issueToken();
    const answers = await Promise.all(
      ['A1', 'A2'].map((employeeNumber) => server.stranger.post('/api/setup', { ...BODY, token, employeeNumber })),
    );
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 404]);
  });

  test('afterwards does not exist: every spelling of it answers like a route that never was', async () => {
    const token = issueToken();
    await server.stranger.post('/api/setup', { ...BODY, token });
    assert.equal(server.services.setUpGate.issueLink(), null);
    const nowhere = await describeAnswer(await server.stranger.post('/api/nowhere', { ...BODY, token }));
    const spellings = ['', '/', '//', '/.', '/..', '/x', '%2f', ';x', '?x', '#x', '.json', '%00', '%20'].map(
      (suffix) => `/api/setup${suffix}`,
    );
    for (const path of [
      ...spellings,
      '//api/setup',
      '/api//setup',
      '/API/setup',
      '/api/Setup',
      '/api/%73etup',
      '/api/x/../setup',
      '/./api/setup',
    ])
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const answer = await server.stranger.send(method, path, method === 'GET' ? undefined : { ...BODY, token });
        assert.deepEqual(await describeAnswer(answer), nowhere, `${method} ${path}`);
      }
    const page = await server.app.request('/setup', { headers: { accept: 'text/html' } });
    assert.equal(page.status, 404);
  });
});

/** All that a caller can tell answers apart by. */
async function describeAnswer(answer: Response): Promise<object> {
  const headers = Object.fromEntries(answer.headers);
  delete headers['x-request-id'];
  const body: unknown = await answer.json();
  assert.ok(typeof body === 'object' && body !== null && 'code' in body);
  return { status: answer.status, headers, code: body.code };
}
