import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  CLOSE_CODES,
  MAX_SIGNAL_BYTES,
  RELAY_PATHS,
  agentJoin,
  agentToRelay,
  bulkJoin,
  deviceJoin,
  deviceToRelay,
  joinStatement,
  relayToAgent,
  relayToDevice,
} from './relay.ts';

const ticket = 't'.repeat(43);
const nonce = 'n'.repeat(22);
const hash = 'h'.repeat(43);
const sessionId = 'ses_abcdefghijklmnopqrstuvwxyz';
const commit = { type: 'handshake/commit', commitment: hash };
const answer = {
  type: 'handshake/answer',
  certificate: 'pem',
  kemPublicKey: 'k'.repeat(87),
  nonce: hash,
  signature: 's'.repeat(342),
};
const session = {
  type: 'session',
  state: 'active',
  grantedMode: 'view',
  pauseReason: null,
  deadlineAt: 1,
  endReason: null,
};

/** What each direction takes, by schema; each list has every type that exists in that direction. */
const DIRECTIONS = {
  agentToRelay: { schema: agentToRelay, good: [{ type: 'peer', body: answer }, { type: 'pause' }, { type: 'end' }] },
  deviceToRelay: {
    schema: deviceToRelay,
    good: [
      { type: 'peer', sender: 1, body: commit },
      { type: 'grant', grant: { statement: '{}', signature: 'AA' } },
      { type: 'revoke', grantId: '0'.repeat(32) },
      { type: 'pause', reason: 'sharer' },
      { type: 'declined', capability: 'input', reach: 'limited' },
      { type: 'masked', rule: 'password-managers' },
      { type: 'end', reason: 'sharer-stopped' },
    ],
  },
  relayToAgent: {
    schema: relayToAgent,
    good: [
      { type: 'welcome', sessionId, sender: 1, bulkTicket: ticket },
      { type: 'bulk-ready' },
      { type: 'device/joined' },
      { type: 'device/left' },
      { type: 'peer', body: commit },
      session,
      { type: 'refused', reason: 'no-grant', count: 3 },
    ],
  },
  relayToDevice: {
    schema: relayToDevice,
    good: [
      { type: 'welcome', sessionId, bulkTicket: ticket },
      { type: 'bulk-ready' },
      { type: 'agent/joined', sender: 1, serialNumber: '5f', nonce },
      { type: 'agent/left', sender: 1 },
      { type: 'peer', sender: 1, body: answer },
      { type: 'key-needed' },
      { type: 'revoked', grantIds: ['0'.repeat(32)] },
      session,
      { type: 'refused', reason: 'no-grant', count: 3 },
    ],
  },
} as const;
const NAMES = Object.keys(DIRECTIONS) as (keyof typeof DIRECTIONS)[];
const takes = (name: keyof typeof DIRECTIONS, message: unknown) => DIRECTIONS[name].schema.safeParse(message).success;

describe('signals', () => {
  for (const name of NAMES) {
    const { schema, good } = DIRECTIONS[name];
    test(`${name}: every type is taken in its good form and refused with a field missing or of another type`, () => {
      const types = schema.options.map((option) => option.shape.type.value);
      assert.deepEqual([...types].toSorted(), good.map((message) => message.type).toSorted());
      for (const message of good) {
        assert.ok(takes(name, message), message.type);
        for (const field of Object.keys(message)) {
          assert.ok(
            !takes(name, Object.fromEntries(Object.entries(message).filter(([each]) => each !== field))),
            `${message.type} without ${field}`,
          );
          assert.ok(!takes(name, { ...message, [field]: { no: 'such' } }), `${message.type} with another ${field}`);
        }
      }
    });

    test(`${name}: an unknown type, and whatever JSON else, is refused and not thrown at`, () => {
      for (const type of ['', 'welcome2', 'admin', 'peer/v2', '__proto__', 'constructor'])
        assert.ok(!takes(name, { type }));
      fc.assert(
        fc.property(fc.jsonValue(), (value) => assert.ok(!takes(name, value))),
        { numRuns: 300 },
      );
    });
  }

  test('what the ends send has no field too many', () => {
    for (const name of ['agentToRelay', 'deviceToRelay'] as const)
      for (const message of DIRECTIONS[name].good)
        assert.ok(!takes(name, { ...message, role: 'device' }), message.type);
  });

  test('an agent can send nothing that is the device’s to say', () => {
    for (const message of DIRECTIONS.deviceToRelay.good) assert.ok(!takes('agentToRelay', message), message.type);
    assert.ok(!takes('agentToRelay', { type: 'peer', body: commit }));
    assert.ok(!takes('deviceToRelay', { type: 'peer', sender: 1, body: answer }));
  });

  test('the device names no reason for an end that only the server can know', () => {
    for (const reason of ['agent-deactivated', 'agent-stopped', 'server-restarted', 'no-such-reason'])
      assert.ok(!takes('deviceToRelay', { type: 'end', reason }), reason);
    for (const reason of ['forever', '', 'agent', 'agent-away', 'network'])
      assert.ok(!takes('deviceToRelay', { type: 'pause', reason }), reason);
  });

  test('the device names what it hides by the rule, in which no title or path has room', () => {
    for (const rule of ['Payroll 2026.xlsx', '/usr/bin/keepassxc', 'KeePassXC', '-a', '', 'a'.repeat(64), '密码'])
      assert.ok(!takes('deviceToRelay', { type: 'masked', rule }), rule);
  });

  test('a mode, state or end reason of a later version is refused rather than read as one of ours', () => {
    for (const name of ['relayToAgent', 'relayToDevice'] as const) {
      assert.ok(takes(name, session));
      for (const change of [
        { grantedMode: 'admin' },
        { state: 'recording' },
        { endReason: 'because' },
        { pauseReason: 'recorder' },
        { grantedMode: undefined },
      ])
        assert.ok(!takes(name, { ...session, ...change }));
    }
  });

  test('senders other than agents 1 to 255 are refused, the device’s own number first of all', () => {
    for (const sender of [0, 256, -1, 1.5, '1', null]) {
      assert.ok(!takes('deviceToRelay', { type: 'peer', sender, body: commit }));
      assert.ok(!takes('relayToDevice', { type: 'agent/left', sender }));
      assert.ok(!takes('relayToAgent', { type: 'welcome', sessionId, sender, bulkTicket: ticket }));
    }
  });
});

describe('joins', () => {
  test('take exactly a ticket and a nonce of their lengths', () => {
    const agent = { type: 'join', ticket, nonce, signature: 'AA' };
    for (const [schema, good] of [
      [agentJoin, agent],
      [deviceJoin, { type: 'join', nonce }],
      [bulkJoin, { type: 'join', ticket }],
    ] as const) {
      assert.ok(schema.safeParse(good).success);
      for (const change of [
        { extra: 1 },
        { type: 'rejoin' },
        { ticket: 't'.repeat(42) },
        { nonce: 'n'.repeat(23) },
        { ticket: `${'t'.repeat(42)} ` },
      ])
        assert.ok(!schema.safeParse({ ...good, ...change }).success, JSON.stringify(change));
    }
  });

  test('the statement that is signed tells every ticket and nonce apart', () => {
    assert.equal(joinStatement(ticket, nonce), `handrail join ${ticket} ${nonce}`);
    assert.notEqual(joinStatement(ticket, nonce), joinStatement(nonce, ticket));
  });
});

describe('limits and numbers', () => {
  test('the largest honest signal fits', () => {
    const pem = 'x'.repeat(8192);
    const largest = [
      { type: 'peer', body: { ...answer, certificate: pem, signature: 's'.repeat(1024) } },
      { type: 'grant', grant: { statement: '"'.repeat(2048), signature: 's'.repeat(1024) } },
    ];
    for (const message of largest) assert.ok(Buffer.byteLength(JSON.stringify(message)) <= MAX_SIGNAL_BYTES);
    assert.ok(takes('agentToRelay', largest[0]) && takes('deviceToRelay', largest[1]));
  });

  test('close codes are in the private range and each is of its own; no two connections share a path', () => {
    const codes = Object.values(CLOSE_CODES);
    assert.equal(new Set(codes).size, codes.length);
    for (const code of codes) assert.ok(code >= 4000 && code < 5000);
    const paths = Object.values(RELAY_PATHS).flatMap((kinds) => Object.values(kinds));
    assert.equal(new Set(paths).size, 4);
  });
});
