import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { me, passwordLinkOpened, personAdded } from '../../protocol/api/access.ts';
import { readAuditPage } from '../audit/audit.repository.ts';
import { cookieOf, createTestServer, TEST_PASSWORD, type TestServer, type TestUser } from '../test-server.ts';
import { createTestClient, TEST_ORIGIN } from './test-organisation.ts';
import { createGuestSignIn } from './guests.ts';
import { signInsTable } from './access.tables.ts';

let server: TestServer;
beforeEach(() => {
  server = createTestServer();
});
afterEach(() => server.close());

const signIn = (employeeNumber: string, password = TEST_PASSWORD) =>
  server.stranger.post('/api/sign-in', { employeeNumber, password });
const codeOf = async (answer: Response): Promise<unknown> => ((await answer.json()) as { code?: unknown }).code;
const statusOf = async (cookie: string) => (await createTestClient(server.app, { cookie }).get('/api/me')).status;

describe('signing in', () => {
  test('gives a cookie that scripts cannot read and other sites cannot send', async () => {
    const person = await server.person(['employee']);
    const answer = await signIn(person.employeeNumber.toLowerCase());
    assert.equal(answer.status, 200);
    assert.equal(me.parse(await answer.json()).id, person.id);
    const cookie = answer.headers.get('set-cookie') ?? '';
    assert.match(cookie, /^__Host-handrail=[A-Za-z0-9_-]{43};/);
    for (const attribute of ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict']) assert.ok(cookie.includes(attribute));
    assert.doesNotMatch(cookie, /Domain/i);
    assert.equal(await statusOf(cookieOf(answer)), 200);
  });

  test('keeps no secret that a copy of the database would give away', async () => {
    const person = await server.person(['employee']);
    const secret = cookieOf(await signIn(person.employeeNumber)).split('=')[1] ?? '';
    const rows = JSON.stringify(server.services.database.db.select().from(signInsTable).all());
    assert.ok(secret.length === 43 && !rows.includes(secret));
  });

  test('says the same for a wrong password, an unknown number and somebody who was deactivated', async () => {
    const admin = await server.person(['admin']);
    const person = await server.person(['employee']);
    const wrong = await signIn(person.employeeNumber, 'wrong-password-123');
    const unknown = await signIn('X999', 'wrong-password-123');
    await admin.post(`/api/people/${person.id}/deactivate`);
    const gone = await signIn(person.employeeNumber);
    for (const answer of [wrong, unknown, gone]) {
      assert.equal(answer.status, 401);
      assert.equal(await codeOf(answer), 'auth.wrong-credentials');
      assert.equal(answer.headers.get('set-cookie'), null);
    }
  });

  test('is slowed after failures, with the seconds to wait', async () => {
    const person = await server.person(['employee']);
    for (let index = 0; index < 5; index += 1) await signIn(person.employeeNumber, 'wrong-password-123');
    const answer = await signIn(person.employeeNumber);
    assert.equal(answer.status, 429);
    assert.equal(answer.headers.get('retry-after'), '2');
    server.clock.advance({ s: 2 });
    assert.equal((await signIn(person.employeeNumber)).status, 200);
  });

  test('a hundred guesses at once are no more than five', async () => {
    const person = await server.person(['employee']);
    const guesses = Array.from({ length: 100 }, () => signIn(person.employeeNumber, 'wrong-password-123'));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 401).length, 5);
    assert.equal(statuses.filter((status) => status === 429).length, 95);
  });

  test('failures and successes are in the audit chain, what is slowed is not', async () => {
    const person = await server.person(['employee']);
    for (let index = 0; index < 8; index += 1) await signIn(person.employeeNumber, 'wrong-password-123');
    const query = { limit: 200, action: 'auth/refused' };
    const refused = readAuditPage(server.services.database.db, query);
    assert.equal(refused.total, 5);
    assert.equal(refused.events[0]?.detail['employeeNumber'], person.employeeNumber);
    assert.ok(!JSON.stringify(refused).includes('wrong-password-123'));
  });

  test('ends whoever was signed in with this browser before', async () => {
    const [first, second] = [await server.person(['employee']), await server.person(['employee'])];
    const password = TEST_PASSWORD;
    await first.post('/api/sign-in', { employeeNumber: second.employeeNumber, password });
    assert.equal(await statusOf(first.cookie), 401);
  });
});

describe('a sign-in', () => {
  test('ends after two hours without use', async () => {
    const person = await server.person(['employee']);
    server.clock.advance({ h: 1.9 });
    assert.equal(await statusOf(person.cookie), 200);
    server.clock.advance({ h: 1.9 });
    assert.equal(await statusOf(person.cookie), 200);
    server.clock.advance({ h: 2 });
    assert.equal(await statusOf(person.cookie), 401);
  });

  test('ends after twelve hours however busy', async () => {
    const person = await server.person(['employee']);
    for (let hour = 0; hour < 11; hour += 1) {
      server.clock.advance({ h: 1 });
      assert.equal(await statusOf(person.cookie), 200);
    }
    server.clock.advance({ h: 1 });
    assert.equal(await statusOf(person.cookie), 401);
    server.services.signIns.sweep();
    assert.equal(server.services.database.db.select().from(signInsTable).all().length, 0);
  });

  test('ends at sign-out, for the server too', async () => {
    const person = await server.person(['employee']);
    const answer = await person.post('/api/sign-out');
    assert.equal(answer.status, 204);
    assert.match(answer.headers.get('set-cookie') ?? '', /^__Host-handrail=;.*Max-Age=0/);
    assert.equal(await statusOf(person.cookie), 401);
  });

  test('a guess or a changed cookie is nobody', async () => {
    const person = await server.person(['employee']);
    for (const cookie of [`${person.cookie}A`, person.cookie.slice(0, -1), '__Host-handrail=', 'handrail=x'])
      assert.equal(await statusOf(cookie), 401);
  });
});

describe('a guest', () => {
  function guestCookie(): string {
    let secret = '';
    server.services.database.transaction((tx) => {
      secret = server.services.signIns.begin(tx, { guestSessionId: 'ses_aaaaaaaaaaaaaaaaaaaaaaaaaa' }).secret;
    });
    return `__Host-handrail=${secret}`;
  }

  test('knows the one session that they may reach', async () => {
    const guest = createTestClient(server.app, { cookie: guestCookie() });
    const self = me.parse(await (await guest.get('/api/me')).json());
    assert.equal(self.id, 'guest');
    assert.equal(self.guestSessionId, 'ses_aaaaaaaaaaaaaaaaaaaaaaaaaa');
    assert.deepEqual(self.roles, []);
  });

  test('is refused wherever a person is needed', async () => {
    const guest = createTestClient(server.app, { cookie: guestCookie() });
    for (const path of ['/api/people', '/api/departments', '/api/audit'])
      assert.equal((await guest.get(path)).status, 403, path);
    assert.equal((await guest.send('PUT', '/api/me/language', { language: 'en' })).status, 403);
  });

  test('who becomes a guest of another session is no longer one of the first', async () => {
    const { signIns, database } = server.services;
    server.app.post('/api/test-redeem', (c) => {
      database.transaction((tx) => createGuestSignIn(signIns, { c, tx, sessionId: 'ses_bbbbbbbbbbbbbbbbbbbbbbbbbb' }));
      return c.body(null, 204);
    });
    const first = guestCookie();
    const answer = await createTestClient(server.app, { cookie: first }).post('/api/test-redeem');
    assert.equal(await statusOf(first), 401);
    const guest = createTestClient(server.app, { cookie: cookieOf(answer) });
    const self = me.parse(await (await guest.get('/api/me')).json());
    assert.equal(self.guestSessionId, 'ses_bbbbbbbbbbbbbbbbbbbbbbbbbb');
  });
});

describe('the first password', () => {
  async function addPerson(admin: TestUser) {
    const body = { employeeNumber: 'E77', name: 'Wang Fang', departmentId: server.departmentId, roles: ['employee'] };
    return personAdded.parse(await (await admin.post('/api/people', body)).json());
  }
  const tokenOf = (url: string): string => url.split('#')[1] ?? '';
  const password = 'a kettle in the harbour';

  test('is set with a link that works once and signs in', async () => {
    const { person, passwordLink } = await addPerson(await server.person(['admin']));
    assert.equal(person.hasPassword, false);
    assert.ok(passwordLink.url.startsWith('https://desk.example:8443/welcome#'));
    const token = tokenOf(passwordLink.url);
    const opened = await server.stranger.post('/api/password-links/open', { token });
    assert.deepEqual(passwordLinkOpened.parse(await opened.json()), { name: 'Wang Fang', employeeNumber: 'E77' });
    const redeemed = await server.stranger.post('/api/password-links/redeem', { token, password });
    assert.equal(me.parse(await redeemed.json()).id, person.id);
    assert.equal(await statusOf(cookieOf(redeemed)), 200);
    assert.equal((await server.stranger.post('/api/password-links/redeem', { token, password })).status, 410);
    assert.equal((await signIn('E77', password)).status, 200);
  });

  test('a link ends after 72 hours, with a newer link and with deactivation', async () => {
    const admin = await server.person(['admin']);
    const { person, passwordLink } = await addPerson(admin);
    const open = async (url: string) =>
      (await server.stranger.post('/api/password-links/open', { token: tokenOf(url) })).status;
    const renew = async () =>
      ((await (await admin.post(`/api/people/${person.id}/password-link`)).json()) as { url: string }).url;
    const newer = await renew();
    assert.equal(await open(passwordLink.url), 410);
    assert.equal(await open(newer), 200);
    await admin.post(`/api/people/${person.id}/deactivate`);
    assert.equal(await open(newer), 410);
    await admin.post(`/api/people/${person.id}/activate`);
    assert.equal(await open(newer), 410);
    const last = await renew();
    server.clock.advance({ h: 72 });
    assert.equal(await open(last), 410);
  });

  test('whoever tries links is slowed, and whoever has the right one is not', async () => {
    const { passwordLink } = await addPerson(await server.person(['admin']));
    const open = async (token: string) => (await server.stranger.post('/api/password-links/open', { token })).status;
    for (let count = 0; count < 10; count += 1) assert.equal(await open('A'.repeat(43)), 410);
    assert.equal(await open('A'.repeat(43)), 429);
    const redeemed = await server.stranger.post('/api/password-links/redeem', { token: 'A'.repeat(43), password });
    assert.equal(redeemed.status, 429);
    assert.equal(await open(tokenOf(passwordLink.url)), 200);
  });

  test('a new password ends what is signed in with the old one', async () => {
    const admin = await server.person(['admin']);
    const person = await server.person(['employee']);
    const link = (await (await admin.post(`/api/people/${person.id}/password-link`)).json()) as { url: string };
    assert.equal(await statusOf(person.cookie), 200);
    await server.stranger.post('/api/password-links/redeem', { token: tokenOf(link.url), password });
    assert.equal(await statusOf(person.cookie), 401);
    assert.equal((await signIn(person.employeeNumber)).status, 401);
  });

  test('a weak one is refused and the link still works', async () => {
    const { passwordLink } = await addPerson(await server.person(['admin']));
    const token = tokenOf(passwordLink.url);
    const weak = await server.stranger.post('/api/password-links/redeem', { token, password: 'wang fang 2026!!' });
    assert.equal(weak.status, 422);
    const short = await server.stranger.post('/api/password-links/redeem', { token, password: 'short' });
    assert.equal(short.status, 400);
    assert.equal((await server.stranger.post('/api/password-links/redeem', { token, password })).status, 200);
  });

  test('of two who redeem the same link at once, one has it', async () => {
    const { passwordLink } = await addPerson(await server.person(['admin']));
    const token = tokenOf(passwordLink.url);
    const answers = await Promise.all(
      ['a kettle in the harbour', 'a boat on the mountain'].map((own) =>
        server.stranger.post('/api/password-links/redeem', { token, password: own }),
      ),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 410]);
  });
});

describe('writing requests', () => {
  test('come from a page of ours, or are refused before anything is looked at', async () => {
    const person = await server.person(['admin']);
    for (const origin of [
      null,
      'null',
      'https://evil.example',
      'http://desk.example:8443',
      'https://desk.example',
      `${TEST_ORIGIN}.evil.example`,
    ])
      for (const path of ['/api/sign-in', '/api/sign-out', '/api/people', '/api/nowhere']) {
        const client = createTestClient(server.app, { cookie: person.cookie, origin });
        const answer = await client.post(path, {});
        assert.equal(answer.status, 403, `${String(origin)} ${path}`);
        assert.equal(await codeOf(answer), 'auth.origin-refused');
      }
    assert.equal(await statusOf(person.cookie), 200);
  });

  test('must be JSON, and not too much of it', async () => {
    const headers = { origin: TEST_ORIGIN, 'content-type': 'text/plain' };
    const form = await server.app.request('/api/sign-in', { method: 'POST', headers, body: '{}' });
    assert.equal(form.status, 400);
    const large = await server.stranger.post('/api/sign-in', { employeeNumber: 'x', password: 'x'.repeat(100_000) });
    assert.equal(large.status, 413);
    const broken = await server.app.request('/api/sign-in', {
      method: 'POST',
      headers: { origin: TEST_ORIGIN, 'content-type': 'application/json' },
      body: '{"employeeNumber":',
    });
    assert.equal(broken.status, 400);
  });
});
