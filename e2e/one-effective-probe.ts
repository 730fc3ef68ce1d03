/**
 * Says what each place that guards a session holds to be in force, for `one-effective.test.ts`, which replaces the
 * function that they all should ask.
 */
import type { Capability } from '../protocol/capabilities.ts';
import { grantTag } from '../protocol/grant.ts';
import { newParty } from '../protocol/handshake.fixture.ts';
import { HeldRights } from '../helper/session/held.rights.ts';
import { RelayRoom, type Peer } from '../server/relay/relay.room.ts';
import { connectingSession, createTestSessions, grantOf, view } from '../server/sessions/test-sessions.ts';
import { AGENT_SERIAL, SESSION, frameChunks, rightOf } from '../server/sessions/test-room.ts';

/** Capabilities in force after the sharer has granted view and input and, with `isTakenBack`, taken input back. */
type Place = (isTakenBack: boolean) => Promise<string[]>;

const silent: Peer = {
  send: () => undefined,
  waitingBytes: () => 0,
  close: () => undefined,
  echo: () => undefined,
};

const relay: Place = (isTakenBack) => {
  const [seen, operated] = [rightOf('view'), rightOf('input')];
  const policy = { capabilities: ['view', 'input'], limitedOnly: [] };
  const room = new RelayRoom({
    sessionId: SESSION,
    policy,
    now: () => seen.notBefore,
    requestKey: () => undefined,
  });
  for (const right of [seen, operated]) room.addGrant(right);
  room.setState('active');
  if (isTakenBack) room.revokeGrant(operated.id);
  Object.assign(room.devicePeers, { control: silent, bulk: silent });
  const seat = { sender: 1, serialNumber: AGENT_SERIAL, peers: { control: silent, bulk: silent }, awaitsKey: false };
  room.agents.set(1, seat);
  const [picture] = frameChunks({ channel: 'picture', grant: grantTag(seen.id), isKey: true });
  const [input] = frameChunks({ channel: 'input', sender: 1, grant: grantTag(operated.id) });
  if (picture === undefined || input === undefined) throw new Error('a frame is one chunk at least');
  const passed: Record<'view' | 'input', boolean> = {
    view: room.fromDevice('bulk', picture) === undefined,
    input: room.fromAgent(seat, 'control', input) === undefined,
  };
  const names = Object.entries(passed).flatMap(([capability, isPassed]) => (isPassed ? [capability] : []));
  return Promise.resolve(names);
};

const service: Place = async (isTakenBack) => {
  const t = createTestSessions();
  try {
    const { id, agent } = await connectingSession(t);
    for (const capability of ['view', 'input'] satisfies Capability[])
      t.sessions.apply(id, grantOf(t, id, { capability }));
    if (isTakenBack) t.sessions.apply(id, { type: 'revoked', grantId: 'g-input' });
    const mode = t.sessions.status(id).grantedMode;
    const { rights } = await view(agent.client, id);
    const isInput = mode === 'control' && rights.some(({ capability }) => capability === 'input');
    return [...(mode === null ? [] : ['view']), ...(isInput ? ['input'] : [])];
  } finally {
    t.close();
  }
};

/** What the device's guard of picture and input asks. */
const device: Place = async (isTakenBack) => {
  const { privateKey: sessionKey } = await newParty('device');
  const policy = { capabilities: ['view', 'input'], limitedOnly: [] };
  const rights = new HeldRights({ sessionId: SESSION, holder: AGENT_SERIAL, policy, sessionKey, now: () => 1 });
  const given = { scope: 'all', purpose: 'session', notAfter: 2, consentText: 'text' } as const;
  for (const capability of ['view', 'input'] as const) await rights.give({ ...given, capability });
  if (isTakenBack) rights.revoke(({ capability }) => capability === 'input');
  return (['view', 'input'] as const).filter((capability) => rights.holds(capability));
};

const PLACES: Record<string, Place> = { relay, service, device };

const said: Record<string, { granted: string[]; takenBack: string[] }> = {};
for (const [name, place] of Object.entries(PLACES))
  said[name] = { granted: await place(false), takenBack: await place(true) };
process.stdout.write(JSON.stringify(said));
process.exit(0);
