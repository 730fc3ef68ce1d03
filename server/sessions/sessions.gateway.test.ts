import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import { HELPER_PROTOCOL, MAX_SIGNAL_BYTES, RELAY_PATHS } from '../../protocol/relay.ts';
import { readAuditPage } from '../audit/audit.repository.ts';
import { makeTestCa } from '../authority/test-authority.ts';
import { createAuthority } from '../authority/authority.ts';
import { createTestDatabase } from '../platform/test-database.ts';
import { frameChunks } from './test-room.ts';
import { createTestSessions, view, type TestSessions } from './test-sessions.ts';
import {
  NONCE,
  agentJoinMessage,
  newLiveSession,
  strangerKey,
  type Credentials,
  type JoinChanges,
  type LiveSession,
} from './test-stream.ts';
import { AGENT_PATHS, DEVICE_PATHS, serveStream, type StreamServer } from '../test-stream-server.ts';

let t: TestSessions;
let server: StreamServer;

before(async () => {
  t = createTestSessions();
  const { clock } = t.organisation;
  // TLS looks at the clock on the wall, so certificates must be of today.
  clock.advance({ ms: Date.now() - clock.now() });
  server = await serveStream(t, t.sessions);
});
afterEach(() => server.closeClients());
after(async () => {
  await server.close();
  t.close();
});

const dial = (...to: Parameters<StreamServer['dial']>) => server.dial(...to);
const open = (...to: Parameters<StreamServer['open']>) => server.open(...to);

/** Sends a first message and says how the server closed the connection. */
async function refusalOf(
  path: string,
  first: object | string | Uint8Array,
  credentials?: Credentials,
): Promise<string> {
  const client = await open(path, credentials);
  client.send(first);
  return client.closed;
}

/** What the audit chain has of a session's refusals, as `reason count`. */
function refusalsOf({ id }: LiveSession): string[] {
  t.organisation.clock.advance({ s: 10 });
  t.sessions.tick();
  const { events } = readAuditPage(t.organisation.database.db, { action: 'relay/refused', limit: 200 });
  return events
    .filter(({ target }) => target?.id === id)
    .map(({ detail }) => `${detail['reason']} ${detail['count']}`)
    .sort();
}

const joinAgent = async (session: LiveSession) => server.joinAgent(await session.newTicket());
const joinDevice = ({ deviceCredentials }: LiveSession) => server.joinDevice(deviceCredentials);

describe('joining', () => {
  test('an agent with a ticket and a device with its certificate meet in their session, and both pages see them', async () => {
    const session = await newLiveSession(t);
    const agent = await joinAgent(session);
    const device = await joinDevice(session);
    assert.deepEqual([agent.welcome['sessionId'], device.welcome['sessionId']], [session.id, session.id]);
    const introduced = await device.control.hears('agent/joined');
    assert.deepEqual(introduced, { type: 'agent/joined', sender: 1, serialNumber: session.agentSerial, nonce: NONCE });
    await agent.control.hears('device/joined');
    const seen = await view(session.employee.client, session.id);
    assert.deepEqual([seen.isAgentConnected, seen.isDeviceConnected], [true, true]);
  });

  test('a helper that joined, vanished before Start and did not come back within a minute is the end', async () => {
    const session = await newLiveSession(t);
    const agent = await joinAgent(session);
    const device = await joinDevice(session);
    await agent.control.hears('device/joined');
    device.control.close();
    await agent.control.hears('device/left');
    t.organisation.clock.advance({ s: 60 });
    t.sessions.tick();
    assert.equal((await agent.control.hears('session', { state: 'ended' }))['endReason'], 'connection-lost');
  });

  test('a device joins the session of its certificate and no other', async () => {
    const [one, two] = [await newLiveSession(t), await newLiveSession(t)];
    const [first, second] = [await joinDevice(one), await joinDevice(two)];
    assert.deepEqual([first.welcome['sessionId'], second.welcome['sessionId']], [one.id, two.id]);
  });

  test('a second tab of the same agent replaces the first', async () => {
    const session = await newLiveSession(t);
    const first = await joinAgent(session);
    const second = await joinAgent(session);
    assert.equal(await first.control.closed, '4009 joined from elsewhere');
    assert.equal(await first.bulk.closed, '4009 joined from elsewhere');
    await joinDevice(session);
    await second.control.hears('device/joined');
  });

  test('a device that lost its connections joins again', async () => {
    const session = await newLiveSession(t);
    const agent = await joinAgent(session);
    const former = await joinDevice(session);
    await joinDevice(session);
    assert.equal(await former.control.closed, '4009 joined again');
    await agent.control.hears('device/joined', {}, 2);
    const news = agent.control.heard.map((message) => message.type).filter((type) => type.startsWith('device'));
    assert.deepEqual(news, ['device/joined', 'device/left', 'device/joined']);
  });
});

describe('a ticket', () => {
  const { control, bulk } = RELAY_PATHS.agent;
  const REFUSED = '4003 ticket.invalid';

  test('works once', async () => {
    const session = await newLiveSession(t);
    const join = agentJoinMessage(await session.newTicket());
    const client = await open(control);
    client.send(join);
    await client.hears('welcome');
    assert.equal(await refusalOf(control, join), REFUSED);
  });

  test('works for 30 seconds', async () => {
    const session = await newLiveSession(t);
    const ticket = await session.newTicket();
    t.organisation.clock.advance({ s: 30 });
    assert.equal(await refusalOf(control, agentJoinMessage(ticket)), REFUSED);
  });

  const PROOFS: [string, JoinChanges][] = [
    ['signed by another identity', { key: strangerKey.privateKey }],
    ['signed for another ticket', { signedTicket: 'x'.repeat(43) }],
    ['signed for another connection', { signedNonce: 'x'.repeat(22) }],
  ];
  for (const [what, changes] of PROOFS) {
    test(`${what} is refused, and used up by the attempt`, async () => {
      const session = await newLiveSession(t);
      const ticket = await session.newTicket();
      assert.equal(await refusalOf(control, agentJoinMessage(ticket, changes)), REFUSED);
      assert.equal(await refusalOf(control, agentJoinMessage(ticket)), REFUSED);
      assert.deepEqual(refusalsOf(session), ['join-not-proven 1']);
    });
  }

  test('of a session that has ended, or of an identity that was revoked since, is refused', async () => {
    const ended = await newLiveSession(t);
    const late = await ended.newTicket();
    await ended.end();
    assert.equal(await refusalOf(control, agentJoinMessage(late)), REFUSED);
    const session = await newLiveSession(t);
    const ticket = await session.newTicket();
    t.organisation.database.transaction((tx) => t.authority.revoke(tx, session.agentSerial, 'lost laptop'));
    assert.equal(await refusalOf(control, agentJoinMessage(ticket)), REFUSED);
  });

  test('for the second connection works once, for 30 seconds, and on its own path alone', async () => {
    const session = await newLiveSession(t);
    const agent = await joinAgent(session);
    assert.equal(await refusalOf(bulk, { type: 'join', ticket: agent.welcome['bulkTicket'] }), REFUSED);

    const half = await open(control);
    half.send(agentJoinMessage(await session.newTicket()));
    const { bulkTicket } = await half.hears('welcome');
    t.organisation.clock.advance({ s: 30 });
    assert.equal(await refusalOf(bulk, { type: 'join', ticket: bulkTicket }), REFUSED);

    half.close();
    const other = await open(control);
    other.send(agentJoinMessage(await session.newTicket()));
    const join = { type: 'join', ticket: (await other.hears('welcome'))['bulkTicket'] };
    assert.equal(await refusalOf(RELAY_PATHS.device.bulk, join, session.deviceCredentials), REFUSED);
  });

  test('for the second connection of one device is of no use to another, nor to an agent', async () => {
    const [one, two] = [await newLiveSession(t), await newLiveSession(t)];
    for (const [path, credentials] of [
      [RELAY_PATHS.device.bulk, two.deviceCredentials],
      [bulk, undefined],
    ] as const) {
      const device = await open(RELAY_PATHS.device.control, one.deviceCredentials);
      device.send({ type: 'join', nonce: NONCE });
      const { bulkTicket } = await device.hears('welcome');
      assert.equal(await refusalOf(path, { type: 'join', ticket: bulkTicket }, credentials), REFUSED);
    }
  });

  test('that is none is refused, and so is anything else that comes first', async () => {
    assert.equal(await refusalOf(control, agentJoinMessage('x'.repeat(43))), REFUSED);
    assert.equal(await refusalOf(control, 'no JSON'), REFUSED);
    assert.equal(await refusalOf(control, { type: 'end' }), REFUSED);
    assert.equal(await refusalOf(bulk, { type: 'join', ticket: 'x'.repeat(43) }), REFUSED);
    assert.equal(await refusalOf(control, new Uint8Array(100)), '4002 join expected');
    assert.equal(await refusalOf(control, 'x'.repeat(MAX_SIGNAL_BYTES + 1)), '1009');
  });
});

describe('a device listener', () => {
  const PATHS = Object.values(RELAY_PATHS.device);

  test('refuses whoever shows no certificate, a foreign one, or that of an agent: 403', async () => {
    const session = await newLiveSession(t);
    const { database, clock, random } = { ...t.organisation, database: createTestDatabase() };
    const foreignKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const foreignCa = createAuthority({
      database,
      clock,
      random,
      keys: { ...makeTestCa({ clock, random }), caPrivateKey: foreignKey },
    });
    const subject = { personId: session.agent.id, name: 'x', employeeNumber: 'x', department: '', organisation: '' };
    const forged = foreignCa.issueIdentity(
      database.db,
      { ...subject, photoSha256: null },
      strangerKey.publicKey,
    ).certificate;
    const key = strangerKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const path of PATHS) {
      assert.equal(await dial(path), 403);
      assert.equal(await dial(path, { cert: forged, key }), 403);
      assert.equal(await dial(path, session.agentCredentials), 403);
    }
    database.close();
  });

  test('refuses the certificate of a session that is over: 403', async () => {
    const session = await newLiveSession(t);
    await joinDevice(session);
    await session.end();
    for (const path of PATHS) assert.equal(await dial(path, session.deviceCredentials), 403);
  });

  test('sends away a device whose session ended between the handshake and the join', async () => {
    const session = await newLiveSession(t);
    const control = await open(RELAY_PATHS.device.control, session.deviceCredentials);
    await session.end();
    control.send({ type: 'join', nonce: NONCE });
    assert.equal(await control.closed, '4003 session.state-changed');
  });
});

describe('a page of another site', () => {
  for (const path of [...AGENT_PATHS, ...DEVICE_PATHS]) {
    test(`opens no socket at ${path}, a valid certificate notwithstanding: 403`, async () => {
      const { deviceCredentials } = await newLiveSession(t);
      const credentials = DEVICE_PATHS.includes(path) ? deviceCredentials : {};
      const foreign = [
        'null',
        'https://evil.example',
        server.origin.replace('https:', 'http:'),
        `${server.origin}.evil.example`,
      ];
      for (const origin of foreign) assert.equal(await dial(path, { ...credentials, origin }), 403, origin);
      assert.equal(await dial(path, { ...credentials, origin: undefined }), 403);
    });
  }
});

describe('on the one port', () => {
  test('whoever does not speak as a helper finds no path of a device, a valid certificate notwithstanding: 404', async () => {
    const { deviceCredentials } = await newLiveSession(t);
    for (const path of DEVICE_PATHS)
      for (const ALPNProtocols of [['http/1.1'], [], ['handrail-device/10', 'http/1.1']])
        assert.equal(await dial(path, { ...deviceCredentials, ALPNProtocols }), 404);
  });

  test('whoever speaks as a helper finds no path of an agent: 404', async () => {
    const { deviceCredentials, newTicket } = await newLiveSession(t);
    await newTicket();
    for (const path of AGENT_PATHS)
      assert.equal(await dial(path, { ...deviceCredentials, ALPNProtocols: [HELPER_PROTOCOL] }), 404);
  });
});

describe('a live stream', () => {
  test('is closed at the end for everybody, who are told the state and the reason first', async () => {
    const session = await newLiveSession(t);
    const agent = await joinAgent(session);
    const device = await joinDevice(session);
    agent.control.send({ type: 'end' });
    for (const { control, bulk } of [agent, device]) {
      assert.equal(await control.closed, '4000 session ended');
      assert.equal(await bulk.closed, '4000 session ended');
      const { type, state, endReason } = control.heard.at(-1) ?? { type: '' };
      assert.deepEqual([type, state, endReason], ['session', 'ended', 'agent-stopped']);
    }
  });

  test('passes nothing to the device before Start; the agent is told why and the audit chain has the count', async () => {
    const session = await newLiveSession(t);
    const agent = await joinAgent(session);
    const device = await joinDevice(session);
    for (let count = 0; count < 3; count++) {
      for (const chunk of frameChunks({ channel: 'input', sender: 1 })) agent.control.send(chunk);
    }
    agent.bulk.send(new Uint8Array(3));
    assert.equal((await agent.control.hears('refused', { reason: 'not-active' }))['count'], 3);
    await agent.control.hears('refused', { reason: 'too-short' });
    assert.equal(device.control.chunks.length + device.bulk.chunks.length, 0);
    assert.deepEqual(refusalsOf(session), ['not-active 3', 'too-short 1']);
  });

  test('is closed for whoever floods it with messages', async () => {
    const session = await newLiveSession(t);
    const agent = await joinAgent(session);
    for (let count = 0; count < 100; count++) agent.control.send('{}');
    assert.equal(await agent.control.closed, '4002 too many messages');
    await agent.bulk.closed;
    const counts = refusalsOf(session).map((line) => line.split(' '));
    assert.deepEqual(counts.map(([reason]) => reason).sort(), ['invalid-signal', 'too-fast']);
    assert.equal(
      counts.reduce((sum, [, count]) => sum + Number(count), 0),
      100,
    );
  });

  test('is closed for whoever sends a message that is too long, and it is counted', async () => {
    const session = await newLiveSession(t);
    const [agent, device] = [await joinAgent(session), await joinDevice(session)];
    device.bulk.send(new Uint8Array(MAX_SIGNAL_BYTES + 1));
    agent.control.send('x'.repeat(MAX_SIGNAL_BYTES + 1));
    assert.equal((await device.bulk.closed).slice(0, 4), '1009');
    assert.equal((await agent.control.closed).slice(0, 4), '1009');
    await Promise.all([device.control.closed, agent.bulk.closed]);
    assert.deepEqual(refusalsOf(session), ['too-long 1', 'too-long 1']);
  });

  test('is closed on shutdown without an end of the session', async () => {
    const session = await newLiveSession(t);
    const agent = await joinAgent(session);
    server.gateway.close();
    assert.equal(await agent.control.closed, '1001 server stops');
    assert.equal(t.sessions.status(session.id).state, 'connecting');
  });
});
