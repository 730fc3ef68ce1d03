import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { identityCertificate, identityChallenge } from '../../protocol/api/access.ts';
import { createTestServer, type TestServer, type TestUser } from '../test-server.ts';
import { createTestClient, TEST_ORIGIN } from './test-organisation.ts';
import { png } from './test-photo.ts';

const browserKey = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherBrowserKey = generateKeyPairSync('rsa', { modulusLength: 2048 });

let server: TestServer;
let agent: TestUser;
let admin: TestUser;
let revoked: string[];
beforeEach(async () => {
  server = createTestServer();
  agent = await server.person(['agent', 'employee'], '李伟');
  admin = await server.person(['admin']);
  revoked = [];
  server.services.events.on('identity/revoked', ({ serialNumber }) => revoked.push(serialNumber));
});
afterEach(() => server.close());

async function enrol(person: TestUser, key = browserKey) {
  const { challenge } = identityChallenge.parse(await (await person.post('/api/identity/challenge')).json());
  const answer = await person.post('/api/identity', {
    challenge,
    publicKey: key.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    signature: sign('sha256', Buffer.from(`handrail identity ${challenge}`), key.privateKey).toString('base64'),
  });
  assert.equal(answer.status, 201);
  return identityCertificate.parse(await answer.json());
}
const card = (pem: string) => server.services.authority.readIdentity(pem);

describe('an agent’s identity', () => {
  test('names them as the organisation knows them, whatever the browser says', async () => {
    const issued = await enrol(agent);
    assert.equal(issued.ca, server.services.authority.caCertificate);
    const read = card(issued.certificate);
    assert.deepEqual([read?.name, read?.employeeNumber, read?.department], ['李伟', agent.employeeNumber, 'IT']);
    assert.equal(read?.personId, agent.id);
  });

  test('names the photo by its hash', async () => {
    await server.app.request(`/api/people/${agent.id}/photo`, {
      method: 'PUT',
      headers: { origin: TEST_ORIGIN, cookie: admin.cookie, 'content-type': 'image/png' },
      body: new Uint8Array(png(32, 32)),
    });
    assert.match(card((await enrol(agent)).certificate)?.photoSha256 ?? '', /^[0-9a-f]{64}$/);
  });

  test('of a second browser ends that of the first; the same browser again ends nothing', async () => {
    const first = await enrol(agent);
    await enrol(agent);
    assert.equal(revoked.length, 0);
    const second = await enrol(agent, otherBrowserKey);
    assert.ok(revoked.includes(first.serialNumber));
    assert.equal(card(first.certificate), null);
    assert.ok(card(second.certificate));
  });

  test('ends as soon as it says something that is no longer so', async () => {
    const changes: [string, string, object][] = [
      ['PATCH', `/api/people/${agent.id}`, { name: 'Li Wei' }],
      ['PATCH', `/api/people/${agent.id}`, { roles: ['employee'] }],
      ['POST', `/api/people/${agent.id}/deactivate`, {}],
    ];
    for (const [method, path, sent] of changes) {
      await admin.post(`/api/people/${agent.id}/activate`);
      await admin.send('PATCH', `/api/people/${agent.id}`, { roles: ['agent'] });
      const { secret } = server.services.signIns.begin(server.services.database.db, { personId: agent.id });
      const cookie = `__Host-handrail=${secret}`;
      const issued = await enrol({ ...agent, ...createTestClient(server.app, { cookie }) });
      assert.equal((await admin.send(method, path, sent)).status, 200);
      assert.equal(card(issued.certificate), null, path);
      assert.ok(revoked.includes(issued.serialNumber));
    }
  });

  test('outlives changes that it does not mention', async () => {
    const issued = await enrol(agent);
    await admin.send('PATCH', `/api/people/${agent.id}`, { roles: ['agent', 'lead'] });
    await agent.send('PUT', '/api/me/language', { language: 'en' });
    assert.ok(card(issued.certificate));
    assert.equal(revoked.length, 0);
  });

  test('is not given for somebody else’s challenge or twice for one', async () => {
    const colleague = await server.person(['agent']);
    const { challenge } = identityChallenge.parse(await (await agent.post('/api/identity/challenge')).json());
    const proof = {
      challenge,
      publicKey: browserKey.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      signature: sign('sha256', Buffer.from(`handrail identity ${challenge}`), browserKey.privateKey).toString(
        'base64',
      ),
    };
    assert.equal((await colleague.post('/api/identity', proof)).status, 403);
    assert.equal((await agent.post('/api/identity', proof)).status, 201);
    assert.equal((await agent.post('/api/identity', proof)).status, 403);
  });
});
