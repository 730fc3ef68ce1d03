import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { calm } from '../../../../protocol/calm.fixture.ts';
import { fromBase64, fromUtf8, utf8, type Bytes } from '../../../../protocol/bytes.ts';
import {
  MAX_AGREEMENTS,
  SIGNATURE_ALGORITHM,
  handshakeAnswer,
  type HandshakeReveal,
} from '../../../../protocol/handshake.ts';
import type { SessionState } from '../../../../protocol/lifecycle.ts';
import { agentJoin, bulkJoin, joinStatement, type RelayToAgent } from '../../../../protocol/relay.ts';
import type { SealedLink } from '../../../../protocol/sealed-link.ts';
import { AgentSession, type StateDetail } from './agent-session.ts';
import { deviceMemory } from './device-memory.ts';
import {
  BULK_TICKET,
  FakeWebSocket,
  SESSION_ID,
  TICKET,
  TestDevice,
  agentKeys,
  createTestCa,
  deviceKeys,
  until,
} from './test-relay.ts';

const ca = createTestCa();
const { publicPem } = deviceKeys;
const uri = `urn:handrail:session:${SESSION_ID}`;
const deviceCertificate = ca.issue({ publicPem, uri });
const agentPem = ca.issue({ publicPem: agentKeys.publicPem, uri: 'urn:handrail:person:per_1' });
const identity = { privateKey: agentKeys.private, certificate: agentPem, ca: ca.pem, serialNumber: '4001' };

const globals = globalThis as { WebSocket: unknown; location?: unknown };
const realWebSocket = globals.WebSocket;
before(() => {
  globals.WebSocket = FakeWebSocket;
  globals.location = { host: 'desk.example:8443' };
});
after(() => {
  globals.WebSocket = realWebSocket;
  delete globals.location;
});

const sessions: AgentSession[] = [];
afterEach(() => {
  for (const session of sessions.splice(0)) session.close();
  FakeWebSocket.all = [];
});

/** As much of a tab's storage as is used. */
class FakeStorage {
  readonly items = new Map<string, string>();
  getItem = (key: string): string | null => this.items.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.items.set(key, value);
  removeItem = (key: string): void => void this.items.delete(key);
}

interface Start {
  ticket?: () => Promise<string>;
  storage?: FakeStorage;
}

function start({ ticket = () => Promise.resolve(TICKET), storage = new FakeStorage() }: Start = {}) {
  const told: string[] = [];
  const links: SealedLink[] = [];
  const details: StateDetail[] = [];
  const session = new AgentSession({
    sessionId: SESSION_ID,
    identity,
    ticket,
    memory: deviceMemory(SESSION_ID, storage),
    events: {
      onMatchCode: (code) => told.push(`code ${code}`),
      onRecognised: () => told.push('recognised'),
      onDevice: (isHere) => told.push(`device ${isHere}`),
      onState: (state, detail) => {
        told.push(state);
        details.push(detail);
      },
      onLink: (link) => {
        links.push(link);
        told.push('link');
        link.listen('picture', (payload) => told.push(`picture ${fromUtf8(payload)}`));
        link.listen('control', (payload) => told.push(`control ${fromUtf8(payload)}`));
      },
      onRefused: (reason, count) => told.push(`refused ${reason} ${count}`),
      onFailure: (failure) => told.push(failure),
    },
  });
  sessions.push(session);
  return { session, told, links, details, storage };
}

async function socketNumber(index: number): Promise<FakeWebSocket> {
  await until(`socket ${index}`, () => FakeWebSocket.all.length > index);
  const socket = FakeWebSocket.all[index];
  assert.ok(socket);
  return socket;
}

/** Lets the session in; the test then speaks for the relay. */
async function joined(options: Start = {}) {
  const started = start(options);
  const opening = started.session.open();
  const first = FakeWebSocket.all.length;
  const control = await socketNumber(first);
  control.opens();
  control.says({ type: 'welcome', sessionId: SESSION_ID, sender: 3, bulkTicket: BULK_TICKET });
  const bulk = await socketNumber(first + 1);
  bulk.opens();
  await opening;
  const join = agentJoin.parse(JSON.parse(control.sent[0] ?? ''));
  return { ...started, control, bulk, agentNonce: fromBase64(join.nonce) };
}

function inState(state: SessionState, changes: Partial<StateDetail> = {}): RelayToAgent {
  return {
    type: 'session',
    state,
    grantedMode: null,
    pauseReason: null,
    deadlineAt: null,
    endReason: null,
    ...changes,
  };
}

type Joined = Awaited<ReturnType<typeof joined>>;
type ToAgent = Extract<RelayToAgent, { type: 'peer' }>['body'];

const peer = ({ control }: Joined, body: ToAgent): void => control.says({ type: 'peer', body });

/** Commitment and answer; the device's next word is its reveal. */
async function answered(all: Joined, certificatePem = deviceCertificate) {
  const device = new TestDevice({ certificatePem, agentNonce: all.agentNonce, agentPem });
  const before = all.control.sent.length;
  all.control.says({ type: 'device/joined' });
  peer(all, await device.handshake.commit());
  await until('an answer', () => all.control.sent.length > before);
  const { body } = JSON.parse(all.control.sent[before] ?? '') as { body: unknown };
  return { device, reveal: await device.reveal(handshakeAnswer.parse(body)) };
}

async function agreed(options: Start = {}) {
  const all = await joined(options);
  const { device, reveal } = await answered(all);
  peer(all, reveal);
  await until('a match code', () => all.told.some((each) => /^code \d/.test(each)));
  return { ...all, all, device };
}

describe('joining', () => {
  test('proves by the identity key that the ticket is used by whom it was made for, on this connection', async () => {
    const { control, bulk, told } = await joined();
    assert.deepEqual(
      [control.url, bulk.url],
      ['wss://desk.example:8443/relay/control', 'wss://desk.example:8443/relay/bulk'],
    );
    const { ticket, nonce, signature } = agentJoin.parse(JSON.parse(control.sent[0] ?? ''));
    assert.equal(ticket, TICKET);
    const statement = utf8(joinStatement(ticket, nonce));
    const isSigned = await crypto.subtle.verify(
      SIGNATURE_ALGORITHM.name,
      agentKeys.public,
      fromBase64(signature),
      statement,
    );
    assert.equal(isSigned, true);
    assert.deepEqual(bulkJoin.parse(JSON.parse(bulk.sent[0] ?? '')), { type: 'join', ticket: BULK_TICKET });
    assert.deepEqual(told, ['device false']);
  });

  test('without a ticket fails with its reason and dials nothing', async () => {
    const { session, told } = start({ ticket: () => Promise.reject(new Error('session.state-changed')) });
    await assert.rejects(session.open(), /session.state-changed/);
    assert.deepEqual([told, FakeWebSocket.all], [[], []]);
  });

  const CLOSINGS = [
    [4003, 'ticket-refused'],
    [4009, 'replaced'],
    [1006, 'lost'],
  ] as const;
  for (const [code, failure] of CLOSINGS) {
    test(`a connection that the relay closes with ${code} is told as ${failure}, once`, async () => {
      const { session, told } = start();
      const opening = assert.rejects(session.open());
      const control = await socketNumber(0);
      control.opens();
      control.closes(code, '');
      await opening;
      assert.deepEqual(
        told.filter((each) => !each.startsWith('code')),
        [failure],
      );
    });
  }

  test('dials no second connection when the page was left meanwhile', async () => {
    const { session, told } = start();
    const opening = assert.rejects(session.open());
    const control = await socketNumber(0);
    control.opens();
    control.says({ type: 'welcome', sessionId: SESSION_ID, sender: 3, bulkTicket: BULK_TICKET });
    session.close();
    await opening;
    assert.deepEqual([FakeWebSocket.all.length, told], [1, []]);
  });

  test('losing one connection closes the other', async () => {
    const { control, bulk, told } = await joined();
    bulk.closes(1006, '');
    await calm();
    assert.equal(control.readyState, 3);
    assert.equal(told.at(-1), 'lost');
  });
});

describe('the key agreement', () => {
  test('gives both ends the same match code, then keys; what came before the keys is not lost nor out of order', async () => {
    const { all, device, told, bulk } = await agreed();
    assert.ok(told.includes(`code ${await device.handshake.matchCode()}`));
    const { message, seal } = await device.epoch(1);
    const early = [...(await seal('picture', utf8('one'))), ...(await seal('picture', utf8('two')))];
    for (const chunk of early) bulk.says(chunk);
    peer(all, message);
    await until('two pictures', () => told.includes('picture two'));
    for (const chunk of await seal('picture', utf8('three'))) bulk.says(chunk);
    await until('a third picture', () => told.includes('picture three'));
    const pictures = told.filter((each) => each.startsWith('picture'));
    assert.deepEqual(pictures, ['picture one', 'picture two', 'picture three']);
  });

  test('without keys nothing is ever sent but words of the agreement: there is no plaintext to fall back to', async () => {
    const { control, bulk } = await agreed();
    control.says(inState('active', { grantedMode: 'control' }));
    await calm();
    assert.deepEqual([control.chunks, bulk.chunks], [[], []]);
    const words = [...control.sent, ...bulk.sent].map((text) => (JSON.parse(text) as { type: string }).type);
    assert.deepEqual(words, ['join', 'peer', 'join']);
  });

  const foreign = createTestCa();
  const STRANGERS: [string, string][] = [
    ['of a foreign CA of the same name', foreign.issue({ publicPem, uri })],
    ['of another session', ca.issue({ publicPem, uri: `urn:handrail:session:ses_${'b'.repeat(26)}` })],
    ['of a session whose name only begins the same', ca.issue({ publicPem, uri: `${uri}b` })],
    ['that has expired', ca.issue({ publicPem, uri, notAfter: Date.now() - 1000 })],
    ['that is an agent’s', ca.issue({ publicPem, uri: 'urn:handrail:person:per_1' })],
    ['of another key than the one that signs', ca.issue({ publicPem: agentKeys.publicPem, uri })],
  ];
  for (const [whose, certificate] of STRANGERS) {
    test(`with a certificate ${whose} gives no match code and ends the connection`, async () => {
      const all = await joined();
      const { reveal } = await answered(all, certificate);
      peer(all, reveal);
      await until('a failure', () => all.told.includes('device-not-proven'));
      assert.ok(!all.told.some((each) => /^code \d/.test(each)));
      assert.deepEqual([all.control.readyState, all.bulk.readyState], [3, 3]);
    });
  }

  const TAMPERINGS: [string, (reveal: HandshakeReveal) => HandshakeReveal][] = [
    ['another nonce than was committed to', (reveal) => ({ ...reveal, nonce: 'A'.repeat(43) })],
    ['another signature', (reveal) => ({ ...reveal, signature: 'A'.repeat(342) })],
    ['bytes that are no certificate', (reveal) => ({ ...reveal, certificate: 'none' })],
  ];
  for (const [what, change] of TAMPERINGS) {
    test(`with ${what} gives no match code and ends the connection`, async () => {
      const all = await joined();
      const { reveal } = await answered(all);
      peer(all, change(reveal));
      await until('a failure', () => all.told.includes('device-not-proven'));
      assert.ok(!all.told.some((each) => /^code \d/.test(each)));
    });
  }

  test('of a device that speaks before it joined is broken off', async () => {
    const early = await joined();
    peer(early, { type: 'handshake/commit', commitment: 'A'.repeat(43) });
    await until('a failure', () => early.told.includes('device-not-proven'));
  });

  test('that repeats an epoch, under whose keys something may have been sealed, is broken off', async () => {
    const { all, device, told } = await agreed();
    const { message } = await device.epoch(1);
    peer(all, message);
    peer(all, message);
    await until('a failure', () => told.includes('device-not-proven'));
  });

  test(`may be begun ${MAX_AGREEMENTS} times on one connection, so that failed guesses cannot be hidden`, async () => {
    const { control, told } = await joined();
    for (let count = 0; count < MAX_AGREEMENTS; count++) control.says({ type: 'device/joined' });
    await calm();
    assert.ok(!told.includes('device-not-proven'));
    control.says({ type: 'device/joined' });
    await until('a failure', () => told.includes('device-not-proven'));
  });
});

describe('a device whose match code was answered', () => {
  /** Starts over as after a reload of the page: what is left is the tab's storage. */
  async function afterAnswer() {
    const first = await agreed();
    first.control.says(inState('active', { grantedMode: 'view' }));
    await until('the session to be active', () => first.told.includes('active'));
    first.session.close();
    return first;
  }

  test('is recognised after a reload, and gives keys, without a code to read out', async () => {
    const { storage } = await afterAnswer();
    const all = await joined({ storage });
    all.control.says(inState('paused', { pauseReason: 'agent-away' }));
    const { device, reveal } = await answered(all);
    peer(all, reveal);
    await until('the device to be recognised', () => all.told.includes('recognised'));
    peer(all, (await device.epoch(1)).message);
    await until('a link', () => all.links.length === 1);
    all.control.says(inState('active'));
    await calm();
    assert.ok(!all.told.some((each) => /^code \d/.test(each)));
  });

  test('is recognised on the same connection when it comes back', async () => {
    const { all, control, told } = await agreed();
    control.says(inState('active'));
    control.says({ type: 'device/left' });
    control.says(inState('paused', { pauseReason: 'network' }));
    const { reveal } = await answered(all);
    peer(all, reveal);
    await until('the device to be recognised', () => told.includes('recognised'));
    assert.equal(told.filter((each) => /^code \d/.test(each)).length, 1);
  });

  test(`may come back more than ${MAX_AGREEMENTS} times on one connection: there is nothing left to guess`, async () => {
    const { control, told } = await agreed();
    control.says(inState('active'));
    for (let count = 0; count <= MAX_AGREEMENTS; count++) {
      control.says({ type: 'device/left' });
      control.says({ type: 'device/joined' });
    }
    await calm();
    assert.ok(!told.includes('device-not-proven'));
    assert.equal(control.readyState, 1);
  });

  test('cannot be replaced by another one, with a certificate of the same session from the same CA', async () => {
    const { storage } = await afterAnswer();
    const all = await joined({ storage });
    const { reveal } = await answered(all, ca.issue({ publicPem, uri, notAfter: Date.now() + 7_200_000 }));
    peer(all, reveal);
    await until('a failure', () => all.told.includes('device-not-proven'));
    assert.ok(!all.told.some((each) => /^code \d|recognised|link/.test(each)));
    assert.deepEqual([all.control.readyState, all.bulk.readyState], [3, 3]);
  });

  test('has to sign again: its certificate alone is not enough', async () => {
    const { storage } = await afterAnswer();
    const all = await joined({ storage });
    const { reveal } = await answered(all);
    peer(all, { ...reveal, signature: 'A'.repeat(342) });
    await until('a failure', () => all.told.includes('device-not-proven'));
    assert.ok(!all.told.includes('recognised'));
  });

  const UNANSWERED: [string, (all: Awaited<ReturnType<typeof agreed>>) => void][] = [
    ['nobody picked it', () => undefined],
    ['the device left before', ({ control }) => control.says({ type: 'device/left' })],
    ['the session was paused', ({ control }) => control.says(inState('paused', { pauseReason: 'sharer' }))],
  ];
  for (const [why, happens] of UNANSWERED) {
    test(`is not remembered when ${why}: the next agreement shows a code`, async () => {
      const first = await agreed();
      happens(first);
      if (why === 'the device left before') first.control.says(inState('active'));
      await calm();
      assert.deepEqual([...first.storage.items], []);
    });
  }

  test('is not remembered for a session that was active all along: that is no answer to the code', async () => {
    const all = await joined();
    all.control.says(inState('active'));
    const { reveal } = await answered(all);
    peer(all, reveal);
    await until('a match code', () => all.told.some((each) => /^code \d/.test(each)));
    all.control.says(inState('active'));
    await calm();
    assert.deepEqual([...all.storage.items], []);
  });

  test('is forgotten when the session ends, and unknown to other sessions', async () => {
    const { storage } = await afterAnswer();
    assert.equal(deviceMemory(`ses_${'b'.repeat(26)}`, storage).read(), null);
    const all = await joined({ storage });
    assert.equal(storage.items.size, 1);
    all.control.says(inState('ended', { endReason: 'sharer-stopped' }));
    await calm();
    assert.deepEqual([...storage.items], []);
  });
});

describe('what the page is told', () => {
  test('why it is paused, until when, and what ended it', async () => {
    const { control, details } = await joined();
    control.says(inState('paused', { pauseReason: 'screen-lock', deadlineAt: 1_700_000_000_000 }));
    control.says(inState('ended', { endReason: 'pause-timeout' }));
    await calm();
    assert.deepEqual(
      details.map(({ pauseReason, deadlineAt, endReason }) => [pauseReason, deadlineAt, endReason]),
      [
        ['screen-lock', 1_700_000_000_000, null],
        [null, null, 'pause-timeout'],
      ],
    );
  });

  test('the match code no longer counts once the session is active, or the device has left', async () => {
    const { control, told } = await agreed();
    control.says(inState('active', { grantedMode: 'view' }));
    await calm();
    assert.deepEqual(told.slice(-2), ['code undefined', 'active']);
    control.says({ type: 'device/left' });
    await calm();
    assert.deepEqual(told.slice(-2), ['code undefined', 'device false']);
  });

  test('a message that is none of the relay’s is ignored', async () => {
    const { control, told } = await joined();
    for (const text of ['no JSON', '{"type":"reload"}', '{"type":"session","state":"owned"}', 'null'])
      control.says(text);
    control.says({ type: 'refused', reason: 'not-active', count: 3 });
    await calm();
    assert.deepEqual(told, ['device false', 'refused not-active 3']);
  });

  test('of a device that left, the link sends nothing more; one that is back brings a new link', async () => {
    const { all, device, links, control, bulk, told } = await agreed();
    peer(all, (await device.epoch(1)).message);
    await until('a link', () => links.length === 1);
    const chunks: Bytes[] = [];
    await links[0]?.send('input', utf8('{}'), { grant: 1n });
    assert.equal(control.chunks.length, 1);
    control.says({ type: 'device/left' });
    await calm();
    await links[0]?.send('input', utf8('{}'), { grant: 1n });
    assert.equal(control.chunks.length, 1);

    const { device: back, reveal } = await answered(all);
    peer(all, reveal);
    const { message, seal } = await back.epoch(1);
    peer(all, message);
    await until('a second link', () => links.length === 2);
    chunks.push(...(await seal('picture', utf8('back'))));
    for (const chunk of chunks) bulk.says(chunk);
    await until('a picture', () => told.includes('picture back'));
  });

  test('is nothing once the page is left, also when an answer was just being worked out', async () => {
    const { session, all, device, told, links } = await agreed();
    const { message } = await device.epoch(1);
    peer(all, message);
    session.close();
    const before = told.length;
    await calm();
    assert.deepEqual([told.length, links.length], [before, 0]);
  });

  test('the agent’s Pause and Stop go to the relay', async () => {
    const { session, control } = await joined();
    session.pause();
    session.end();
    assert.deepEqual(control.sent.slice(-2), ['{"type":"pause"}', '{"type":"end"}']);
  });
});
