import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { grantTag, openGrant } from '../../protocol/grant.ts';
import { newParty } from '../../protocol/handshake.fixture.ts';
import type { Area, Scope } from '../../protocol/scope.ts';
import { HeldRights, uniteScopes, type RightToGive } from './held.rights.ts';

const device = await newParty('device');
const WINDOW: Area = { kind: 'window', windowId: '0x1' };
const OTHER: Area = { kind: 'application', executable: '/usr/bin/xterm' };

function open(policy = { capabilities: ['view', 'input', 'files'], limitedOnly: [] as string[] }) {
  const clock = { now: 1000 };
  const rights = new HeldRights({
    sessionId: `ses_${'a'.repeat(26)}`,
    holder: 'a1',
    policy,
    sessionKey: device.privateKey,
    now: () => clock.now,
  });
  const give = (capability: RightToGive['capability'], scope: Scope = 'all', change: Partial<RightToGive> = {}) =>
    rights.give({ capability, scope, purpose: 'session', notAfter: 5000, consentText: 'text', ...change });
  return { rights, give, clock };
}

describe('rights that the device holds', () => {
  test('are in force before they are signed, and the signed statement says how far and never what', async () => {
    const { rights, give } = open();
    await give('view');
    const giving = give('input', [WINDOW, OTHER]);
    assert.equal(rights.rights().get('input')?.reach, 'limited');
    const statement = await openGrant((await giving).grant, device.publicKey);
    assert.ok(statement?.scope.reach === 'limited');
    const { windows, applications, rectangles } = statement.scope;
    assert.deepEqual([windows, applications, rectangles], [1, 1, 0]);
    assert.ok(!JSON.stringify(statement).includes('xterm'));
    assert.equal(rights.grantsOf('input')[0]?.tag, grantTag(statement.id));
  });

  test('two grants of the same windows cannot be told to be the same by their hash', async () => {
    const { give } = open();
    const given = await Promise.all([give('view', [OTHER]), give('view', [OTHER])]);
    const hashes = await Promise.all(
      given.map(async ({ grant }) => {
        const scope = (await openGrant(grant, device.publicKey))?.scope;
        return scope?.reach === 'limited' ? scope.sha256 : '';
      }),
    );
    assert.notEqual(hashes[0], hashes[1]);
  });

  test('end when they are taken back, at their time, and with the right to see', async () => {
    const { rights, give, clock } = open();
    const view = await give('view');
    await give('input', 'all', { notAfter: 3000 });
    assert.equal(rights.holds('input'), true);
    clock.now = 3000;
    assert.equal(rights.holds('input'), false);
    await give('input');
    assert.deepEqual(
      rights.revoke(({ capability }) => capability === 'view'),
      [view.id],
    );
    assert.equal(rights.has(view.id), false);
    assert.deepEqual([...rights.rights().keys()], []);
  });

  test('cover what all their grants cover together', async () => {
    const { rights, give } = open();
    await give('view', [WINDOW]);
    const { id } = await give('view', [OTHER, WINDOW]);
    assert.deepEqual(rights.scopeOf('view'), [WINDOW, OTHER]);
    assert.equal(rights.scopeOf('input'), undefined);
    rights.revoke((grant) => grant.id === id);
    assert.deepEqual(rights.scopeOf('view'), [WINDOW]);
    assert.equal(uniteScopes([WINDOW], 'all'), 'all');
  });

  test('are never wider than the policy, whatever was signed', async () => {
    const { rights, give } = open({ capabilities: ['view', 'input'], limitedOnly: ['input'] });
    await give('view');
    await give('input');
    await give('files');
    assert.deepEqual([...rights.rights().keys()], ['view']);
    assert.deepEqual([rights.scopeOf('input'), rights.grantsOf('files')], [undefined, []]);
    await give('input', [WINDOW]);
    assert.deepEqual(rights.scopeOf('input'), [WINDOW]);
  });
});
