/** What an operator practises before they need it: back up, lose everything, restore; upgrade, and go back. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as access from '../protocol/api/access.ts';
import { auditPage } from '../protocol/api/audit.ts';
import * as desk from '../protocol/api/desk.ts';
import * as sessions from '../protocol/api/sessions.ts';
import { status } from '../protocol/api/status.ts';
import { PlainClient } from './plain-client.ts';
import { openLive } from './plain-day.ts';
import * as office from './plain-office.ts';
import * as stream from './plain-stream.ts';
import { eventually } from './processes.ts';
import { Product } from './product.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

/** The command line, in a process of its own. */
const handrail = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  run(process.execPath, ['ops/handrail.mjs', ...args], { cwd: root });

async function verifyAudit(dataDir: string, ...args: string[]): Promise<string> {
  return (await run(process.execPath, ['ops/audit-verify.ts', '--data-dir', dataDir, ...args], { cwd: root })).stdout;
}

const caOf = (dataDir: string): string => readFileSync(join(dataDir, 'authority', 'ca.crt'), 'utf8');

function deviceAddress(product: Product, token: string): stream.DeviceAddress {
  const { raw } = new X509Certificate(caOf(product.dataDir));
  const caFingerprint = createHash('sha256').update(raw).digest('hex').slice(0, 32);
  return { host: 'localhost', port: product.devicePort, caFingerprint, token };
}

async function setUpToken(product: Product): Promise<string> {
  return eventually('the set-up link', () => /setup#([\w-]{43})/.exec(product.output())?.[1]);
}

describe('back up while running, destroy, restore', { timeout: 240_000 }, () => {
  let folder = '';
  let product: Product;
  let made: office.PlainOffice;
  let client: PlainClient;
  /** Everything that let somebody in when the backup was made. */
  const open = { link: '', invitationSecret: '', spokenCode: '', helperToken: '', session: '', waiting: '' };
  let enrolment: Awaited<ReturnType<typeof stream.enrolDevice>>;
  let identity: office.PlainIdentity;
  let solved = '';
  let backup = '';
  let ended = '';
  const written: string[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'handrail-drill-'));
    backup = join(folder, 'backup.tar');
    product = await Product.start(join(folder, 'data'));
    client = new PlainClient(product.url, { ca: caOf(product.dataDir) });
    made = await office.foundPlainOffice(client, await setUpToken(product));
    solved = await office.askForHelp(made.employee, 'Everything is slow');
    await made.agent.client.post(`/api/requests/${solved}/take`, desk.request, {});
    await made.agent.client.post(`/api/requests/${solved}/solve`, desk.request, {});
    await openDoors();
  });
  after(async () => {
    client.close();
    await product.stop();
    rmSync(folder, { recursive: true });
  });

  /** A live session, an invitation, an accepted one whose helper has not started, a password link. */
  async function openDoors(): Promise<void> {
    const live = await office.takeAndInvite(
      made.agent,
      await office.askForHelp(made.employee, 'The scanner is silent'),
    );
    identity = live.identity;
    const accepted = await office.acceptInvitation(made.employee, live.sessionId);
    const address = deviceAddress(product, accepted.token);
    enrolment = await stream.enrolDevice(address);
    const agentEnd = await stream.joinAgent(made.agent, live);
    const deviceEnd = await stream.joinDevice(address, enrolment);
    await stream.grantView(deviceEnd, enrolment, identity.serialNumber);
    open.session = live.sessionId;
    const invited = await office.inviteWith(made.agent, await office.askForHelp(made.employee, 'No sound'));
    open.invitationSecret = office.secretOf(invited.link);
    open.spokenCode = invited.spokenCode;
    const third = await office.inviteWith(made.agent, await office.askForHelp(made.employee, 'No picture'));
    open.helperToken = (await office.acceptInvitation(made.employee, third.sessionId)).token;
    open.waiting = third.sessionId;
    open.link = made.openPasswordLink;
    // What holds them open does not matter; the server has noticed neither end leaving when it is backed up.
    void [agentEnd, deviceEnd];
  }

  test('a backup is made while people go on working, and is whole', async () => {
    let isDone = false;
    const working = (async () => {
      const id = await office.askForHelp(made.employee, 'Printing while the backup runs');
      for (let turn = 0; !isDone; turn += 1) {
        const text = `message ${turn}`;
        await made.employee.client.post(`/api/requests/${id}/messages`, desk.message, {
          text,
          clientId: crypto.randomUUID(),
        });
        if (turn < 8) {
          const bytes = new Uint8Array(Buffer.from(`file ${turn}\n`.repeat(20_000)));
          written.push((await made.employee.client.attach(id, { name: `file-${turn}.txt`, bytes })).sha256);
        }
      }
    })();
    const { stdout } = await handrail('backup', backup, '--data-dir', product.dataDir);
    isDone = true;
    await working;
    assert.match(stdout, /files, .* not encrypted/);
    ended = /ends at (\d+:[0-9a-f]{64})/.exec(stdout)?.[1] ?? '';
    assert.match((await handrail('check', backup)).stdout, /is whole/);
    const seen = await made.admin.client.get('/api/status', status);
    assert.ok(seen.backup !== null && Date.now() - seen.backup.at < 60_000 && !seen.backup.isEncrypted);
    assert.ok(seen.sessions.some(({ id, path }) => id === open.session && path === 'relay'));
  });

  test('everything is destroyed and comes back', async () => {
    await product.stop('SIGKILL');
    rmSync(product.dataDir, { recursive: true });
    const { stdout } = await handrail('restore', backup, '--data-dir', product.dataDir);
    assert.match(stdout, /is restored from/);
    await product.run();
    const admin = await office.signIn(client.stranger(), made.admin);
    const { people } = await admin.client.get('/api/people', access.people);
    assert.deepEqual(people.map(({ name }) => name).sort(), ['Anna Lindgren', 'Maria Keller', 'Tom Becker', '李伟']);
    const employee = await office.signIn(client.stranger(), made.employee);
    const { requests } = await employee.client.get('/api/requests', desk.requests);
    const before = requests.find(({ id }) => id === solved);
    assert.equal(before?.state, 'solved');
    assert.deepEqual(before.attachments.map(({ name }) => name).sort(), ['printer.log', '设置.txt']);
    const attachments = requests.flatMap((request) => request.attachments);
    for (const { id, sha256 } of attachments) {
      const { text, status: code } = await employee.client.send('GET', `/api/attachments/${id}`);
      assert.equal(code, 200);
      assert.equal(createHash('sha256').update(text).digest('hex'), sha256);
    }
    assert.ok(attachments.filter(({ sha256 }) => written.includes(sha256)).length <= written.length);
  });

  test('nothing that was open is open any more', async () => {
    for (const member of [made.admin, made.agent, made.employee]) {
      const former = client.stranger();
      former.cookie = member.client.cookie;
      assert.equal((await former.send('GET', '/api/me')).status, 401);
      await assert.rejects(openLive({ ...member, client: former }), /401/);
    }
    const stranger = client.stranger();
    const statusOf = async (path: string, body: object): Promise<number> =>
      (await stranger.send('POST', path, body)).status;
    assert.equal(await statusOf('/api/password-links/open', { token: open.link }), 410);
    assert.equal(
      await statusOf('/api/password-links/redeem', { token: open.link, password: 'a long enough password' }),
      410,
    );
    assert.equal(await statusOf('/api/invitations/redeem', { secret: open.invitationSecret }), 410);
    assert.equal(await statusOf('/api/invitations/redeem', { code: open.spokenCode }), 410);
    await assert.rejects(stream.enrolDevice(deviceAddress(product, open.helperToken)), { code: 'token-refused' });
    await assert.rejects(stream.joinDevice(deviceAddress(product, ''), enrolment), /403/);
    const agent = await office.signIn(client.stranger(), made.agent);
    const ticket = await agent.client.send('POST', `/api/sessions/${open.session}/ticket`, {});
    assert.equal(ticket.status, 409);
    const invitation = await agent.client.send('POST', `/api/requests/${solved}/invitations`, {
      reason: 'x',
      mode: 'view',
    });
    assert.equal(invitation.status, 409);
    for (const id of [open.session, open.waiting]) {
      const { state, endReason, grantedMode } = await agent.client.get(`/api/sessions/${id}`, sessions.session);
      assert.deepEqual([state, endReason, grantedMode], ['ended', 'server-restarted', null]);
    }
  });

  test('the audit chain says what happened and verifies from the backup’s end to now', async () => {
    const admin = await office.signIn(client.stranger(), made.admin);
    const page = await admin.client.get('/api/audit?limit=200', auditPage);
    const restored = page.events.find(({ action }) => action === 'appliance/restored');
    assert.ok(restored);
    const [seq, hash] = ended.split(':');
    assert.equal(String(restored.detail['headSeq']), seq);
    assert.equal(restored.detail['headHash'], hash);
    assert.equal(restored.seq, Number(seq) + 1);
    const after = page.events.filter((event) => event.seq > restored.seq).map(({ action }) => action);
    assert.equal(after.filter((action) => action === 'session/ended').length, 3);
    assert.ok(after.includes('identity/revoked') && after.includes('certificate/revoked'));
    assert.match(await verifyAudit(product.dataDir, '--head', ended), /^Intact/);
  });

  test('everybody goes on working: a new certificate, a new session, a new backup', async () => {
    const agent = await office.signIn(client.stranger(), made.agent);
    const employee = await office.signIn(client.stranger(), made.employee);
    const next = await office.takeAndInvite(agent, await office.askForHelp(employee, 'Again'));
    const accepted = await office.acceptInvitation(employee, next.sessionId);
    const address = deviceAddress(product, accepted.token);
    const again = await stream.enrolDevice(address);
    const agentEnd = await stream.joinAgent(agent, next);
    const deviceEnd = await stream.joinDevice(address, again);
    await stream.grantView(deviceEnd, again, next.identity.serialNumber);
    for (const end of [agentEnd, deviceEnd]) end.close();
    await handrail('backup', join(folder, 'second.tar'), '--data-dir', product.dataDir);
  });
});

describe('every secret made anew', { timeout: 120_000 }, () => {
  test('people sign in again, helpers of before are refused, what was stays readable, and work goes on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'handrail-rotate-'));
    const product = await Product.start(join(folder, 'data'));
    const client = new PlainClient(product.url, { ca: caOf(product.dataDir) });
    const made = await office.foundPlainOffice(client, await setUpToken(product));
    const first = await office.takeAndInvite(made.agent, await office.askForHelp(made.employee, 'Slow'));
    const accepted = await office.acceptInvitation(made.employee, first.sessionId);
    const formerAddress = deviceAddress(product, accepted.token);

    const rotateAll = ['rotate', 'all', '--data-dir', product.dataDir];
    assert.match((await handrail(...rotateAll)).stdout, /Nothing was done/);
    await assert.rejects(handrail(...rotateAll, '--yes'), /server is running/);
    await product.stop();
    assert.match((await handrail(...rotateAll, '--yes')).stdout, /new internal CA, SHA-256 [0-9a-f]{64}/);
    await product.run();

    await assert.rejects(client.send('GET', '/api/me'), /certificate/);
    client.close();
    const after = new PlainClient(product.url, { ca: caOf(product.dataDir) });
    after.cookie = made.admin.client.cookie;
    assert.equal((await after.send('GET', '/api/me')).status, 401);
    assert.equal((await after.send('POST', '/api/password-links/open', { token: made.openPasswordLink })).status, 410);
    await assert.rejects(stream.enrolDevice(formerAddress), { code: 'wrong-ca' });
    const agent = await office.signIn(after.stranger(), made.agent);
    const employee = await office.signIn(after.stranger(), made.employee);
    const { state, card } = await agent.client.get(`/api/sessions/${first.sessionId}`, sessions.session);
    assert.deepEqual([state, card.name], ['ended', '李伟']);
    const next = await office.takeAndInvite(agent, await office.askForHelp(employee, 'Again'));
    const { token } = await office.acceptInvitation(employee, next.sessionId);
    await stream.enrolDevice(deviceAddress(product, token));
    after.close();
    await product.stop();
    assert.match(await verifyAudit(product.dataDir), /^Intact: \d+ events, \d+ signed/);
    rmSync(folder, { recursive: true });
  });
});

interface FixtureFacts {
  people: { employeeNumber: string; name: string; password: string; cookie: string }[];
  openPasswordLink: string;
  liveSession: string;
  requests: desk.Request[];
}

describe('an upgrade from the data of 0.1.0', { timeout: 120_000 }, () => {
  const fixture = fileURLToPath(new URL('fixtures/data-0.1.0', import.meta.url));
  const facts = JSON.parse(readFileSync(`${fixture}.json`, 'utf8')) as FixtureFacts;
  let folder = '';
  let product: Product | undefined;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'handrail-upgrade-'));
    await run('tar', ['-xzf', `${fixture}.tar.gz`, '-C', folder]);
  });
  afterEach(async () => {
    await product?.stop();
    product = undefined;
  });
  after(() => rmSync(folder, { recursive: true }));

  const memberOf = (index: number): office.PlainMember => {
    const { employeeNumber = '', password = '' } = facts.people[index] ?? {};
    return { password, me: { employeeNumber } as access.Me, client: new PlainClient('', { ca: '' }) };
  };

  async function start(dataDir: string): Promise<PlainClient> {
    product = await Product.start(dataDir);
    return new PlainClient(product.url, { ca: caOf(dataDir) });
  }

  test('starts, and everything is there: people, passwords, requests, files, sessions, the chain', async () => {
    const dataDir = join(folder, 'data');
    const client = await start(dataDir);
    const admin = await office.signIn(client.stranger(), memberOf(0));
    const { people } = await admin.client.get('/api/people', access.people);
    for (const { name } of facts.people) assert.ok(people.some((person) => person.name === name));
    const employee = await office.signIn(client.stranger(), memberOf(2));
    const { requests } = await employee.client.get('/api/requests', desk.requests);
    for (const before of facts.requests) {
      const now = requests.find(({ id }) => id === before.id);
      assert.deepEqual([now?.symptom, now?.attachments], [before.symptom, before.attachments]);
      for (const { id, sha256 } of before.attachments) {
        const { text } = await employee.client.send('GET', `/api/attachments/${id}`);
        assert.equal(createHash('sha256').update(text).digest('hex'), sha256);
      }
      const { messages } = await employee.client.get(`/api/requests/${before.id}/messages`, desk.messages);
      assert.ok(messages.some(({ text }) => text === 'It worked yesterday.'));
    }
    const agent = await office.signIn(client.stranger(), memberOf(1));
    const session = await agent.client.get(`/api/sessions/${facts.liveSession}`, sessions.session);
    assert.deepEqual([session.state, session.card.name], ['ended', '李伟']);
    await product?.stop();
    assert.match(await verifyAudit(dataDir), /^Intact: \d+ events, \d+ signed/);
  });

  test('has made a backup by itself where there was something to migrate, from which one can go back', async () => {
    const dataDir = join(folder, 'data');
    const names = readdirSync(dataDir).includes('backups') ? readdirSync(join(dataDir, 'backups')) : [];
    const newest = readdirSync(join(root, 'migrations')).sort().at(-1) ?? '';
    if (newest.startsWith('0003')) return assert.deepEqual(names, []);
    const [name = ''] = names;
    assert.match(name, /^before-0\d{3}-\d{8}T\d{6}Z\.tar$/);
    const back = join(folder, 'back');
    const { stdout } = await handrail('restore', join(dataDir, 'backups', name), '--data-dir', back);
    assert.match(stdout, /schema 0003_sessions/);
    assert.match(await verifyAudit(back), /^Intact/);
    // The version of that time is not here to be started; this one migrates it once more.
    const client = await start(back);
    await office.signIn(client.stranger(), memberOf(0));
    const former = client.stranger();
    former.cookie = facts.people[0]?.cookie ?? '';
    assert.equal((await former.send('GET', '/api/me')).status, 401);
  });
});
