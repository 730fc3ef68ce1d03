/**
 * One live session on the server: who sits in it, what they signal, and the relay room between them. Decisions about the
 * session's life are the service's; decisions about chunks are the relay's.
 */
import type { EndReason, PauseReason, SessionState } from '../../protocol/lifecycle.ts';
import type { Mode } from '../../protocol/capabilities.ts';
import { openGrant, type GrantStatement, type SignedGrant } from '../../protocol/grant.ts';
import {
  CLOSE_CODES,
  agentToRelay,
  deviceToRelay,
  type AgentToRelay,
  type DeviceToRelay,
  type RelayToAgent,
  type RelayToDevice,
} from '../../protocol/relay.ts';
import type { ConnectionKind } from '../../protocol/frame.ts';
import { AppError } from '../platform/errors.ts';
import { RefusalCounter } from '../relay/refusal-counter.ts';
import { TokenBucket } from '../relay/token-bucket.ts';
import type { AgentSeat, RelayRefusal, RelayRoom } from '../relay/relay.room.ts';
import type { Revocation, SessionEvent } from './session.machine.ts';
import type { RelaySocket } from './relay.socket.ts';

export interface SessionStatus {
  state: SessionState;
  grantedMode: Mode | null;
  pauseReason: PauseReason | null;
  deadlineAt: number | null;
  endReason: EndReason | null;
}

export interface SessionRoomOptions {
  relay: RelayRoom;
  /** Applies an event to the session, which tells the room by `changed`; throws AppError when it may not happen. */
  apply: (event: SessionEvent) => void;
  /** Whether the agent's sign-in still holds: whoever signs out, or is signed out, leaves. */
  isSignedIn: (signInId: string) => boolean;
  /** Public key of the device's session certificate: what grants are signed with. */
  deviceKey: () => Promise<CryptoKey>;
  onRefusals: (who: 'agent' | 'device', refusals: { reason: string; count: number }[]) => void;
  onEmpty: () => void;
  onError: (cause: unknown) => void;
}

type Refusal = RelayRefusal | 'invalid-signal';

/** Chunks of 16 KB a second: far above what a session needs, far below what hurts. */
const CHUNK_LIMIT = { device: { capacity: 8000, perSecond: 8000 }, agent: { capacity: 2000, perSecond: 1000 } };

/** What a device says for the record is written down, so it is bounded. */
const NOTICE_LIMIT = { capacity: 60, perSecond: 1 };

/** Numbers of senders as the frame header has room for them; 0 is the device. */
const MAX_SENDER = 255;

interface Seat extends AgentSeat {
  nonce: string;
  signInId: string;
  refusals: RefusalCounter<Refusal>;
  limit: TokenBucket;
  isComplete: boolean;
}

export class SessionRoom {
  readonly #options: SessionRoomOptions;
  readonly #seats = new Map<number, Seat>();
  readonly #deviceRefusals = new RefusalCounter<Refusal>();
  readonly #deviceLimit = new TokenBucket(CHUNK_LIMIT.device, performance.now());
  readonly #noticeLimit = new TokenBucket(NOTICE_LIMIT, performance.now());
  readonly #report: NodeJS.Timeout;
  #nextSender = 1;
  #isDeviceComplete = false;
  #deviceSerial = '';
  #state: SessionState | undefined;
  /** Pauses that were not the device's own doing, and how many of them it has certainly heard of. */
  #pauses = 0;
  #heardPauses = 0;
  #isDevicesDoing = false;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: SessionRoomOptions) {
    this.#options = options;
    this.#report = setInterval(() => {
      this.#reportRefusals();
      this.#unseatSignedOut();
    }, 1000);
  }

  get isDeviceHere(): boolean {
    return this.#isDeviceComplete;
  }
  get isAgentHere(): boolean {
    return [...this.#seats.values()].some((seat) => seat.isComplete);
  }

  /** Seats an agent's control connection; an older one gives way. Returns its sender number. */
  seatAgent(control: RelaySocket, joined: { serialNumber: string; signInId: string; nonce: string }): number {
    const sender = this.#nextSender;
    this.#nextSender = (sender % MAX_SENDER) + 1;
    for (const other of this.#seats.values()) this.#unseat(other, CLOSE_CODES.replaced, 'joined from elsewhere');
    const seat: Seat = {
      sender,
      ...joined,
      peers: { control },
      awaitsKey: false,
      refusals: new RefusalCounter(),
      limit: new TokenBucket(CHUNK_LIMIT.agent, performance.now()),
      isComplete: false,
    };
    this.#seats.set(sender, seat);
    control.attach({
      onSignal: (text) => this.#onAgentSignal(seat, text),
      onChunk: (bytes) => this.#fromAgent(seat, 'control', bytes),
      onRefused: (reason) => seat.refusals.count(reason),
      onClose: () => this.#onAgentClosed(seat),
    });
    return sender;
  }

  /** The agent's second connection: now it is there. */
  completeAgent(sender: number, bulk: RelaySocket): void {
    const seat = this.#seats.get(sender);
    if (seat === undefined || seat.peers.bulk !== undefined) return bulk.close(CLOSE_CODES.refused, 'no such seat');
    seat.peers.bulk = bulk;
    bulk.attach({
      onSignal: () => seat.refusals.count('invalid-signal'),
      onChunk: (bytes) => this.#fromAgent(seat, 'bulk', bytes),
      onRefused: (reason) => seat.refusals.count(reason),
      onClose: () => this.#onAgentClosed(seat),
    });
    this.#enqueue(() => {
      if (!this.#isSeated(seat)) return;
      // Before it is applied: whoever hears of the event asks who is here.
      seat.isComplete = true;
      try {
        this.#apply({ type: 'connected', who: 'agent', serialNumber: seat.serialNumber });
      } catch (cause) {
        this.#unseat(seat, CLOSE_CODES.refused, 'session.state-changed');
        throw cause;
      }
      this.#options.relay.agents.set(sender, seat);
      this.#tellAgent(seat, { type: 'bulk-ready' });
      if (this.#isDeviceComplete) this.#introduce(seat);
    });
  }

  /** Seats the device's control connection; an older one gives way. */
  seatDevice(control: RelaySocket, serialNumber: string): void {
    this.#unseatDevice(CLOSE_CODES.replaced, 'joined again');
    this.#deviceSerial = serialNumber;
    this.#heardPauses = this.#pauses;
    this.#options.relay.devicePeers.control = control;
    control.attach({
      onSignal: (text) => this.#onDeviceSignal(control, text),
      onChunk: (bytes) => this.#fromDevice('control', control, bytes),
      onRefused: (reason) => this.#deviceRefusals.count(reason),
      onClose: () => this.#onDeviceClosed(control),
    });
  }

  completeDevice(bulk: RelaySocket): void {
    const { devicePeers } = this.#options.relay;
    if (devicePeers.control === undefined || devicePeers.bulk !== undefined) {
      return bulk.close(CLOSE_CODES.refused, 'no such seat');
    }
    devicePeers.bulk = bulk;
    bulk.attach({
      onSignal: () => this.#deviceRefusals.count('invalid-signal'),
      onChunk: (bytes) => this.#fromDevice('bulk', bulk, bytes),
      onRefused: (reason) => this.#deviceRefusals.count(reason),
      onClose: () => this.#onDeviceClosed(bulk),
    });
    this.#enqueue(() => {
      if (devicePeers.bulk !== bulk) return;
      this.#isDeviceComplete = true;
      try {
        this.#apply({ type: 'connected', who: 'device', serialNumber: this.#deviceSerial });
      } catch (cause) {
        this.#unseatDevice(CLOSE_CODES.refused, 'session.state-changed');
        throw cause;
      }
      this.#tellDevice({ type: 'bulk-ready' });
      for (const seat of this.#seats.values()) if (seat.isComplete) this.#introduce(seat);
    });
  }

  requestKey(): void {
    this.#tellDevice({ type: 'key-needed' });
  }

  /** The session has changed, here or elsewhere. What was taken back counts for the next chunk no more. */
  changed(status: SessionStatus, revoked?: Revocation): void {
    if (this.#isClosed) return;
    const grantIds = revoked?.grantIds.filter((grantId) => this.#options.relay.revokeGrant(grantId)) ?? [];
    if (revoked !== undefined && grantIds.length > 0) this.#tellDevice({ type: 'revoked', grantIds, by: revoked.by });
    this.#broadcast(status);
  }

  /** The session is over: everybody is told why, then the sockets close. */
  end(status: SessionStatus): void {
    if (this.#isClosed) return;
    this.#broadcast(status);
    this.close(CLOSE_CODES.ended, 'session ended');
  }

  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#report);
    this.#reportRefusals();
    const { devicePeers } = this.#options.relay;
    const seats = [...this.#seats.values()];
    for (const peer of [...seats.flatMap((seat) => Object.values(seat.peers)), ...Object.values(devicePeers)]) {
      peer.close(code, reason);
    }
    this.#seats.clear();
    this.#options.relay.agents.clear();
  }

  #introduce(seat: Seat): void {
    seat.awaitsKey = false;
    this.#tellAgent(seat, { type: 'device/joined' });
    const { sender, serialNumber, nonce } = seat;
    this.#tellDevice({ type: 'agent/joined', sender, serialNumber, nonce });
  }

  #onAgentSignal(seat: Seat, text: string): void {
    if (!this.#isSeated(seat)) return;
    const signal = parse<AgentToRelay>(agentToRelay, text);
    if (signal === undefined || !seat.isComplete) return seat.refusals.count('invalid-signal');
    this.#enqueue(() => {
      if (!this.#isSeated(seat)) return;
      if (signal.type === 'end') this.#apply({ type: 'ended', by: 'agent', reason: 'agent-stopped' });
      else if (signal.type === 'pause') this.#apply({ type: 'paused', by: 'agent', reason: 'agent' });
      else this.#tellDevice({ type: 'peer', sender: seat.sender, body: signal.body });
    });
  }

  #onDeviceSignal(control: RelaySocket, text: string): void {
    if (!this.#isDevice('control', control)) return;
    const signal = parse<DeviceToRelay>(deviceToRelay, text);
    if (signal === undefined) return this.#deviceRefusals.count('invalid-signal');
    // What narrows does not wait for a grant that is still being checked.
    if (signal.type === 'revoke') this.#options.relay.revokeGrant(signal.grantId);
    const heardPauses = this.#heardPauses;
    this.#enqueue(() => {
      if (signal.type === 'grant') return this.#onGrant(control, signal.grant, heardPauses);
      return this.#handleDeviceSignal(signal);
    });
  }

  /** What narrows counts although the device has gone meanwhile; what widens does not. */
  #handleDeviceSignal(signal: Exclude<DeviceToRelay, { type: 'grant' }>): void {
    switch (signal.type) {
      case 'peer': {
        const seat = this.#seats.get(signal.sender);
        if (seat?.isComplete === true) this.#tellAgent(seat, { type: 'peer', body: signal.body });
        return;
      }
      case 'revoke':
        // Again: the grant itself may have come into force only just before.
        this.#options.relay.revokeGrant(signal.grantId);
        return this.#applyOwn({ ...signal, type: 'revoked' });
      case 'pause':
        return this.#applyOwn({ type: 'paused', by: 'sharer', reason: signal.reason });
      case 'end':
        return this.#apply({ type: 'ended', by: 'sharer', reason: signal.reason });
      case 'declined':
      case 'masked':
        if (!this.#noticeLimit.take(1, performance.now())) return this.#deviceRefusals.count('too-fast');
        return this.#apply(signal.type === 'masked' ? signal : { ...signal, type: 'right-declined' });
    }
  }

  async #onGrant(control: RelaySocket, grant: SignedGrant, heardPauses: number): Promise<void> {
    const statement = await openGrant(grant, await this.#options.deviceKey());
    if (!this.#isDeviceComplete || !this.#isDevice('control', control)) return this.#deviceRefusals.count('not-active');
    // Given before the device knew of the pause: it must not end it.
    if (heardPauses !== this.#pauses) return this.#deviceRefusals.count('not-active');
    if (statement === undefined || !this.#isForSomebodyHere(statement)) return this.#deviceRefusals.count('no-grant');
    const { id, capability, holder, scope, purpose, notBefore, notAfter, consentText } = statement;
    // Only once the session has taken it: a grant seen before is refused there.
    this.#apply({
      type: 'granted',
      grant: { id, capability, holder, scope, purpose, notBefore, notAfter, consentText },
    });
    this.#options.relay.addGrant(statement);
  }

  #isForSomebodyHere(statement: GrantStatement): boolean {
    const seats = [...this.#seats.values()];
    return (
      statement.sessionId === this.#options.relay.sessionId &&
      seats.some((seat) => seat.isComplete && seat.serialNumber === statement.holder)
    );
  }

  /** A connection that gave way may go on sending until it has closed. */
  #isSeated(seat: Seat): boolean {
    return this.#seats.get(seat.sender) === seat;
  }

  #isDevice(kind: ConnectionKind, socket: RelaySocket): boolean {
    return !this.#isClosed && this.#options.relay.devicePeers[kind] === socket;
  }

  #fromAgent(seat: Seat, kind: ConnectionKind, bytes: Uint8Array): void {
    if (!this.#isSeated(seat)) return;
    const isInTime = seat.limit.take(1, performance.now());
    const refusal = isInTime ? this.#judgeAgent(seat, kind, bytes) : 'too-fast';
    if (refusal !== undefined) seat.refusals.count(refusal);
  }

  #judgeAgent(seat: Seat, kind: ConnectionKind, bytes: Uint8Array): RelayRefusal | undefined {
    return seat.isComplete ? this.#options.relay.fromAgent(seat, kind, bytes) : 'not-active';
  }

  #fromDevice(kind: ConnectionKind, socket: RelaySocket, bytes: Uint8Array): void {
    if (!this.#isDevice(kind, socket)) return;
    const isInTime = this.#deviceLimit.take(1, performance.now());
    const refusal = isInTime ? this.#judgeDevice(kind, bytes) : 'too-fast';
    if (refusal !== undefined) this.#deviceRefusals.count(refusal);
  }

  #judgeDevice(kind: ConnectionKind, bytes: Uint8Array): RelayRefusal | undefined {
    return this.#isDeviceComplete ? this.#options.relay.fromDevice(kind, bytes) : 'not-active';
  }

  #onAgentClosed(seat: Seat): void {
    if (!this.#isSeated(seat)) return;
    this.#unseat(seat, CLOSE_CODES.ended, 'other connection closed');
    this.#closeWhenEmpty();
  }

  #unseatSignedOut(): void {
    const gone = [...this.#seats.values()].filter((seat) => !this.#options.isSignedIn(seat.signInId));
    for (const seat of gone) this.#unseat(seat, CLOSE_CODES.refused, 'signed out');
    if (gone.length > 0) this.#closeWhenEmpty();
  }

  #unseat(seat: Seat, code: number, reason: string): void {
    if (!this.#isSeated(seat)) return;
    this.#reportAgentRefusals(seat);
    this.#seats.delete(seat.sender);
    this.#options.relay.agents.delete(seat.sender);
    for (const peer of Object.values(seat.peers)) peer.close(code, reason);
    if (this.#isClosed || !seat.isComplete) return;
    this.#tellDevice({ type: 'agent/left', sender: seat.sender });
    this.#revokeAll();
    this.#enqueue(() => this.#apply({ type: 'disconnected', who: 'agent' }));
  }

  #onDeviceClosed(socket: RelaySocket): void {
    const { devicePeers } = this.#options.relay;
    if (devicePeers.control !== socket && devicePeers.bulk !== socket) return;
    this.#unseatDevice(CLOSE_CODES.ended, 'other connection closed');
    this.#closeWhenEmpty();
  }

  #unseatDevice(code: number, reason: string): void {
    const { devicePeers } = this.#options.relay;
    for (const peer of Object.values(devicePeers)) peer.close(code, reason);
    delete devicePeers.control;
    delete devicePeers.bulk;
    const wasComplete = this.#isDeviceComplete;
    this.#isDeviceComplete = false;
    if (this.#isClosed || !wasComplete) return;
    this.#revokeAll();
    for (const seat of this.#seats.values()) this.#tellAgent(seat, { type: 'device/left' });
    this.#enqueue(() => this.#apply({ type: 'disconnected', who: 'device' }));
  }

  /** A join is over, and every right with it (the service records it when it pauses the session). */
  #revokeAll(): void {
    for (const grantId of this.#options.relay.openGrantIds()) this.#options.relay.revokeGrant(grantId);
  }

  #closeWhenEmpty(): void {
    if (this.#isClosed) return;
    if (this.#seats.size === 0 && this.#options.relay.devicePeers.control === undefined) this.#options.onEmpty();
  }

  #apply(event: SessionEvent): void {
    this.#options.apply(event);
  }

  /** What the device itself brings about. */
  #applyOwn(event: SessionEvent): void {
    this.#isDevicesDoing = true;
    try {
      this.#apply(event);
    } finally {
      this.#isDevicesDoing = false;
    }
  }

  #broadcast(status: SessionStatus): void {
    // A pause takes every right back, here as in the service's book: an old grant must not return with the next one.
    const isLeft = this.#state === 'active' && status.state !== 'active';
    if (isLeft) this.#revokeAll();
    this.#state = status.state;
    this.#options.relay.setState(status.state);
    const { state, grantedMode, pauseReason, deadlineAt, endReason } = status;
    const message = { type: 'session', state, grantedMode, pauseReason, deadlineAt, endReason } as const;
    this.#tellDevice(message);
    for (const seat of this.#seats.values()) this.#tellAgent(seat, message);
    if (!isLeft || this.#isDevicesDoing) return;
    const pauses = (this.#pauses += 1);
    this.#options.relay.devicePeers.control?.echo(() => (this.#heardPauses = Math.max(this.#heardPauses, pauses)));
  }

  /** One thing at a time; a refusal by rule is reported to whoever caused it by the state they are then told. */
  #enqueue(step: () => Promise<void> | void): void {
    this.#turn = this.#turn.then(step).catch((cause: unknown) => {
      if (cause instanceof AppError) this.#deviceRefusals.count('not-permitted');
      else this.#options.onError(cause);
    });
  }

  /** Resolves once everything heard so far, signatures included, has been decided about. */
  async whenIdle(): Promise<void> {
    let last;
    do {
      last = this.#turn;
      await last;
    } while (last !== this.#turn);
  }

  #tellAgent(seat: Seat, message: RelayToAgent): void {
    seat.peers.control?.send(JSON.stringify(message));
  }

  #tellDevice(message: RelayToDevice): void {
    this.#options.relay.devicePeers.control?.send(JSON.stringify(message));
  }

  #reportRefusals(): void {
    const ofDevice = this.#deviceRefusals.take();
    if (ofDevice.length > 0) this.#options.onRefusals('device', ofDevice);
    for (const refusal of ofDevice) this.#tellDevice({ type: 'refused', ...refusal });
    for (const seat of this.#seats.values()) this.#reportAgentRefusals(seat);
  }

  #reportAgentRefusals(seat: Seat): void {
    const refusals = seat.refusals.take();
    if (refusals.length > 0) this.#options.onRefusals('agent', refusals);
    for (const refusal of refusals) this.#tellAgent(seat, { type: 'refused', ...refusal });
  }
}

function parse<T>(schema: { safeParse(value: unknown): { success: boolean; data?: T } }, text: string): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Bytes from a peer; counted by the caller.
    return undefined;
  }
  const result = schema.safeParse(value);
  return result.success ? result.data : undefined;
}
