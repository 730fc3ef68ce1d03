import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { receipt, type Receipt } from '../../protocol/api/receipt.ts';
import { insertOrganisation } from '../access/organisation.repository.ts';
import { createCheckpointer } from '../audit/checkpoints.ts';
import { auditEvents } from '../audit/audit.tables.ts';
import { certifyCheckpointKey } from '../authority/checkpoint-key.ts';
import { outcome, type TestSeat } from '../desk/test-desk.ts';
import type { SessionEvent } from './session.machine.ts';
import { granting, TWO_WINDOWS } from './test-grants.ts';
import {
  accept,
  connectingSession,
  cookieOf,
  createTestSessions,
  invite,
  stranger,
  takeRequest,
  type TakenRequest,
  type TestSessions,
} from './test-sessions.ts';

let t: TestSessions;
let taken: TakenRequest;
let id: string;

beforeEach(async () => {
  t = createTestSessions();
  ({ id, ...taken } = await connectingSession(t));
});
afterEach(() => {
  t.close();
});

const path = (sessionId = id): string => `/api/sessions/${sessionId}/receipt`;
const read = async (seat: TestSeat = taken.employee): Promise<Receipt> =>
  receipt.parse(await (await seat.client.get(path())).json());

function after(seconds: number, ...events: SessionEvent[]): void {
  t.organisation.clock.advance({ s: seconds });
  for (const event of events) t.sessions.apply(id, event);
}

describe('whose it is', () => {
  test('both sides have it, and whoever reads the audit trail; to all others there is none', async () => {
    const readers = [
      taken.employee,
      taken.agent,
      t.seat('S', 'security'),
      t.seat('A', 'auditor'),
      t.seat('D', 'admin'),
    ];
    for (const seat of readers) assert.equal(await outcome(seat.client.get(path())), '200', seat.name);
    for (const seat of [t.seat('O', 'employee'), t.seat('P', 'agent', 'lead')])
      assert.equal(await outcome(seat.client.get(path())), '404 not-found', seat.name);
    assert.equal(await outcome(stranger(t).get(path())), '401 auth.required');
    const nowhere = `ses_${'a'.repeat(26)}`;
    assert.equal(await outcome(taken.employee.client.get(path(nowhere))), '404 not-found');
  });

  test('a guest has that of the session they came for, as long as they are its guest', async () => {
    const other = await takeRequest(t);
    const invited = await invite(other);
    const redeemed = await stranger(t).post('/api/invitations/redeem', { code: invited.spokenCode });
    const headers = { cookie: cookieOf(redeemed) ?? '' };
    const asGuest = (sessionId: string) => t.app.request(path(sessionId), { headers });
    const found = receipt.parse(await (await asGuest(invited.sessionId)).json());
    assert.deepEqual(found.sharer, { name: 'Wang Fang', ...ofEmployee(other), department: 'IT', isGuest: true });
    assert.equal((await asGuest(id)).status, 404);
    await accept(other.employee.client, invited.sessionId);
    assert.equal((await asGuest(invited.sessionId)).status, 404);
  });

  test('it stays when remote assistance has been switched off since', async () => {
    const security = t.seat('S', 'security');
    const changes = [{ which: { kind: 'everybody', subject: 'all' }, isOn: false }];
    assert.equal(await outcome(security.client.send('PATCH', '/api/edition', { version: 0, changes })), '200');
    const { session } = await read();
    assert.deepEqual([session.ended?.reason, session.ended?.by], ['switched-off', 'server']);
  });
});

const ofEmployee = ({ employee }: TakenRequest) => ({ employeeNumber: employee.employeeNumber });

describe('what it says', () => {
  test('before anything is allowed: who asks, why, and that nothing is allowed', async () => {
    const found = await read();
    assert.deepEqual([found.grants, found.declined, found.masked, found.pauses], [[], [], [], []]);
    assert.deepEqual(
      [found.session.state, found.session.reason, found.session.requestedMode, found.session.ended],
      ['connecting', 'Look at the printer settings', 'view', null],
    );
    assert.deepEqual(found.device?.platform, 'linux-x64');
    assert.notEqual(found.session.acceptedAt, null);
  });

  test('the agent as the certificate names them, whatever the account says since', async () => {
    t.organisation.database.raw.prepare("UPDATE people SET name = 'Somebody Else' WHERE id = ?").run(taken.agent.id);
    const { agent, grants } = await read();
    assert.deepEqual(
      [agent.name, agent.employeeNumber, agent.department],
      ['Li Wei', taken.agent.employeeNumber, 'IT'],
    );
    assert.ok(grants.every(({ holder }) => holder === agent.serialNumber));
  });

  test('each right: what it covers, for what, since when and until when at most, on which words', async () => {
    after(
      10,
      granting(t, id),
      granting(t, id, {
        capability: 'input',
        scope: TWO_WINDOWS,
        purpose: 'task',
        notAfter: t.organisation.clock.now() + 610_000,
      }),
    );
    const [view, input] = (await read()).grants;
    const now = t.organisation.clock.now();
    assert.deepEqual(view?.scope, { reach: 'all' });
    assert.deepEqual(input?.scope, TWO_WINDOWS);
    assert.deepEqual([view?.purpose, input?.purpose], ['session', 'task']);
    assert.deepEqual([view?.grantedAt, view?.notAfter, view?.revoked], [now, now - 10_000 + 7_200_000, null]);
    const sha256 = '0c'.repeat(32);
    assert.deepEqual(view?.consentText, { id: 'consent/view/en', version: 1, language: 'en', sha256, sentences: null });
  });

  test('the words themselves, as they were shown, out of an archive and not from what the device says', async () => {
    insertOrganisation(t.organisation.database.db, { name: 'Northport', setUpAt: 1 });
    const about = `Li Wei (${taken.agent.employeeNumber}, IT, Northport)`;
    const shown = [`${about} may look at the screen I chose.`, 'Li Wei may not use my mouse or keyboard.'];
    const sentences = [...shown, 'I can stop this at any moment.'];
    const sha256 = createHash('sha256').update(sentences.join('\n')).digest('hex');
    const other = '0c'.repeat(32);
    const named = ['consent/view/en v1', 'consent/view/en v2', 'consent/view/zh-CN v2', 'consent/control/en v2'];
    const stated = [...named.map((name) => `${name} sha256:${sha256}`), `consent/view/en v99 sha256:${sha256}`];
    stated.push(`constructor/en v2 sha256:${sha256}`, `consent/view/en v2 sha256:${other}`);
    for (const [at, consentText] of stated.entries()) after(1, granting(t, id, { id: `view ${at}`, consentText }));
    const found = (await read()).grants.map((grant) => grant.consentText?.sentences);
    assert.deepEqual(found, [sentences, sentences, null, null, null, null, null]);
  });

  test('words that it does not know by name are given as the device stated them', async () => {
    after(1, granting(t, id, { consentText: 'something else' }));
    const [grant] = (await read()).grants;
    assert.deepEqual([grant?.consentText, grant?.stated], [null, 'something else']);
  });

  test('a right whose time was over, or that a wider one replaced, was taken back by nobody', async () => {
    const ends = [
      { id: 'for the task', cause: 'time' },
      { id: 'narrow', cause: 'replaced' },
      { id: 'wide', cause: undefined },
    ] as const;
    const given = ends.map((end) => granting(t, id, { id: end.id, capability: 'input' }));
    after(10, granting(t, id), ...given);
    after(20, ...ends.map(({ id: grantId, cause }) => ({ type: 'revoked', grantId, cause }) as const));
    const { grants } = await read();
    assert.deepEqual(
      grants.slice(1).map(({ revoked }) => [revoked?.by, revoked?.with]),
      [
        [null, 'time'],
        [null, 'replaced'],
        ['sharer', 'alone'],
      ],
    );
  });

  test('when a right ended and by whom: taken back alone, with a pause, with the session', async () => {
    after(10, granting(t, id), granting(t, id, { capability: 'input' }));
    after(20, { type: 'taken-back', capability: 'input', by: 'agent' });
    after(30, { type: 'paused', by: 'sharer', reason: 'screen-lock' });
    after(40, granting(t, id, { id: 'view again' }), granting(t, id, { id: 'input again', capability: 'input' }));
    after(50, { type: 'ended', by: 'agent', reason: 'agent-stopped' });
    const { grants, pauses, session } = await read();
    const start = grants[0]?.grantedAt ?? 0;
    assert.deepEqual(
      grants.map(({ capability, revoked }) => [capability, (revoked?.at ?? 0) - start, revoked?.by, revoked?.with]),
      [
        ['view', 50_000, 'sharer', 'pause'],
        ['input', 20_000, 'agent', 'alone'],
        ['view', 140_000, 'agent', 'end'],
        ['input', 140_000, 'agent', 'end'],
      ],
    );
    assert.deepEqual(
      pauses.map(({ from, until, reason, by }) => [from - start, (until ?? 0) - start, reason, by]),
      [[50_000, 90_000, 'screen-lock', 'sharer']],
    );
    assert.deepEqual([session.ended?.reason, session.ended?.by], ['agent-stopped', 'agent']);
    assert.equal(session.startedAt, start);
  });

  test('a pause that goes on has no end yet, and one that the session did not outlive ends with it', async () => {
    after(10, granting(t, id));
    after(10, { type: 'paused', by: 'server', reason: 'network' });
    assert.deepEqual(
      (await read()).pauses.map(({ until, by }) => [until, by]),
      [[null, 'server']],
    );
    after(10, { type: 'ended', by: 'sharer', reason: 'sharer-stopped' });
    const { pauses, session } = await read();
    assert.equal(pauses[0]?.until, session.ended?.at);
  });

  test('what was asked for and not given, and what was hidden by which rule', async () => {
    after(10, granting(t, id));
    after(5, { type: 'right-declined', capability: 'input', reach: 'all' });
    after(5, { type: 'masked', rule: 'password-field' });
    after(5, { type: 'masked', rule: 'hr' }, { type: 'masked', rule: 'password-field' });
    const { declined, masked } = await read();
    assert.deepEqual(
      declined.map(({ capability, reach }) => [capability, reach]),
      [['input', 'all']],
    );
    assert.deepEqual(
      masked.map(({ rule, times, firstAt, lastAt }) => [rule, times, lastAt - firstAt]),
      [
        ['password-field', 2, 5000],
        ['hr', 1, 0],
      ],
    );
  });

  test('only of this session, though others run at the same time', async () => {
    const other = await connectingSession(t);
    after(10, granting(t, id));
    t.sessions.apply(other.id, granting(t, other.id, { capability: 'view', id: 'of the other' }));
    t.sessions.apply(other.id, { type: 'right-declined', capability: 'input', reach: 'all' });
    const { grants, declined, lastEntry } = await read();
    assert.deepEqual([grants.map((grant) => grant.id), declined], [['grant of view'], []]);
    assert.equal(entryAt(lastEntry.seq).action, 'session/granted');
  });
});

function entryAt(seq: number) {
  const found = t.organisation.database.db
    .select()
    .from(auditEvents)
    .all()
    .find((event) => event.seq === seq);
  assert.ok(found, `entry ${seq}`);
  return found;
}

describe('how it can be held against the audit trail', () => {
  test('every fact names the entry that says so, with its hash', async () => {
    after(10, granting(t, id));
    after(10, { type: 'paused', by: 'sharer', reason: 'sharer' });
    after(10, { type: 'right-declined', capability: 'input', reach: 'all' });
    after(10, { type: 'ended', by: 'sharer', reason: 'sharer-stopped' });
    const { grants, pauses, declined, session, lastEntry } = await read();
    const named = [
      [grants[0]?.entry, 'session/granted'],
      [grants[0]?.revoked?.entry, 'session/revoked'],
      [pauses[0]?.entry, 'session/paused'],
      [declined[0]?.entry, 'session/declined'],
      [session.ended?.entry, 'session/ended'],
      [lastEntry, 'session/ended'],
    ] as const;
    for (const [entry, action] of named) {
      const event = entryAt(entry?.seq ?? 0);
      assert.deepEqual([event.action, event.hash, event.targetId], [action, entry?.hash, id]);
    }
  });

  test('the end of the chain moves on with it, and is what the chain has', async () => {
    const before = (await read()).chain.head;
    after(1, granting(t, id));
    const { head, checkpoint } = (await read()).chain;
    assert.ok(head.seq > before.seq);
    assert.equal(entryAt(head.seq).hash, head.hash);
    assert.equal(entryAt(head.seq).at, head.at);
    assert.equal(checkpoint, null);
  });

  test('what was deleted from the chain is left out, and what is known otherwise stays', async () => {
    after(10, granting(t, id));
    after(10, { type: 'ended', by: 'sharer', reason: 'sharer-stopped' });
    t.organisation.database.raw.exec('UPDATE audit_events SET payload = NULL, salt = NULL');
    const { grants, session, lastEntry, chain } = await read();
    assert.deepEqual([grants.length, grants[0]?.entry, grants[0]?.revoked?.by], [1, null, null]);
    assert.deepEqual([session.ended?.reason, session.ended?.by], ['sharer-stopped', null]);
    assert.equal(lastEntry.seq, chain.head.seq);
  });

  test('openssl agrees with the signed checkpoint in the file, as the guide says', async () => {
    const { signNow } = checkpointer();
    signNow();
    after(10, granting(t, id));
    signNow();
    const text = await (await taken.employee.client.get(path())).text();
    const found = receipt.parse(JSON.parse(text));
    assert.ok(found.chain.checkpoint);
    assert.ok(found.chain.checkpoint.seq >= found.lastEntry.seq);
    assert.match(check(text), /checkpoint\.pem: OK[\s\S]*Verified OK/);
    const forged = text.replaceAll(found.chain.checkpoint.hash, '0'.repeat(64));
    assert.throws(() => check(forged), /bad signature/);
  });

  test('the answer is text in lines, so that the page can offer it as it came', async () => {
    const answer = await taken.employee.client.get(path());
    assert.equal(answer.headers.get('content-type'), 'application/json');
    const text = await answer.text();
    assert.equal(text, `${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  });
});

function checkpointer() {
  const { database, clock, audit } = t.organisation;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = certifyCheckpointKey({ database, clock, authority: t.authority }, privateKey);
  return createCheckpointer({ database, clock, audit, key });
}

/** The commands of the guide, except for fetching the certificate that is there already. */
const GUIDE = readFileSync(new URL('../../docs/receipt.md', import.meta.url), 'utf8')
  .replace(/^[\s\S]*?```sh\n/, '')
  .replace(/```[\s\S]*$/, '')
  .replace(/^curl.*$/m, '');

function check(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'handrail-receipt-'));
  try {
    writeFileSync(join(folder, 'receipt.json'), text);
    writeFileSync(join(folder, 'ca.crt'), t.authority.caCertificate);
    return execFileSync('sh', ['-ec', GUIDE], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
