import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { PRIVILEGED_ROLES, imported, importPreview, type ImportPreview } from '../../protocol/api/people-import.ts';
import { ROLES } from '../../protocol/api/access.ts';
import { HOSTILE_TEXTS } from '../../e2e/hostile-corpus.ts';
import { createTestServer, type TestServer, type TestUser } from '../test-server.ts';
import { TEST_ORIGIN } from './test-organisation.ts';

let server: TestServer;
let admin: TestUser;
beforeEach(async () => {
  server = createTestServer();
  admin = await server.person(['admin'], 'Ada');
});
afterEach(() => server.close());

const HEAD = 'Number,Name,Department,Roles\n';
type Choices = Record<string, string>;
interface Sending {
  by?: TestUser;
  choices?: Choices;
}

function send(path: string, file: string | Buffer, { by = admin, choices = {} }: Sending = {}): Promise<Response> {
  const headers = { origin: TEST_ORIGIN, cookie: by.cookie, 'content-type': 'text/csv' };
  const query = new URLSearchParams(choices).toString();
  const body = typeof file === 'string' ? file : new Uint8Array(file);
  return Promise.resolve(server.app.request(`${path}?${query}`, { method: 'POST', headers, body }));
}

async function preview(file: string | Buffer, choices: Choices = {}): Promise<ImportPreview> {
  const answer = await send('/api/people/import/preview', file, { choices });
  assert.equal(answer.status, 200);
  return importPreview.parse(await answer.json());
}

/** As the page does: looks at the preview, then sends the file again. */
async function run(file: string | Buffer, choices: Choices = {}, digest?: string): Promise<Response> {
  return send('/api/people/import', file, {
    choices: { ...choices, digest: digest ?? (await preview(file, choices)).digest },
  });
}

const codeOf = async (answer: Response): Promise<string> => ((await answer.json()) as { code: string }).code;

/** Everything that an import could write. */
function stored(): unknown {
  const { raw } = server.services.database;
  const all = (sql: string) => raw.prepare(sql).all();
  return [
    all('SELECT id, employee_number, name, department_id, is_active FROM people ORDER BY id'),
    all('SELECT * FROM person_roles ORDER BY person_id, role'),
    all('SELECT id, name FROM departments ORDER BY id'),
    all('SELECT person_id FROM password_links ORDER BY person_id'),
    all('SELECT seq, payload FROM audit_events ORDER BY seq'),
  ];
}

/** Who there is: number → name, department, roles. */
function people(): Record<string, string> {
  const rows = server.services.database.raw
    .prepare<[], { number: string; said: string }>(
      `SELECT employee_number AS number, people.name || ' / ' || departments.name || ' / ' ||
        (SELECT group_concat(role, ' ') FROM (SELECT role FROM person_roles WHERE person_id = people.id ORDER BY role)) AS said
       FROM people JOIN departments ON departments.id = department_id ORDER BY 1`,
    )
    .all();
  return Object.fromEntries(rows.map(({ number, said }) => [number, said]));
}

const auditOf = (action: string) =>
  server.services.database.raw
    .prepare<[string], { payload: string }>('SELECT payload FROM audit_events WHERE action = ? ORDER BY seq')
    .all(action)
    .map(({ payload }) => JSON.parse(payload) as { target: { label: string }; detail: Record<string, unknown> });

describe('importing people', () => {
  test('shows what would be done and writes nothing before it is told to', async () => {
    const before = stored();
    const shown = await preview(`${HEAD}E1,王芳,IT,\nE2,Tom,IT,Agent Employee\n`);
    assert.deepEqual(
      shown.rows.map(({ line, kind, employeeNumber, roles }) => [line, kind, employeeNumber, roles]),
      [
        [2, 'add', 'E1', ['employee']],
        [3, 'add', 'E2', ['employee', 'agent']],
      ],
    );
    assert.deepEqual([shown.errors, shown.open, shown.encoding, shown.separator], [[], [], 'utf-8', ',']);
    assert.deepEqual(stored(), before);
  });

  test('adds all of them with a one-time link each, audited one by one and as a whole with the hash of the file', async () => {
    const file = `${HEAD}E1,王芳,IT,\nE2,Tom,IT,Agent\n`;
    const answer = await run(file);
    assert.equal(answer.status, 201);
    const done = imported.parse(await answer.json());
    assert.deepEqual([done.added, done.changed, done.departments, done.links.length], [2, 0, 0, 2]);
    assert.equal(people()['E1'], '王芳 / IT / employee');
    assert.equal(people()['E2'], 'Tom / IT / agent');
    const token = done.links[1]?.url.split('#')[1];
    const redeemed = await server.stranger.post('/api/password-links/redeem', { token, password: 'tin kettle lamps' });
    assert.equal(((await redeemed.json()) as { employeeNumber: string }).employeeNumber, 'E2');
    const [whole] = auditOf('people/imported');
    const sha256 = createHash('sha256').update(file).digest('hex');
    const { import: id, ...detail } = whole?.detail ?? {};
    assert.deepEqual(detail, { sha256, bytes: Buffer.byteLength(file), rows: 2, added: 2, changed: 0, departments: 0 });
    assert.deepEqual(
      auditOf('person/added').map((event) => [event.target.label, event.detail['import'] === id]),
      [
        ['王芳', true],
        ['Tom', true],
      ],
    );
  });

  test('says of every row what is wrong with it, and then does nothing at all', async () => {
    const file = `${HEAD}E1,Good,IT,\n,No number,IT,\nE 3,Blank,IT,\nE4,,IT,\nE5,An\u202Ena,IT,\nE6,X,,\nE7,Boss,IT,root\ne1,Again,IT,\nE8,${'x'.repeat(81)},IT,\n`;
    const shown = await preview(file);
    assert.deepEqual(
      shown.errors.map(({ line, column, fault, seeLine }) => [line, column, fault, seeLine]),
      [
        [3, 'employeeNumber', 'number.missing', null],
        [4, 'employeeNumber', 'number.wrong', null],
        [5, 'name', 'name.missing', null],
        [6, 'name', 'name.wrong', null],
        [7, 'department', 'department.missing', null],
        [8, 'roles', 'role.unknown', null],
        [9, 'employeeNumber', 'number.twice', 2],
        [10, 'name', 'name.too-long', null],
      ],
    );
    const before = stored();
    const refused = await run(file);
    assert.deepEqual([refused.status, await codeOf(refused)], [409, 'import.has-errors']);
    assert.deepEqual(stored(), before);
  });

  test('with departments that do not exist asks first, and then adds them', async () => {
    const file = `${HEAD}E1,Li,财务部,\nE2,Wu,财务部,\nE3,Tom,it,\n`;
    const shown = await preview(file);
    assert.deepEqual([shown.newDepartments, shown.asks, shown.open], [['财务部'], ['departments'], ['departments']]);
    assert.equal((await run(file)).status, 409);
    const choices = { departments: 'add' };
    assert.deepEqual((await preview(file, choices)).open, []);
    assert.equal((await run(file, choices)).status, 201);
    assert.equal(people()['E1'], 'Li / 财务部 / employee');
    assert.equal(people()['E3'], 'Tom / IT / employee', 'case does not make another department');
    assert.deepEqual(
      auditOf('department/added').map(({ target }) => target.label),
      ['财务部'],
    );
  });

  test('who are there already asks whether to change or to leave them, and shows what would change', async () => {
    await run(`${HEAD}E1,Li Wei,IT,Agent\nE2,Tom,IT,\n`);
    const file = `${HEAD}e1,Li Na,IT,\nE2,Tom,IT,Employee\n`;
    const shown = await preview(file);
    assert.deepEqual(shown.open, ['existing']);
    assert.deepEqual(
      shown.rows.map(({ kind, before, roles }) => [kind, before, roles]),
      [
        // The file says nothing of roles, so they stay.
        ['change', { name: 'Li Wei' }, ['agent']],
        ['same', null, ['employee']],
      ],
    );
    assert.equal((await run(file)).status, 409);
    assert.equal((await run(file, { existing: 'keep' })).status, 201);
    assert.equal(people()['E1'], 'Li Wei / IT / agent');
    assert.equal((await run(file, { existing: 'change' })).status, 201);
    assert.equal(people()['E1'], 'Li Na / IT / agent');
    assert.deepEqual(
      auditOf('person/changed').map(({ detail }) => detail['changed']),
      ['name'],
    );
  });

  test('does what the preview has shown, or says that it no longer can', async () => {
    const file = `${HEAD}E1,Li Wei,IT,\n`;
    const { digest } = await preview(file);
    await admin.post('/api/people', {
      employeeNumber: 'E1',
      name: 'Somebody Else',
      departmentId: server.departmentId,
      roles: ['agent'],
    });
    const overtaken = await run(file, { existing: 'change' }, digest);
    assert.deepEqual([overtaken.status, await codeOf(overtaken)], [409, 'import.changed']);
    const other = await run(`${HEAD}E2,Li Wei,IT,\n`, {}, digest);
    assert.deepEqual([other.status, await codeOf(other)], [409, 'import.changed']);
    assert.equal(people()['E1'], 'Somebody Else / IT / agent');
  });

  test('revokes what is no longer true and sends pages back whose rights have changed', async () => {
    const agent = await server.person(['agent'], 'Li Wei');
    const closed: string[] = [];
    const audience = { signInId: 'x', personId: agent.id, guestSessionId: null, name: '', roles: [] };
    server.services.hub.join({ audience, send: () => undefined, close: (why) => closed.push(why) });
    const answer = await run(`${HEAD}${agent.employeeNumber},Li Wei,IT,Employee\n`, { existing: 'change' });
    assert.equal(answer.status, 201);
    assert.deepEqual(closed, ['reconnect']);
  });

  test('takes a GBK file of a Chinese spreadsheet, says what it took it for, and takes another word for it', async () => {
    const gbk = Buffer.from('b9a4bac52cd0d5c3fb2cb2bfc3c50a45312ccdf5b7bc2c49540a', 'hex');
    const shown = await preview(gbk);
    assert.deepEqual([shown.encoding, shown.rows[0]?.name], ['gb18030', '王芳']);
    const asked = await preview(gbk, { encoding: 'utf-8' });
    assert.deepEqual([asked.encoding, asked.errors[0]?.fault], ['utf-8', 'file.unreadable']);
  });

  test('is refused when it is too large, of another type, or asked for something that does not exist', async () => {
    const path = '/api/people/import/preview';
    assert.equal((await send(path, 'x'.repeat(1024 * 1024 + 1))).status, 413);
    assert.equal((await admin.post(path, {})).status, 400);
    for (const choices of [{ encoding: 'latin1' }, { existing: 'delete' }, { privileged: 'yes' }, { roles: 'admin' }])
      assert.equal((await send(path, `${HEAD}E1,Li,IT,`, { choices })).status, 400, JSON.stringify(choices));
    assert.equal((await send('/api/people/import', `${HEAD}E1,Li,IT,`)).status, 400);
  });
});

describe('rights by import', () => {
  test('beyond the desk are named and given only when that is confirmed', async () => {
    const file = `${HEAD}E1,Li,IT,Administrator\nE2,Wu,IT,Auditor Employee\nE3,Tom,IT,Agent\n`;
    const shown = await preview(file);
    assert.deepEqual(
      shown.privileged.map(({ line, roles }) => [line, roles]),
      [
        [2, ['admin']],
        [3, ['auditor']],
      ],
    );
    assert.deepEqual(shown.open, ['privileged']);
    const before = stored();
    assert.equal((await run(file)).status, 409);
    assert.deepEqual(stored(), before);
    assert.equal((await run(file, { privileged: 'give' })).status, 201);
    assert.equal(people()['E1'], 'Li / IT / admin');
  });

  test('are never taken from the last administrator, and may be handed on in one file', async () => {
    const other = await server.person(['employee'], 'Bo');
    const demote = `${admin.employeeNumber},Ada,IT,Employee\n`;
    const shown = await preview(HEAD + demote, { existing: 'change' });
    assert.deepEqual(
      shown.errors.map(({ line, fault }) => [line, fault]),
      [[2, 'admin.last']],
    );
    const handOn = `${HEAD}${demote}${other.employeeNumber},Bo,IT,Administrator\n`;
    const choices = { existing: 'change', privileged: 'give' };
    assert.equal((await run(handOn, choices)).status, 201);
    assert.equal(people()[other.employeeNumber], 'Bo / IT / admin');
    assert.equal((await admin.get('/api/people')).status, 403);
  });

  test('are given by nobody but an administrator', async () => {
    const file = `${HEAD}E1,Li,IT,Administrator\n`;
    const { digest } = await preview(file, { privileged: 'give' });
    for (const role of ROLES.filter((one) => one !== 'admin')) {
      const user = await server.person([role]);
      const choices = { privileged: 'give', digest };
      assert.equal((await send('/api/people/import', file, { choices, by: user })).status, 403, role);
      assert.equal((await send('/api/people/import/preview', file, { by: user })).status, 403, role);
      assert.equal((await user.get('/api/people/export')).status, 403, role);
      assert.equal((await user.get('/api/people/import/template')).status, 403, role);
    }
  });

  test('come from the list of roles alone: whatever a cell says, nobody gets another, nor a privileged one unconfirmed', async () => {
    const word = fc.oneof(
      fc.constantFrom(
        'admin',
        'ADMIN',
        'Administrator',
        '管理员',
        'ａｄｍｉｎ',
        'auditor',
        'security',
        'agent',
        '员工',
        'lead',
      ),
      fc.constantFrom(
        'root',
        '__proto__',
        'constructor',
        'superadmin',
        'admin\u200b',
        'аdmin',
        "'admin",
        '=admin',
        '*',
        '',
      ),
      fc.string({ maxLength: 12 }),
    );
    const cell = fc.tuple(fc.array(word, { maxLength: 3 }), fc.constantFrom(' ', ';', '|', '、', '\n', ''));
    let turn = 0;
    await fc.assert(
      fc.asyncProperty(cell, async ([words, between]) => {
        const number = `R${(turn += 1)}`;
        const file = `${HEAD}${number},Somebody,IT,"${words.join(between).replaceAll('"', '""')}"\n`;
        const { status } = await run(file);
        const roles = people()[number]?.split(' / ')[2]?.split(' ') ?? [];
        assert.equal(roles.length > 0, status === 201);
        assert.ok(roles.every((role) => ROLES.some((known) => known === role)));
        assert.ok(!roles.some((role) => PRIVILEGED_ROLES.some((one) => one === role)), String(roles));
      }),
      { numRuns: 150 },
    );
  });
});

describe('all or nothing', () => {
  const good = (index: number): string => `P${index},Person ${index},IT,Agent`;
  const bad: ((index: number) => string)[] = [
    () => ',Nobody,IT,',
    (index) => `P${index},,IT,`,
    (index) => `P${index},Somebody,,`,
    (index) => `P${index},Somebody,IT,root`,
    (index) => `P${index},Somebody`,
    (index) => `P${index},Somebody,IT,,,more`,
    () => 'P0,The first again,IT,',
    (index) => `P${index},"Some"body,IT,`,
    (index) => `P${index},Somebody,A department that is not there,`,
    (index) => `P${index},Somebody,IT,Administrator`,
  ];

  test('one row that is wrong or undecided, wherever it stands, and nothing is written', async () => {
    const row = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.nat(8), fc.constantFrom(...bad.keys()));
    await fc.assert(
      fc.asyncProperty(row, async ([count, place, which]) => {
        const rows = Array.from({ length: count + 1 }, (_, index) => good(index));
        rows.splice(1 + (place % count), 0, bad[which]?.(99) ?? '');
        const before = stored();
        const { status } = await run(`${HEAD}${rows.join('\n')}\n`);
        assert.equal(status, 409, rows.join('\n'));
        assert.deepEqual(stored(), before);
      }),
      { numRuns: 60 },
    );
  });

  test('a database that fails in the middle leaves nothing behind', async () => {
    const { raw } = server.services.database;
    raw.exec(`CREATE TRIGGER fails BEFORE INSERT ON audit_events WHEN NEW.payload LIKE '%Person 3%'
      BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END`);
    const before = stored();
    const file = `${HEAD}${[0, 1, 2, 3, 4].map(good).join('\n')}\n`;
    assert.equal((await run(file, { departments: 'add' })).status, 500);
    assert.deepEqual(stored(), before);
  });
});

describe('what people wrote in other programs', () => {
  test('is a name as it stands, or refused; nothing else happens with it', async () => {
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    for (const [index, { what, text, isNoName }] of HOSTILE_TEXTS.entries()) {
      const file = `${HEAD}H${index},${quoted(text)},${quoted(text)},\n`;
      const { status } = await run(file, { departments: 'add' });
      assert.equal(status, isNoName ? 409 : 201, what);
      if (status === 201) assert.equal(people()[`H${index}`], `${text} / ${text} / employee`);
      for (const hostile of [`${HEAD}${quoted(text)},Li,IT,\n`, `${HEAD}X1,Li,IT,${quoted(text)}\n`])
        assert.equal((await run(hostile)).status, 409, what);
    }
  });

  test('leaves as text: no cell of an export begins a formula, and importing the export changes nothing', async () => {
    const names = HOSTILE_TEXTS.filter(({ isNoName }) => isNoName !== true).map(({ text }) => text);
    const rows = names.map((name, index) => `H${index},"${name.replaceAll('"', '""')}",IT,\n`);
    await run(HEAD + rows.join(''));
    for (const language of ['en', 'zh-CN']) {
      const answer = await admin.get(`/api/people/export?language=${language}`);
      assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="people.csv"$/);
      const file = Buffer.from(await answer.arrayBuffer());
      assert.equal(file.subarray(0, 3).toString('hex'), 'efbbbf');
      assert.doesNotMatch(file.toString(), /(^|,)"?[=+\-@]/m);
      const shown = await preview(file);
      assert.deepEqual([shown.errors, shown.open], [[], []]);
      assert.ok(shown.rows.every(({ kind }) => kind === 'same'));
      assert.equal(shown.rows.length, names.length + 1);
    }
    assert.deepEqual(
      auditOf('people/exported').map(({ detail }) => detail['count']),
      [names.length + 1, names.length + 1],
    );
  });

  test('an export holds those whom the list shows', async () => {
    await run(`${HEAD}E1,Li,IT,Agent\nE2,Wu,IT,\n`);
    const text = await (await admin.get('/api/people/export?role=agent')).text();
    assert.ok(text.includes('"E1"') && !text.includes('"E2"'));
    assert.equal((await admin.get('/api/people/export?role=root')).status, 400);
  });

  test('the template can be imported as it is, in either language', async () => {
    for (const language of ['en', 'zh-CN']) {
      const template = Buffer.from(
        await (await admin.get(`/api/people/import/template?language=${language}`)).arrayBuffer(),
      );
      const shown = await preview(template);
      assert.deepEqual([shown.errors, shown.ignoredColumns, shown.rows.length], [[], [], 2]);
    }
  });
});
