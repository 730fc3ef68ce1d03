/** A room with scripted ends: the real machine decides, the sockets are fake, and what is sent is kept. */
import { randomBytes } from 'node:crypto';
import { modeOf, type Capability, type GrantFact } from '../../protocol/capabilities.ts';
import { chunksOf, encodeHeader, type FrameHeader } from '../../protocol/frame.ts';
import { grantTag, signGrant, type GrantStatement, type SignedGrant } from '../../protocol/grant.ts';
import { SIGNATURE_ALGORITHM } from '../../protocol/handshake.ts';
import type { EndReason } from '../../protocol/lifecycle.ts';
import type { DeviceToRelay } from '../../protocol/relay.ts';
import { AppError } from '../platform/errors.ts';
import { RelayRoom } from '../relay/relay.room.ts';
import {
  deadlineOf,
  decide,
  rightsInForce,
  type NewGrant,
  type SessionAction,
  type SessionEvent,
  type SessionFacts,
} from './session.machine.ts';
import type { RelaySocket, RelaySocketEvents } from './relay.socket.ts';
import { SessionRoom, type SessionStatus } from './session.room.ts';

export const SESSION = `ses_${'a'.repeat(26)}`;
export const AGENT_SERIAL = 'a1';
const NOW = Date.UTC(2026, 0, 5, 8);

/** A connection whose other end is the test. Once closed it can still send, as a hostile one does. */
export class FakeSocket implements RelaySocket {
  readonly log: string[] = [];
  readonly chunks: Uint8Array[] = [];
  waiting = 0;
  /** What is sent takes until `arrive` to get there. */
  isFar = false;
  #events: RelaySocketEvents | undefined;
  #echoes: (() => void)[] = [];

  send(message: string | Uint8Array): void {
    if (typeof message === 'string') this.log.push(message);
    else this.chunks.push(message);
  }
  waitingBytes(): number {
    return this.waiting;
  }
  close(code: number, reason: string): void {
    this.log.push(`closed ${code} ${reason}`);
  }
  attach(events: RelaySocketEvents): void {
    this.#events = events;
  }
  echo(then: () => void): void {
    if (this.isFar) this.#echoes.push(then);
    else then();
  }

  say(signal: unknown): void {
    this.#events?.onSignal(typeof signal === 'string' ? signal : JSON.stringify(signal));
  }
  push(...chunks: Uint8Array[]): void {
    for (const chunk of chunks) this.#events?.onChunk(chunk);
  }
  arrive(): void {
    for (const then of this.#echoes.splice(0)) then();
  }
  /** The network takes it. */
  drop(): void {
    this.#events?.onClose();
  }
  /** Types of the messages so far, closings included. */
  heard(): string[] {
    return this.log.map((line) => (line.startsWith('{') ? nameOf(JSON.parse(line)) : line));
  }
}

function nameOf(message: { type: string; state?: string; endReason?: string | null; sender?: number }): string {
  const detail = [message.state, message.endReason, message.sender].filter(
    (each) => each !== undefined && each !== null,
  );
  return [message.type, ...detail].join(' ');
}

export interface End {
  control: FakeSocket;
  bulk: FakeSocket;
}

async function newKeys(): Promise<CryptoKeyPair> {
  const algorithm = { ...SIGNATURE_ALGORITHM, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  return crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
}

export const deviceKeys = await newKeys();
export const otherKeys = await newKeys();

const FRESH: SessionFacts = {
  state: 'connecting',
  stateSince: NOW,
  startedAt: null,
  pauseReason: null,
  policy: {
    capabilities: ['view', 'input', 'files'],
    limitedOnly: [],
    sessionLimitS: 7200,
    idleLimitS: 900,
    masks: [],
  },
  grants: [],
  deviceSerial: 'd1',
  deviceLostAt: null,
};

const rooms: SessionRoom[] = [];

/** For `afterEach`: a room reports every second until it is closed. */
export function closeRooms(): void {
  for (const room of rooms.splice(0)) room.close(1001, 'the test is over');
}

export interface TestRoom {
  room: SessionRoom;
  relay: RelayRoom;
  facts(): SessionFacts;
  /** What was reported, as `agent no-grant` with its count. */
  refusals: Map<string, number>;
  /** How often the room said that nobody is left. */
  emptied(): number;
  /** Who was here when the event was applied. */
  seenAtEvent: { event: string; isAgentHere: boolean; isDeviceHere: boolean }[];
  failures: unknown[];
  /** As whoever else decides about the session: the portal, time. */
  apply(event: SessionEvent): void;
  advance(ms: number): void;
  signAgentOut(): void;
  /** An agent's control connection alone. */
  seatAgent(): { control: FakeSocket; sender: number };
  joinAgent(): Promise<End & { sender: number }>;
  joinDevice(): Promise<End>;
}

export function createTestRoom(changes: Partial<SessionFacts> = {}): TestRoom {
  let facts: SessionFacts = { ...FRESH, ...changes };
  let endReason: EndReason | null = null;
  let now = NOW;
  let emptied = 0;
  let isAgentSignedIn = true;
  const refusals = new Map<string, number>();
  const seenAtEvent: TestRoom['seenAtEvent'] = [];
  const failures: unknown[] = [];
  const requestKey = (): void => room.requestKey();
  const relay = new RelayRoom({ sessionId: SESSION, policy: FRESH.policy, now: () => now, requestKey });
  relay.setState(facts.state);

  const status = (): SessionStatus => ({ ...statusOf(facts, now), endReason });
  const apply = (event: SessionEvent): void => {
    const { isAgentHere, isDeviceHere } = room;
    seenAtEvent.push({ event: event.type, isAgentHere, isDeviceHere });
    const actions = decide(facts, { ...event, at: now });
    const wasEnded = facts.state === 'ended';
    facts = actions.reduce((before, action) => carryOut(before, action, now), facts);
    for (const action of actions) if (action.type === 'move') endReason = action.endReason;
    if (facts.state === 'ended' && !wasEnded) room.end(status());
    const revoked = actions.find((action) => action.type === 'revoke-grants');
    if (actions.some((action) => action.type !== 'refuse')) room.changed(status(), revoked);
    const refusal = actions.find((action) => action.type === 'refuse');
    if (refusal !== undefined) throw new AppError(refusal.code);
  };
  const room: SessionRoom = new SessionRoom({
    relay,
    apply,
    isSignedIn: () => isAgentSignedIn,
    deviceKey: () => Promise.resolve(deviceKeys.publicKey),
    onRefusals: (who, counted) => {
      for (const { reason, count } of counted) {
        refusals.set(`${who} ${reason}`, (refusals.get(`${who} ${reason}`) ?? 0) + count);
      }
    },
    onEmpty: () => (emptied += 1),
    onError: (cause) => failures.push(cause),
  });
  rooms.push(room);
  const seatAgent = (): { control: FakeSocket; sender: number } => {
    const control = new FakeSocket();
    const sender = room.seatAgent(control, {
      serialNumber: AGENT_SERIAL,
      signInId: 'sgn_agent',
      nonce: 'n'.repeat(22),
    });
    return { control, sender };
  };
  return {
    room,
    relay,
    facts: () => facts,
    refusals,
    emptied: () => emptied,
    seenAtEvent,
    failures,
    apply,
    advance: (ms) => (now += ms),
    signAgentOut: () => (isAgentSignedIn = false),
    seatAgent,
    joinAgent: async () => {
      const bulk = new FakeSocket();
      const { control, sender } = seatAgent();
      room.completeAgent(sender, bulk);
      await settle();
      return { control, bulk, sender };
    },
    joinDevice: async () => {
      const end = { control: new FakeSocket(), bulk: new FakeSocket() };
      room.seatDevice(end.control, 'd1');
      room.completeDevice(end.bulk);
      await settle();
      return end;
    },
  };
}

function statusOf(facts: SessionFacts, now: number): Omit<SessionStatus, 'endReason'> {
  const { state, pauseReason } = facts;
  const grantedMode = modeOf(rightsInForce(facts, { holder: AGENT_SERIAL, now }));
  return { state, grantedMode, pauseReason, deadlineAt: deadlineOf(facts)?.at ?? null };
}

function carryOut(facts: SessionFacts, action: SessionAction, now: number): SessionFacts {
  switch (action.type) {
    case 'move': {
      const startedAt = action.to === 'active' ? (facts.startedAt ?? now) : facts.startedAt;
      return { ...facts, state: action.to, stateSince: now, pauseReason: action.pauseReason, startedAt };
    }
    case 'store-grant':
      return { ...facts, grants: [...facts.grants, factOf(action.grant)] };
    case 'revoke-grants': {
      const isNamed = (id: string): boolean => action.grantIds.includes(id);
      return { ...facts, grants: facts.grants.map((each) => (isNamed(each.id) ? { ...each, isRevoked: true } : each)) };
    }
    default:
      return facts;
  }
}

export function factOf({ id, capability, holder, scope, notAfter }: NewGrant): GrantFact {
  return { id, capability, holder, reach: scope.reach, notAfter, isRevoked: false };
}

/** What was queued in every open room has been done, however long the signatures of this machine take. */
export async function settle(): Promise<void> {
  for (const room of rooms) await room.whenIdle();
}

export interface TestGrant {
  id: string;
  tag: bigint;
  signed: SignedGrant;
  signal: DeviceToRelay;
}

export async function newGrant(
  capability: Capability,
  changes: Partial<GrantStatement> & { key?: CryptoKey } = {},
): Promise<TestGrant> {
  const { key = deviceKeys.privateKey, ...fields } = changes;
  const statement = { ...rightOf(capability), ...fields };
  const signed = await signGrant(statement, key);
  return { id: statement.id, tag: grantTag(statement.id), signed, signal: { type: 'grant', grant: signed } };
}

/** What a grant states, before it is signed. */
export function rightOf(capability: Capability): GrantStatement {
  return {
    kind: 'handrail/2 grant',
    id: randomBytes(16).toString('hex'),
    sessionId: SESSION,
    holder: AGENT_SERIAL,
    capability,
    scope: { reach: 'all' },
    purpose: 'session',
    notBefore: NOW,
    notAfter: NOW + 7_200_000,
    consentText: 'consent',
  };
}

/** The chunks of one sealed frame; what is inside is nobody's affair here. */
export function frameChunks(header: Partial<FrameHeader> & Pick<FrameHeader, 'channel'>, bytes = 40): Uint8Array[] {
  const full = { sender: 0, isKey: false, epoch: 1, seq: 0n, grant: 0n, sealedBytes: bytes, ...header };
  const { channel, seq, isKey } = full;
  return [...chunksOf({ channel, seq, isKey, headerBytes: encodeHeader(full), sealed: new Uint8Array(bytes) })];
}

/** Chunks that have come out at this end. */
export function reached(end: End): number {
  return end.control.chunks.length + end.bulk.chunks.length;
}

/** A session in which the sharer has granted these. */
export async function openSession(capabilities: Capability[] = ['view']) {
  const r = createTestRoom();
  const agent = await r.joinAgent();
  const device = await r.joinDevice();
  const grants = await Promise.all(capabilities.map((capability) => newGrant(capability)));
  for (const grant of grants) device.control.say(grant.signal);
  await settle();
  const [view, input] = grants;
  if (view === undefined || r.facts().state !== 'active') throw new Error('the session did not open');
  return { r, agent, device, view, input: input ?? view };
}
