import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { me, organisation } from '../../protocol/api/access.ts';
import type { EditionSwitch } from '../../protocol/api/edition.ts';
import type { TestClient } from '../access/test-organisation.ts';
import { createTestServer, TEST_PASSWORD, type TestServer, type TestUser } from '../test-server.ts';

let server: TestServer;
let security: TestUser;
beforeEach(async () => {
  server = createTestServer();
  security = await server.person(['security']);
});
afterEach(() => {
  server.close();
});

const turnOff = async (which: EditionSwitch): Promise<void> => {
  const order = { version: 0, changes: [{ which, isOn: false }] };
  assert.equal((await security.send('PATCH', '/api/edition', order)).status, 200);
};
const forMe = async (client: TestClient): Promise<boolean> =>
  me.parse(await (await client.get('/api/me')).json()).isAssistanceAvailable;
const forAnybody = async (): Promise<boolean> =>
  organisation.parse(await (await server.stranger.get('/api/organisation')).json()).isAssistanceAvailable;

describe('what the pages are told of the edition', () => {
  test('a stranger sees whether anybody can be helped, somebody signed in whether they can', async () => {
    const [employee, auditor] = [await server.person(['employee']), await server.person(['employee', 'auditor'])];
    assert.deepEqual([await forAnybody(), await forMe(employee), await forMe(auditor)], [true, true, true]);
    await turnOff({ kind: 'sharer-role', subject: 'auditor' });
    assert.deepEqual([await forAnybody(), await forMe(employee), await forMe(auditor)], [true, true, false]);
  });

  test('off for everybody is off for strangers and for each', async () => {
    const employee = await server.person(['employee']);
    await turnOff({ kind: 'everybody', subject: 'all' });
    assert.deepEqual([await forAnybody(), await forMe(employee)], [false, false]);
    assert.equal((await server.stranger.post('/api/invitations/redeem', { code: '123456789' })).status, 404);
  });

  test('the only department off leaves nobody', async () => {
    await turnOff({ kind: 'department', subject: server.departmentId });
    assert.equal(await forAnybody(), false);
  });

  test('a sign-in says it too', async () => {
    await turnOff({ kind: 'everybody', subject: 'all' });
    const { employeeNumber } = await server.person(['employee']);
    const answer = await server.stranger.post('/api/sign-in', { employeeNumber, password: TEST_PASSWORD });
    assert.equal(me.parse(await answer.json()).isAssistanceAvailable, false);
  });
});
