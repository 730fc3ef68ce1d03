/**
 * What an older and a newer Handrail would say, put to every parser that reads it: unknown is denied or ignored, in both
 * directions, and never read as a right of ours (ARCHITECTURE §7, item 10).
 */
import { before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { enrolled, takeBack } from './api/sessions.ts';
import { toBase64Url, utf8 } from './bytes.ts';
import { CAPABILITY_NAMES, effective, type GrantFact, type RightsPolicy } from './capabilities.ts';
import { openGrant, signGrant, type GrantStatement, type SignedGrant } from './grant.ts';
import { newParty, type TestParty } from './handshake.fixture.ts';
import { sign } from './handshake.ts';
import { agentToRelay, deviceToRelay, relayToAgent, relayToDevice } from './relay.ts';
import { controlFromAgent, controlFromDevice, inputMessage } from './stream.ts';
import { z } from './zod.ts';

const GRANT: GrantStatement = {
  kind: 'handrail/2 grant',
  id: '00112233445566778899aabbccddeeff',
  sessionId: 'ses_abcdefghijklmnopqrstuvwxyz',
  holder: '5f3a',
  capability: 'input',
  scope: { reach: 'limited', windows: 1, applications: 0, rectangles: 0, sha256: 'f'.repeat(64) },
  purpose: 'task',
  notBefore: 1_000,
  notAfter: 2_000,
  consentText: 'limited 1 en',
};
const { scope: _scope, purpose: _purpose, ...withoutScope } = GRANT;
const FIRST = { ...withoutScope, kind: 'handrail/1 grant' };

/** As it was before rights had a scope. */
const grantOfFirstVersion = z.strictObject({
  kind: z.literal('handrail/1 grant'),
  id: z.string(),
  sessionId: z.string(),
  holder: z.string(),
  capability: z.enum(['view', 'input']),
  notBefore: z.number(),
  notAfter: z.number(),
  consentText: z.string(),
});

let device: TestParty;
before(async () => {
  device = await newParty('device');
});

describe('a grant', () => {
  const signed = async (text: string): Promise<SignedGrant> => ({
    statement: text,
    signature: toBase64Url(await sign(device.privateKey, utf8(text))),
  });
  const opened = async (statement: object) => openGrant(await signed(JSON.stringify(statement)), device.publicKey);

  const OTHERS: [string, object][] = [
    ['of the first version, whose scope was everything', FIRST],
    ['of the first version under our name', { ...FIRST, kind: GRANT.kind }],
    ['of ours under the first version’s name', { ...GRANT, kind: FIRST.kind }],
    ['of the next version', { ...GRANT, kind: 'handrail/3 grant' }],
    ['with a condition that we do not know', { ...GRANT, onlyWhile: 'supervisor' }],
    ['with a scope by a measure that we do not know', { ...GRANT, scope: { ...GRANT.scope, tabs: 1 } }],
    ['with a reach that we do not know', { ...GRANT, scope: { reach: 'screen', screen: 1 } }],
    ['with a scope in words', { ...GRANT, scope: 'all' }],
    ['for a purpose that we do not know', { ...GRANT, purpose: 'standing' }],
    ['of a capability that we do not know', { ...GRANT, capability: 'clipboard' }],
    ['of several capabilities', { ...GRANT, capability: ['view', 'input'] }],
  ];
  for (const [what, statement] of OTHERS)
    test(`${what} is none, though signed`, async () => assert.equal(await opened(statement), undefined));

  test('of ours opens here and nowhere earlier', async () => {
    assert.deepEqual(await openGrant(await signGrant(GRANT, device.privateKey), device.publicKey), GRANT);
    assert.ok(grantOfFirstVersion.safeParse(FIRST).success);
    assert.ok(!grantOfFirstVersion.safeParse(GRANT).success);
    assert.ok(!grantOfFirstVersion.safeParse({ ...GRANT, kind: FIRST.kind }).success);
  });
});

/** What one direction takes today, and what the versions around it would say in its place. */
interface Direction {
  parser: z.ZodType;
  today: object[];
  others: object[];
}
const ask = { type: 'ask', id: '0'.repeat(16), capability: 'input', reach: 'limited', reason: 'The driver' };
const right = { capability: 'view', tag: '0'.repeat(16), reach: 'all', purpose: 'session', notAfter: 1 };
const end = { type: 'end', reason: 'sharer-stopped' };

const STRICT: Record<string, Direction> = {
  'from the device to the relay': {
    parser: deviceToRelay,
    today: [
      end,
      { type: 'pause', reason: 'sleep' },
      { type: 'pause', reason: 'screen-disconnected' },
      { type: 'pause', reason: 'restarting' },
      { type: 'declined', capability: 'input', reach: 'all' },
      { type: 'declined', capability: 'elevated', reach: 'all' },
    ],
    others: [
      // The first version let a device report what only the relay can know.
      { type: 'pause', reason: 'network' },
      { type: 'pause', reason: 'agent-away' },
      { type: 'pause', reason: 'recorder' },
      { type: 'pause', reason: 'sharer', untilMs: 1 },
      { type: 'resume' },
      { type: 'declined', capability: 'clipboard', reach: 'all' },
      { type: 'declined', capability: 'input', reach: 'screen' },
      { type: 'masked', rule: 'hr', title: 'Payroll' },
      { type: 'revoke', grantId: '0'.repeat(32), capability: 'input' },
      { type: 'revoke', grantId: '0'.repeat(32), cause: 'sharer' },
      { type: 'grant', grant: { statement: '{}', signature: 'AA', algorithm: 'none' } },
      { ...end, reason: 'recorder-failed' },
    ],
  },
  'from an agent to the relay': {
    parser: agentToRelay,
    today: [{ type: 'pause' }, { type: 'end' }],
    others: [
      { type: 'pause', reason: 'agent' },
      { type: 'resume' },
      { type: 'grant', grant: { statement: '{}', signature: 'AA' } },
      { type: 'take-back', capability: 'input' },
      { type: 'end', reason: 'sharer-stopped' },
    ],
  },
  'from an agent to the device': {
    parser: controlFromAgent,
    today: [ask, { ...ask, capability: 'elevated', reach: 'all' }, { type: 'ask-withdrawn', id: ask.id }],
    others: [
      { ...ask, capability: 'clipboard' },
      { ...ask, capability: 'elevation' },
      { ...ask, reach: 'screen' },
      { ...ask, scope: 'all' },
      { ...ask, purpose: 'session' },
      { ...ask, isUrgent: true },
      { type: 'ask', id: ask.id, mode: 'control', reason: 'As it was once' },
      // Said to the device it was the sharer's doing in the record; now the server hears it from the agent.
      { type: 'give-back', capability: 'input' },
      { type: 'take', capability: 'input' },
    ],
  },
  'from the device to an agent': {
    parser: controlFromDevice,
    today: [
      { type: 'grants', rights: [right], askable: [{ capability: 'input', reach: 'all' }] },
      { type: 'input-refused', reason: 'password' },
      { type: 'input-refused', reason: 'elevated' },
      { type: 'frozen', by: null },
      { type: 'frozen', by: 'secure-desktop' },
      { type: 'source', capture: 'of-the-next-version', video: 'h265_next' },
    ],
    others: [
      { type: 'source', capture: 'windows-gdi' },
      { type: 'source', capture: 'windows-gdi', video: 'libx264', why: 'no duplication' },
      { type: 'source', capture: 'Any words', video: 'libx264' },
      { type: 'grants', view: '0'.repeat(16), input: '0'.repeat(16) },
      { type: 'grants', rights: [{ ...right, reach: 'screen' }], askable: [] },
      { type: 'grants', rights: [{ ...right, purpose: 'standing' }], askable: [] },
      { type: 'grants', rights: [{ ...right, onlyWhile: 'supervisor' }], askable: [] },
      { type: 'grants', rights: [right], askable: [{ capability: 'input', reach: 'screen' }] },
      { type: 'input-refused', reason: 'too-fast' },
      { type: 'question', id: ask.id, state: 'delegated' },
      { type: 'frozen', by: 'supervisor' },
      { type: 'frozen', by: 'screen-lock' },
      { type: 'scene', hidden: [{ x: 0, y: 0, width: 1, height: 1, why: 'legal' }], operable: null },
      { type: 'scene', hidden: [], operable: 'all' },
    ],
  },
  'input from an agent': {
    parser: inputMessage,
    today: [{ type: 'release-all' }],
    others: [
      { type: 'file', name: 'a' },
      { type: 'text', text: 'a', isPassword: true },
      { type: 'touch', x: 1, y: 1 },
    ],
  },
  'a right that the portal takes back': {
    parser: takeBack,
    today: [{ capability: 'input' }],
    others: [{ capability: 'clipboard' }, { capability: 'input', reach: 'limited' }, { grantId: '0'.repeat(32) }, {}],
  },
};

describe('a message of another version is refused as a whole, never read as the nearest one of ours', () => {
  for (const [direction, { parser, today, others }] of Object.entries(STRICT)) {
    test(direction, () => {
      for (const message of today) assert.ok(parser.safeParse(message).success, JSON.stringify(message));
      for (const message of others) assert.ok(!parser.safeParse(message).success, JSON.stringify(message));
    });
  }
});

describe('what the relay says', () => {
  const state = {
    type: 'session',
    state: 'active',
    grantedMode: 'limited',
    pauseReason: null,
    deadlineAt: 1,
    endReason: null,
  };

  test('may say more than we know; what we do not know falls away', () => {
    for (const parser of [relayToAgent, relayToDevice])
      assert.deepEqual(parser.parse({ ...state, rights: ['clipboard'], isSupervised: true }), state);
  });

  test('that a right was taken back counts whoever did it', () => {
    const revoked = { type: 'revoked', grantIds: ['0'.repeat(32)] };
    for (const other of [revoked, { ...revoked, by: 'supervisor' }])
      assert.deepEqual(relayToDevice.parse(other), { ...revoked, by: null });
  });

  test('is refused when a state, mode or reason is none of ours, or when it is the first version’s', () => {
    const { pauseReason: _pauseReason, deadlineAt: _deadlineAt, ...first } = state;
    for (const change of [{ state: 'shadowed' }, { grantedMode: 'admin' }, { pauseReason: 'recorder' }])
      for (const parser of [relayToAgent, relayToDevice])
        assert.ok(!parser.safeParse({ ...state, ...change }).success, JSON.stringify(change));
    for (const parser of [relayToAgent, relayToDevice]) assert.ok(!parser.safeParse(first).success);
  });
});

describe('effective rights', () => {
  const fact = (changes: Partial<GrantFact>): GrantFact => ({
    id: 'g',
    capability: 'view',
    holder: 'a1',
    reach: 'all',
    notAfter: 50,
    isRevoked: false,
    ...changes,
  });
  const of = (facts: object[], policy: object): string[] => [
    // What other versions have written is not of our types.
    ...effective(policy as RightsPolicy, facts as GrantFact[], { holder: 'a1', now: 0 }).keys(),
  ];
  const ours: RightsPolicy = { capabilities: CAPABILITY_NAMES, limitedOnly: [] };

  test('are none by a grant of another version', () => {
    const { reach: _reach, ...withoutReach } = fact({});
    for (const other of [withoutReach, fact({ reach: 'screen' }), fact({ capability: 'clipboard' })])
      assert.deepEqual(of([other], ours), [], JSON.stringify(other));
    assert.deepEqual(of([fact({}), fact({ capability: 'clipboard' })], ours), ['view']);
  });

  test('are no more by a policy of the next version than by ours', () => {
    const next = { capabilities: ['view', 'clipboard', 'elevation'], limitedOnly: ['clipboard'] };
    const facts = ['view', 'input', 'clipboard', 'elevation'].map((capability) => fact({ capability }));
    assert.deepEqual(of(facts, next), ['view']);
  });
});

describe('the policy that a device gets when it enrols', () => {
  const policy = { capabilities: ['view'], limitedOnly: [], idleLimitS: 900, masks: [] };
  const answer = {
    sessionId: GRANT.sessionId,
    certificate: 'pem',
    ca: 'pem',
    notAfter: 1,
    organisation: 'Example',
    sharerName: 'Wang Fang',
    reason: 'Printer',
    requestedMode: 'view',
    agentCertificate: 'pem',
    agentPhoto: null,
    language: 'en',
    policy,
    sessionLimitS: 7200,
  };
  const takes = (change: object) => enrolled.safeParse({ ...answer, policy: { ...policy, ...change } }).success;

  test('is refused when it restricts in a way that the device does not know, and so could not keep', () => {
    assert.ok(takes({}));
    assert.ok(!takes({ viewOnlyAt: ['night'] }));
    assert.ok(!takes({ masks: [{ id: 'hr', executables: [], titles: ['Payroll'] }] }));
  });

  test('is refused when it is the first version’s, which had neither limits nor masks', () => {
    assert.ok(!enrolled.safeParse({ ...answer, policy: { capabilities: ['view'] } }).success);
    for (const field of Object.keys(policy)) assert.ok(!takes({ [field]: undefined }), field);
  });

  test('may name capabilities that the device does not know: it can grant none of them', () => {
    assert.ok(takes({ capabilities: ['view', 'clipboard'], limitedOnly: ['clipboard'] }));
    assert.ok(!enrolled.safeParse({ ...answer, requestedMode: 'supervised' }).success);
  });
});
