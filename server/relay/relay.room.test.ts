import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chunksOf, encodeHeader, type Channel, type FrameHeader } from '../../protocol/frame.ts';
import { grantTag, type GrantStatement } from '../../protocol/grant.ts';
import type { Capability, RightsPolicy } from '../../protocol/capabilities.ts';
import { RefusalCounter } from './refusal-counter.ts';
import { RelayRoom, type AgentSeat, type Peer } from './relay.room.ts';
import { TokenBucket } from './token-bucket.ts';

const SESSION = 'ses_aaaaaaaaaaaaaaaaaaaaaaaaaa';
const VIEW = 'aa'.repeat(16);
const INPUT = 'bb'.repeat(16);
const NOW = 1_000_000;

class FakePeer implements Peer {
  sent: Uint8Array[] = [];
  waiting = 0;
  closed: number | undefined;
  send(message: string | Uint8Array): void {
    if (typeof message !== 'string') this.sent.push(message);
  }
  waitingBytes(): number {
    return this.waiting;
  }
  close(code: number): void {
    this.closed = code;
  }
  echo(then: () => void): void {
    then();
  }
}

function statement(id: string, capability: Capability, more: Partial<GrantStatement> = {}): GrantStatement {
  return {
    kind: 'handrail/2 grant',
    id,
    sessionId: SESSION,
    holder: 'a1',
    capability,
    scope: { reach: 'all' },
    purpose: 'session',
    notBefore: NOW,
    notAfter: NOW + 1000,
    consentText: 'consent',
    ...more,
  };
}

function chunks(channel: Channel, header: Partial<FrameHeader> = {}, bytes = 40): Uint8Array[] {
  const full = {
    channel,
    sender: 0,
    isKey: false,
    epoch: 1,
    seq: 0n,
    grant: grantTag(VIEW),
    sealedBytes: bytes,
    ...header,
  };
  const { seq, isKey } = full;
  return [...chunksOf({ channel, seq, isKey, headerBytes: encodeHeader(full), sealed: new Uint8Array(bytes) })];
}

function first(list: Uint8Array[]): Uint8Array {
  const [chunk] = list;
  assert.ok(chunk);
  return chunk;
}

function openRoom(policy: Partial<RightsPolicy> = {}) {
  let now = NOW;
  let keyRequests = 0;
  const room = new RelayRoom({
    sessionId: SESSION,
    policy: { capabilities: ['view', 'input'], limitedOnly: [], ...policy },
    now: () => now,
    requestKey: () => keyRequests++,
  });
  const device = { control: new FakePeer(), bulk: new FakePeer() };
  Object.assign(room.devicePeers, device);
  const agent = { control: new FakePeer(), bulk: new FakePeer() };
  const seat: AgentSeat = { sender: 1, serialNumber: 'a1', peers: agent, awaitsKey: false };
  room.agents.set(1, seat);
  room.addGrant(statement(VIEW, 'view'));
  room.addGrant(statement(INPUT, 'input'));
  room.setState('active');
  return { room, device, agent, seat, advance: (ms: number) => (now += ms), keyRequests: () => keyRequests };
}

const input = (header: Partial<FrameHeader> = {}) =>
  first(chunks('input', { sender: 1, grant: grantTag(INPUT), ...header }));

describe('the relay forwards only what the state and a live grant cover', () => {
  test('a picture reaches the agent and input reaches the device, byte for byte', () => {
    const { room, device, agent, seat } = openRoom();
    const picture = first(chunks('picture'));
    assert.equal(room.fromDevice('bulk', picture), undefined);
    assert.equal(room.fromAgent(seat, 'control', input()), undefined);
    assert.deepEqual(agent.bulk.sent, [picture]);
    assert.deepEqual(device.control.sent, [input()]);
    assert.deepEqual(room.figures, {
      bytes: picture.length + input().length,
      chunks: 2,
      pictureFrames: 1,
      inputFrames: 1,
    });
  });

  for (const state of ['requested', 'invited', 'accepted', 'connecting', 'paused', 'ended'] as const) {
    test(`nothing passes in either direction while ${state}`, () => {
      const { room, device, agent, seat } = openRoom();
      room.setState(state);
      assert.equal(room.fromDevice('bulk', first(chunks('picture'))), 'not-active');
      assert.equal(room.fromAgent(seat, 'control', input()), 'not-active');
      assert.equal(agent.bulk.sent.length + device.control.sent.length, 0);
    });
  }

  const refusals: [string, string, (o: ReturnType<typeof openRoom>) => string | undefined][] = [
    ['input on the bulk connection', 'wrong-connection', ({ room, seat }) => room.fromAgent(seat, 'bulk', input())],
    [
      'a picture from an agent',
      'wrong-direction',
      ({ room, seat }) => room.fromAgent(seat, 'bulk', first(chunks('picture', { sender: 1 }))),
    ],
    ['input from the device', 'wrong-direction', ({ room }) => room.fromDevice('control', input({ sender: 0 }))],
    [
      'input in another agent’s name',
      'wrong-sender',
      ({ room, seat }) => room.fromAgent(seat, 'control', input({ sender: 2 })),
    ],
    [
      'input under the grant of view',
      'no-grant',
      ({ room, seat }) => room.fromAgent(seat, 'control', input({ grant: grantTag(VIEW) })),
    ],
    [
      'input under a grant nobody gave',
      'no-grant',
      ({ room, seat }) => room.fromAgent(seat, 'control', input({ grant: 7n })),
    ],
    [
      'input by another identity',
      'no-grant',
      ({ room, seat }) => room.fromAgent({ ...seat, serialNumber: 'ff' }, 'control', input()),
    ],
    ['bytes that are no chunk', 'too-short', ({ room, seat }) => room.fromAgent(seat, 'control', new Uint8Array(3))],
  ];
  for (const [what, reason, attempt] of refusals) {
    test(`${what} is refused: ${reason}`, () => {
      const open = openRoom();
      assert.equal(attempt(open), reason);
      assert.equal(open.device.control.sent.length + open.agent.bulk.sent.length, 0);
    });
  }

  test('a revoked grant covers nothing from the next chunk on', () => {
    const { room, device, seat } = openRoom();
    assert.equal(room.revokeGrant(INPUT), true);
    assert.equal(room.fromAgent(seat, 'control', input()), 'not-permitted');
    assert.equal(device.control.sent.length, 0);
  });

  test('without view there is no input', () => {
    const { room, seat } = openRoom();
    room.revokeGrant(VIEW);
    assert.equal(room.fromAgent(seat, 'control', input()), 'not-permitted');
  });

  test('a grant ends at its time', () => {
    const { room, seat, advance } = openRoom();
    advance(1000);
    assert.equal(room.fromAgent(seat, 'control', input()), 'not-permitted');
  });

  test('a right over a part of the screen passes as one over all of it does: which part is the device’s to know', () => {
    const { room, device, seat } = openRoom({ limitedOnly: ['input'] });
    assert.equal(room.fromAgent(seat, 'control', input()), 'not-permitted');
    const scope = { reach: 'limited', windows: 1, applications: 0, rectangles: 0, sha256: 'f'.repeat(64) } as const;
    const id = 'cc'.repeat(16);
    room.addGrant(statement(id, 'input', { scope }));
    assert.equal(room.fromAgent(seat, 'control', input({ grant: grantTag(id) })), undefined);
    assert.equal(device.control.sent.length, 1);
  });

  test('another grant of the same right does not cover frames under one that is over', () => {
    const { room, seat } = openRoom();
    const id = 'cc'.repeat(16);
    room.addGrant(statement(id, 'input'));
    room.revokeGrant(INPUT);
    assert.equal(room.fromAgent(seat, 'control', input()), 'not-permitted');
    assert.equal(room.fromAgent(seat, 'control', input({ grant: grantTag(id) })), undefined);
  });

  test('policy narrows what was granted', () => {
    const { room, seat } = openRoom({ capabilities: ['view'] });
    assert.equal(room.fromAgent(seat, 'control', input()), 'not-permitted');
    assert.equal(room.fromDevice('bulk', first(chunks('picture'))), undefined);
  });
});

describe('a slow viewer', () => {
  test('gets no delta alone: everything is dropped until a key frame, which is asked for once', () => {
    const { room, agent, keyRequests } = openRoom();
    agent.bulk.waiting = 8 << 20;
    for (let seq = 0n; seq < 5n; seq++) room.fromDevice('bulk', first(chunks('picture', { seq })));
    agent.bulk.waiting = 0;
    room.fromDevice('bulk', first(chunks('picture', { seq: 5n })));
    assert.equal(agent.bulk.sent.length, 0);
    assert.equal(keyRequests(), 1);
    for (const chunk of chunks('picture', { seq: 6n, isKey: true }, 40_000)) room.fromDevice('bulk', chunk);
    room.fromDevice('bulk', first(chunks('picture', { seq: 7n })));
    assert.equal(agent.bulk.sent.length, 3 + 1);
  });

  test('does not slow another agent', () => {
    const { room, agent } = openRoom();
    const other = { control: new FakePeer(), bulk: new FakePeer() };
    room.agents.set(2, { sender: 2, serialNumber: 'a1', peers: other, awaitsKey: false });
    agent.bulk.waiting = 8 << 20;
    room.fromDevice('bulk', first(chunks('picture')));
    assert.equal(other.bulk.sent.length, 1);
    assert.equal(agent.bulk.sent.length, 0);
  });

  test('is disconnected when not even control drains', () => {
    const { room, agent } = openRoom();
    agent.control.waiting = 2 << 20;
    room.fromDevice('control', first(chunks('cursor')));
    assert.equal(agent.control.closed, 4008);
  });
});

test('refusals are counted by reason and handed on once', () => {
  const counter = new RefusalCounter<'a' | 'b'>();
  for (const reason of ['a', 'b', 'a'] as const) counter.count(reason);
  assert.deepEqual(counter.take(), [
    { reason: 'a', count: 2 },
    { reason: 'b', count: 1 },
  ]);
  assert.deepEqual(counter.take(), []);
});

test('a rate limit lets a burst through and then the rate', () => {
  const bucket = new TokenBucket({ capacity: 2, perSecond: 1 }, 0);
  assert.deepEqual(
    [0, 0, 0, 500, 1000, 1000].map((now) => bucket.take(1, now)),
    [true, true, false, false, true, false],
  );
});
