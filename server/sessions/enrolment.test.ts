import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { accepted, enrolled } from '../../protocol/api/sessions.ts';
import { outcome } from '../desk/test-desk.ts';
import {
  REVOKED_FILE,
  accept,
  createTestSessions,
  enrol,
  invite,
  takeRequest,
  view,
  type TakenRequest,
  type TestSessions,
} from './test-sessions.ts';

let t: TestSessions;
let taken: TakenRequest;
let id: string;
let token: string;

beforeEach(async () => {
  t = createTestSessions();
  taken = await takeRequest(t);
  id = (await invite(taken)).sessionId;
  token = (await accept(taken.employee.client, id)).token;
});
afterEach(() => {
  t.close();
});

describe('enrolment', () => {
  test('turns the token into a certificate for this session that lives no longer than the session may', async () => {
    const answer = enrolled.parse(await (await enrol(t, token)).json());
    const device = t.authority.readDevice(answer.certificate);
    assert.equal(device?.sessionId, id);
    assert.ok(answer.notAfter - t.organisation.clock.now() <= (15 * 60 + 2 * 3600 + 300) * 1000);
    assert.equal(new X509Certificate(answer.agentCertificate).checkIssued(new X509Certificate(answer.ca)), true);
    assert.deepEqual(
      [answer.sharerName, answer.requestedMode, answer.language, answer.policy.capabilities, answer.sessionLimitS],
      ['Wang Fang', 'view', 'en', ['view', 'input', 'files', 'elevated'], 7200],
    );
    assert.equal((await view(taken.employee.client, id)).state, 'connecting');
    assert.deepEqual(t.sessions.findByDeviceSerial(device?.serialNumber ?? ''), { sessionId: id });
  });

  test('a token works once', async () => {
    assert.equal(await outcome(enrol(t, token)), '201');
    assert.equal(await outcome(enrol(t, token)), '403 enrolment.token-invalid');
  });

  test('of two helpers with the same token one gets a certificate', async () => {
    const both = await Promise.all([outcome(enrol(t, token)), outcome(enrol(t, token))]);
    assert.deepEqual(both.sort(), ['201', '403 enrolment.token-invalid']);
    const { count } = t.organisation.database.raw
      .prepare<[], { count: number }>("SELECT count(*) AS count FROM certificates WHERE kind = 'device'")
      .get() ?? { count: -1 };
    assert.equal(count, 1);
  });

  test('a token that is too old, or of a session that has ended, is refused and leaves no certificate', async () => {
    t.organisation.clock.advance({ s: 30 * 60 });
    assert.equal(await outcome(enrol(t, token)), '403 enrolment.token-invalid');
    const other = await takeRequest(t);
    const { sessionId } = await invite(other);
    const fresh = await accept(other.employee.client, sessionId);
    await other.employee.client.post(`/api/sessions/${sessionId}/end`);
    assert.equal(await outcome(enrol(t, fresh.token)), '403 enrolment.token-invalid');
    const devices = t.organisation.database.raw.prepare("SELECT 1 FROM certificates WHERE kind = 'device'").all();
    assert.deepEqual(devices, []);
  });

  test('a token that outlives its session opens nothing, also when no timer ran', async () => {
    t.organisation.clock.advance({ s: 29 * 60 });
    const renewed = await taken.employee.client.post(`/api/sessions/${id}/downloads`);
    const { token: fresh } = accepted.parse(await renewed.json());
    t.organisation.clock.advance({ s: 60 });
    assert.equal(await outcome(enrol(t, fresh)), '403 enrolment.token-invalid');
    assert.deepEqual(t.organisation.database.raw.prepare("SELECT 1 FROM certificates WHERE kind = 'device'").all(), []);
  });

  test('the token is not in the database', () => {
    const dump = JSON.stringify(t.organisation.database.raw.prepare('SELECT * FROM helper_tokens').all());
    assert.ok(!dump.includes(token));
  });

  for (const helperVersion of ['0.0.9', '0.1', 'v0.1.0', '', '0.1.0-beta']) {
    test(`version ${helperVersion || '(none)'} is too old, and the token survives for a newer helper`, async () => {
      assert.equal(await outcome(enrol(t, token, { helperVersion })), '426 enrolment.version-too-old');
      assert.equal(await outcome(enrol(t, token, { helperVersion: '0.10.0' })), '201');
    });
  }

  test('a file that was revoked is refused, and the token survives for another one', async () => {
    assert.equal(await outcome(enrol(t, token, { helperFile: REVOKED_FILE })), '403 enrolment.file-revoked');
    assert.equal(await outcome(enrol(t, token, { helperFile: 'be'.repeat(32) })), '201');
  });

  test('a request that is not PKCS#10 is refused, and the token survives', async () => {
    assert.equal(await outcome(enrol(t, token, { csr: 'not a request' })), '422 enrolment.csr-invalid');
    assert.equal(await outcome(enrol(t, token)), '201');
  });

  test('refusals are in the audit chain and bounded; whoever has the right token is let in all the same', async () => {
    for (let count = 0; count < 10; count += 1) await enrol(t, 'a'.repeat(26));
    assert.equal(t.auditActions().filter((action) => action === 'session/enrolment-refused').length, 10);
    assert.equal(await outcome(enrol(t, 'a'.repeat(26))), '429 auth.too-many-attempts');
    assert.equal(t.auditActions().filter((action) => action === 'session/enrolment-refused').length, 10);
    assert.equal(await outcome(enrol(t, token)), '201');
  });

  test('nothing but the four fields is taken', async () => {
    assert.equal(await outcome(enrol(t, token, { sessionId: id })), '400 request.invalid');
  });
});
