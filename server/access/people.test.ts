import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import {
  departments,
  person as personSchema,
  people,
  personAdded,
  ROLES,
  type Role,
} from '../../protocol/api/access.ts';
import type { LiveConnection } from '../platform/live.ts';
import { createTestServer, TEST_PASSWORD, type TestServer, type TestUser } from '../test-server.ts';
import { fillNameKeys } from './people-list.repository.ts';
import { createTestClient, TEST_ORIGIN } from './test-organisation.ts';
import { png } from './test-photo.ts';

let server: TestServer;
let admin: TestUser;
beforeEach(async () => {
  server = createTestServer();
  admin = await server.person(['admin']);
});
afterEach(() => server.close());

const body = (more: object = {}) => ({
  employeeNumber: 'E1',
  name: '王芳',
  departmentId: server.departmentId,
  roles: ['employee'],
  ...more,
});
const codeOf = async (answer: Response): Promise<unknown> => ((await answer.json()) as { code?: unknown }).code;
const list = async (q = '') =>
  people.parse(await (await admin.get(`/api/people?q=${encodeURIComponent(q)}`)).json()).people;

describe('people', () => {
  test('are added with a link for their password and found by name or number', async () => {
    const added = await admin.post('/api/people', body());
    assert.equal(added.status, 201);
    const { person } = personAdded.parse(await added.json());
    assert.deepEqual([person.name, person.department, person.roles], ['王芳', 'IT', ['employee']]);
    assert.deepEqual(
      (await list('王')).map(({ id }) => id),
      [person.id],
    );
    assert.deepEqual(
      (await list('e1')).map(({ id }) => id),
      [person.id],
    );
    assert.deepEqual(await list('%'), []);
    assert.equal((await list()).length, 2);
  });

  test('have a number of their own, upper or lower case', async () => {
    await admin.post('/api/people', body());
    const again = await admin.post('/api/people', body({ employeeNumber: 'e1' }));
    assert.equal(again.status, 409);
    assert.equal(await codeOf(again), 'person.number-taken');
  });

  test('belong to a department that exists and have a name that cannot deceive', async () => {
    const nowhere = await admin.post('/api/people', body({ departmentId: 'dep_aaaaaaaaaaaaaaaaaaaaaaaaaa' }));
    assert.equal(nowhere.status, 400);
    for (const name of ['', ' ', 'Anna\nAdmin', 'Anna \u202enimdA', 'Anna\u0000', 'x'.repeat(81)])
      assert.equal((await admin.post('/api/people', body({ name }))).status, 400, JSON.stringify(name));
  });

  test('who do not exist, or have an id that nobody could have, are not found', async () => {
    for (const id of ['per_aaaaaaaaaaaaaaaaaaaaaaaaaa', 'per_x', 'dep_aaaaaaaaaaaaaaaaaaaaaaaaaa', '1', 'constructor'])
      for (const path of ['deactivate', 'activate', 'password-link'])
        assert.equal((await admin.post(`/api/people/${id}/${path}`)).status, 404, id);
  });

  test('a change is audited with what changed, a change of nothing is not', async () => {
    const person = await server.person(['employee']);
    const count = () =>
      server.services.database.raw
        .prepare("SELECT count(*) AS n FROM audit_events WHERE action = 'person/changed'")
        .get();
    const changed = await admin.send('PATCH', `/api/people/${person.id}`, {
      name: 'New Name',
      roles: ['agent', 'employee'],
    });
    assert.deepEqual(personSchema.parse(await changed.json()).roles, ['employee', 'agent']);
    assert.deepEqual(count(), { n: 1 });
    await admin.send('PATCH', `/api/people/${person.id}`, { name: 'New Name' });
    await admin.send('PATCH', `/api/people/${person.id}`, {});
    assert.deepEqual(count(), { n: 1 });
  });

  test('rights follow a change of roles with the next request, and open pages come back', async () => {
    const person = await server.person(['admin']);
    const closed: string[] = [];
    joinHub(person, closed);
    assert.equal((await person.get('/api/people')).status, 200);
    await admin.send('PATCH', `/api/people/${person.id}`, { roles: ['employee'] });
    assert.equal((await person.get('/api/people')).status, 403);
    assert.deepEqual(closed, ['reconnect']);
  });
});

function joinHub(person: TestUser, closed: string[]): void {
  const connection: LiveConnection = {
    audience: { signInId: 'x', personId: person.id, guestSessionId: null, name: '', roles: [] },
    send: () => undefined,
    close: (why) => closed.push(why),
  };
  server.services.hub.join(connection);
}

describe('the list of people', () => {
  const query = async (search: string) => people.parse(await (await admin.get(`/api/people?${search}`)).json());
  const names = async (search: string) => (await query(search)).people.map(({ name }) => name);

  async function fill(): Promise<string> {
    const finance = await admin.post('/api/departments', { name: '财务部 Finance' });
    const { id } = (await finance.json()) as { id: string };
    await admin.send('PATCH', `/api/people/${admin.id}`, { name: 'Ada' });
    const add = async (employeeNumber: string, name: string, more: object = {}) =>
      admin.post('/api/people', body({ employeeNumber, name, ...more }));
    await add('E10', '王芳', { departmentId: id });
    await add('E2', 'Jürgen Müller', { roles: ['agent', 'employee'] });
    await add('E30', '李伟', { departmentId: id, roles: ['agent'] });
    await add('X1', 'Zoë', { roles: ['lead'] });
    return id;
  }

  test('is searched by words in number, name and department, in any script, case and accent', async () => {
    await fill();
    assert.deepEqual(await names('q=muller'), ['Jürgen Müller']);
    assert.deepEqual(await names('q=MÜLLER+jurgen'), ['Jürgen Müller']);
    assert.deepEqual(await names(`q=${encodeURIComponent('财务')}`), ['李伟', '王芳']);
    assert.deepEqual(await names(`q=finance+${encodeURIComponent('芳')}`), ['王芳']);
    assert.deepEqual(await names('q=e3'), ['李伟']);
    assert.deepEqual(await names('q=zoe+finance'), []);
    assert.deepEqual(await names('q=_'), []);
  });

  test('is found by a new name or a renamed department, not by the old', async () => {
    const id = await fill();
    await admin.send('PATCH', `/api/departments/${id}`, { name: 'Ledger' });
    assert.deepEqual((await query('q=finance')).total, 0);
    assert.deepEqual((await query('q=ledger')).total, 2);
    const [person] = (await query('q=zoe')).people;
    await admin.send('PATCH', `/api/people/${person?.id ?? ''}`, { name: 'Sørine' });
    assert.deepEqual([await names('q=zoe'), await names('q=sorine')], [[], ['Sørine']]);
  });

  test('is filtered by department, role and state, all at once', async () => {
    const id = await fill();
    assert.deepEqual(await names(`department=${id}`), ['李伟', '王芳']);
    assert.deepEqual(await names('role=agent'), ['Jürgen Müller', '李伟']);
    assert.deepEqual(await names(`role=agent&department=${id}`), ['李伟']);
    assert.deepEqual(await names('state=active'), ['Ada']);
    assert.equal((await query('state=no-password')).total, 4);
    await admin.post(`/api/people/${(await query('q=zoe')).people[0]?.id ?? ''}/deactivate`);
    assert.deepEqual(await names('state=inactive'), ['Zoë']);
    assert.equal((await query('state=no-password')).total, 3);
  });

  test('is sorted on the server, Chinese by pinyin, either way round; who never signed in comes last', async () => {
    await fill();
    const all = ['Ada', 'Jürgen Müller', 'Zoë', '李伟', '王芳'];
    assert.deepEqual(await names(''), all);
    assert.deepEqual(await names('order=desc'), [...all].reverse());
    assert.deepEqual(await names('sort=number'), ['王芳', 'Jürgen Müller', '李伟', 'Ada', 'Zoë']);
    assert.deepEqual((await names('sort=department')).slice(-2), ['李伟', '王芳']);
    const { employeeNumber } = admin;
    await server.stranger.post('/api/sign-in', { employeeNumber, password: TEST_PASSWORD });
    assert.equal((await names('sort=last-sign-in'))[0], 'Ada');
    assert.equal((await names('sort=last-sign-in&order=desc'))[0], 'Ada');
  });

  test('comes in pages that together are all of it, each person once', async () => {
    await fill();
    const pages = await Promise.all([1, 2, 3, 4].map((page) => query(`size=2&page=${page}`)));
    assert.deepEqual(
      pages.map((page) => page.people.length),
      [2, 2, 1, 0],
    );
    assert.ok(pages.every(({ total }) => total === 5));
    assert.deepEqual(
      pages.flatMap((page) => page.people.map(({ name }) => name)),
      await names(''),
    );
  });

  test('does not guess what a wrong question meant', async () => {
    for (const search of [
      'sort=password',
      'order=up',
      'page=0',
      'size=1000',
      'role=root',
      'department=1',
      'x=1',
      'state=all',
    ])
      assert.equal((await admin.get(`/api/people?${search}`)).status, 400, search);
  });

  test('of an older appliance gets its keys at the next start', async () => {
    await fill();
    const { database } = server.services;
    database.raw.exec(
      "UPDATE people SET search_key = '', sort_key = ''; UPDATE departments SET search_key = '', sort_key = ''",
    );
    assert.equal((await query('q=muller')).total, 0);
    database.transaction(fillNameKeys);
    assert.deepEqual(await names('q=muller'), ['Jürgen Müller']);
    assert.deepEqual(await names('q=finance'), ['李伟', '王芳']);
  });
});

describe('the last administrator', () => {
  const lastAdmin = async (answer: Response): Promise<void> => {
    assert.equal(answer.status, 409);
    assert.equal(await codeOf(answer), 'person.last-admin');
  };

  test('can neither be deactivated nor lose the role', async () => {
    await lastAdmin(await admin.post(`/api/people/${admin.id}/deactivate`));
    await lastAdmin(await admin.send('PATCH', `/api/people/${admin.id}`, { roles: ['employee'] }));
    assert.equal((await admin.send('PATCH', `/api/people/${admin.id}`, { roles: ['admin', 'auditor'] })).status, 200);
  });

  test('is the last also when the others are deactivated or never set a password', async () => {
    const other = await server.person(['admin']);
    await admin.post('/api/people', body({ roles: ['admin'] }));
    assert.equal((await admin.post(`/api/people/${other.id}/deactivate`)).status, 200);
    await lastAdmin(await admin.post(`/api/people/${admin.id}/deactivate`));
  });

  test('may go when there is another', async () => {
    const other = await server.person(['admin']);
    assert.equal((await other.post(`/api/people/${admin.id}/deactivate`)).status, 200);
    assert.equal((await admin.get('/api/me')).status, 401);
  });
});

describe('deactivation', () => {
  test('takes effect at once: sign-ins, sockets, password; and others hear of it', async () => {
    const person = await server.person(['agent']);
    const closed: string[] = [];
    joinHub(person, closed);
    const heard: string[] = [];
    server.services.events.on('person/deactivated', ({ personId }) => heard.push(personId));
    const answer = await admin.post(`/api/people/${person.id}/deactivate`);
    assert.equal(personSchema.parse(await answer.json()).isActive, false);
    assert.equal((await person.get('/api/me')).status, 401);
    assert.deepEqual(closed, ['signed-out']);
    assert.deepEqual(heard, [person.id]);
    const { employeeNumber } = person;
    const signIn = await server.stranger.post('/api/sign-in', { employeeNumber, password: TEST_PASSWORD });
    assert.equal(signIn.status, 401);
    await admin.post(`/api/people/${person.id}/deactivate`);
    assert.deepEqual(heard, [person.id]);
  });

  test('can be undone, and the old sign-ins stay ended', async () => {
    const person = await server.person(['employee']);
    await admin.post(`/api/people/${person.id}/deactivate`);
    await admin.post(`/api/people/${person.id}/activate`);
    assert.equal((await person.get('/api/me')).status, 401);
    const { employeeNumber } = person;
    const signIn = await server.stranger.post('/api/sign-in', { employeeNumber, password: TEST_PASSWORD });
    assert.equal(signIn.status, 200);
  });
});

describe('rights', () => {
  /** Every route of this module, with a body that would be right, and who may use it. */
  const routes = (target: TestUser): [string, string, object | undefined, readonly Role[]][] => [
    ['GET', '/api/people', undefined, ['admin']],
    ['POST', '/api/people', body(), ['admin']],
    ['GET', `/api/people/${target.id}`, undefined, ['admin']],
    ['GET', '/api/people/export', undefined, ['admin']],
    ['GET', '/api/people/import/template', undefined, ['admin']],
    ['POST', '/api/people/import/preview', {}, ['admin']],
    ['POST', '/api/people/import', {}, ['admin']],
    ['PATCH', `/api/people/${target.id}`, { roles: ['admin'] }, ['admin']],
    ['POST', `/api/people/${target.id}/deactivate`, {}, ['admin']],
    ['POST', `/api/people/${target.id}/activate`, {}, ['admin']],
    ['POST', `/api/people/${target.id}/password-link`, {}, ['admin']],
    ['PUT', `/api/people/${target.id}/photo`, {}, ['admin']],
    ['GET', '/api/departments', undefined, ['admin']],
    ['POST', '/api/departments', { name: 'Finance' }, ['admin']],
    ['PATCH', `/api/departments/${server.departmentId}`, { name: 'IT 2' }, ['admin']],
    ['POST', '/api/departments/dep_aaaaaaaaaaaaaaaaaaaaaaaaaa/remove', {}, ['admin']],
    ['POST', '/api/identity/challenge', {}, ['agent']],
    ['POST', '/api/identity', {}, ['agent']],
    ['GET', '/api/audit', undefined, ['security', 'auditor', 'admin']],
  ];

  test('each route answers those roles that it is for, 403 to others, 401 to strangers', async () => {
    const target = await server.person(['employee']);
    for (const [method, path, sent, allowed] of routes(target)) {
      assert.equal((await server.stranger.send(method, path, sent)).status, 401, `stranger ${method} ${path}`);
      for (const role of ROLES) {
        const person = await server.person([role]);
        const { status } = await person.send(method, path, sent);
        if (allowed.includes(role)) assert.ok(status !== 401 && status !== 403, `${role} ${method} ${path}: ${status}`);
        else assert.equal(status, 403, `${role} ${method} ${path}`);
      }
    }
  });

  test('no combination of fields lets anybody but an administrator change a role, theirs or another’s', async () => {
    const others = await Promise.all(ROLES.filter((role) => role !== 'admin').map((role) => server.person([role])));
    const before = await list();
    const field = fc.constantFrom(
      'roles',
      'role',
      'isActive',
      'isAdmin',
      'id',
      'personId',
      'name',
      'passwordHash',
      '__proto__',
    );
    const value = fc.oneof(fc.constantFrom(['admin'], 'admin', true, admin.id), fc.string());
    const path = fc.constantFrom(
      '/api/me',
      '/api/me/language',
      '/api/people',
      `/api/people/${admin.id}`,
      '/api/sign-in',
      '/api/identity',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...others),
        fc.constantFrom('POST', 'PUT', 'PATCH'),
        fc.tuple(path, fc.dictionary(field, value, { minKeys: 1 })),
        async (person, method, [at, sent]) => {
          const own = at === '/api/people' ? `/api/people/${person.id}` : at;
          const { status } = await person.send(method, own, sent);
          assert.ok(status >= 400, `${method} ${own} ${JSON.stringify(sent)}: ${status}`);
        },
      ),
      { numRuns: 150 },
    );
    assert.deepEqual(await list(), before);
  });

  test('an administrator’s own request carries no field but those of the form', async () => {
    const person = await server.person(['employee']);
    for (const more of [
      { id: admin.id },
      { passwordHash: 'x' },
      { isActive: false },
      { employeeNumber: 'X' },
      { lastSignInAt: 0 },
    ])
      assert.equal((await admin.send('PATCH', `/api/people/${person.id}`, { name: 'N', ...more })).status, 400);
    for (const roles of [[], ['root'], ['admin', 'root'], 'admin', null])
      assert.equal((await admin.send('PATCH', `/api/people/${person.id}`, { roles })).status, 400);
  });
});

describe('photos', () => {
  const put = (id: string, bytes: Buffer, type = 'image/png') =>
    server.app.request(`/api/people/${id}/photo`, {
      method: 'PUT',
      headers: { origin: TEST_ORIGIN, cookie: admin.cookie, 'content-type': type },
      body: new Uint8Array(bytes),
    });

  test('are shown to whoever is signed in, and cannot run', async () => {
    const person = await server.person(['employee']);
    assert.equal((await person.get(`/api/people/${admin.id}/photo`)).status, 404);
    assert.equal((await put(admin.id, png(64, 64))).status, 204);
    const photo = await person.get(`/api/people/${admin.id}/photo`);
    assert.equal(photo.headers.get('content-type'), 'image/png');
    assert.equal(photo.headers.get('x-content-type-options'), 'nosniff');
    assert.match(photo.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.deepEqual(Buffer.from(await photo.arrayBuffer()), png(64, 64));
    assert.equal((await server.stranger.get(`/api/people/${admin.id}/photo`)).status, 401);
    const etag = photo.headers.get('etag') ?? '';
    const again = await server.app.request(`/api/people/${admin.id}/photo`, {
      headers: { cookie: person.cookie, 'if-none-match': etag },
    });
    assert.equal(again.status, 304);
    assert.equal((await list()).find(({ id }) => id === admin.id)?.hasPhoto, true);
  });

  test('are refused when too large, of another kind, or not what they were sent as', async () => {
    assert.equal((await put(admin.id, Buffer.concat([png(64, 64), Buffer.alloc(512 * 1024)]))).status, 413);
    assert.equal((await put(admin.id, Buffer.from('<svg/>'.padEnd(99)), 'image/svg+xml')).status, 422);
    assert.equal((await put(admin.id, png(64, 64), 'image/jpeg')).status, 422);
    assert.equal((await put(admin.id, png(64, 64), 'text/html')).status, 422);
    assert.equal((await put('per_aaaaaaaaaaaaaaaaaaaaaaaaaa', png(64, 64))).status, 404);
  });
});

describe('departments', () => {
  test('have names of their own and say how many people they have', async () => {
    const added = await admin.post('/api/departments', { name: '财务部' });
    assert.equal(added.status, 201);
    const { id } = (await added.json()) as { id: string };
    const taken = await admin.post('/api/departments', { name: 'it' });
    assert.equal(await codeOf(taken), 'department.name-taken');
    assert.equal((await admin.send('PATCH', `/api/departments/${id}`, { name: 'IT' })).status, 409);
    assert.equal((await admin.send('PATCH', `/api/departments/${id}`, { name: 'Finance' })).status, 200);
    const missing = 'dep_aaaaaaaaaaaaaaaaaaaaaaaaaa';
    assert.equal((await admin.send('PATCH', `/api/departments/${missing}`, { name: 'Nowhere' })).status, 404);
    const all = departments.parse(await (await admin.get('/api/departments')).json()).departments;
    assert.deepEqual(
      all.map(({ name, peopleCount }) => [name, peopleCount]),
      [
        ['Finance', 0],
        ['IT', 1],
      ],
    );
  });
});

test('a department is removed when nobody is in it', async () => {
  const { id } = (await (await admin.post('/api/departments', { name: 'Old' })).json()) as { id: string };
  const { person } = personAdded.parse(await (await admin.post('/api/people', body({ departmentId: id }))).json());
  const refused = await admin.post(`/api/departments/${id}/remove`);
  assert.deepEqual([refused.status, await codeOf(refused)], [409, 'department.in-use']);
  await admin.send('PATCH', `/api/people/${person.id}`, { departmentId: server.departmentId });
  assert.equal((await admin.post(`/api/departments/${id}/remove`)).status, 204);
  assert.equal((await admin.post(`/api/departments/${id}/remove`)).status, 404);
  const { raw } = server.services.database;
  const removed = raw.prepare("SELECT count(*) AS n FROM audit_events WHERE action = 'department/removed'").get();
  assert.deepEqual(removed, { n: 1 });
});

test('a language is kept for the person who chose it', async () => {
  const person = await server.person(['employee']);
  assert.equal((await person.send('PUT', '/api/me/language', { language: 'zh-CN' })).status, 204);
  assert.equal(((await (await person.get('/api/me')).json()) as { language: string }).language, 'zh-CN');
  assert.equal((await person.send('PUT', '/api/me/language', { language: 'fr' })).status, 400);
  const client = createTestClient(server.app, { cookie: admin.cookie });
  assert.equal(((await (await client.get('/api/me')).json()) as { language: unknown }).language, null);
});
