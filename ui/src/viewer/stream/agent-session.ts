/**
 * The agent's end of one session: joins the relay, agrees on keys with the device, opens the sealed link. Knows no page
 * and no canvas; what happens is told as events.
 */
import { pemToDer, type Bytes } from '../../../../protocol/bytes.ts';
import type { Mode } from '../../../../protocol/capabilities.ts';
import type { ConnectionKind } from '../../../../protocol/frame.ts';
import {
  AgentHandshake,
  HandshakeError,
  MAX_AGREEMENTS,
  type HandshakeEpoch,
  type HandshakeReveal,
} from '../../../../protocol/handshake.ts';
import type { EndReason, PauseReason, SessionState } from '../../../../protocol/lifecycle.ts';
import { CLOSE_CODES, type RelayToAgent } from '../../../../protocol/relay.ts';
import { SealedLink } from '../../../../protocol/sealed-link.ts';
import type { Identity } from '../../identity.ts';
import { readDeviceCertificate } from './certificates.ts';
import { fingerprintOf, type DeviceMemory } from './device-memory.ts';
import { RelayConnection } from './relay-connection.ts';

/** 16 MB: the first picture of the largest screen. */
const MAX_EARLY_CHUNKS = 1024;

export type SessionFailure = 'ticket-refused' | 'device-not-proven' | 'replaced' | 'lost';

export interface StateDetail {
  grantedMode: Mode | null;
  pauseReason: PauseReason | null;
  /** When the present state ends by itself, by the server's clock. */
  deadlineAt: number | null;
  endReason: EndReason | null;
}

export interface AgentSessionEvents {
  /** `code` while the sharer is asked to pick it; undefined when it no longer counts. */
  onMatchCode(code: string | undefined): void;
  /** The device is the one whose code was answered before: there is none to read out, they only let it go on. */
  onRecognised(): void;
  onDevice(isHere: boolean): void;
  onState(state: SessionState, detail: StateDetail): void;
  /** A new epoch: listen on its channels. The former link is closed. */
  onLink(link: SealedLink): void;
  onRefused(reason: string, count: number): void;
  /** The connection is over; anything but `lost` is final. */
  onFailure(failure: SessionFailure): void;
}

export interface AgentSessionOptions {
  sessionId: string;
  identity: Identity;
  ticket: () => Promise<string>;
  memory: DeviceMemory;
  events: AgentSessionEvents;
}

export class AgentSession {
  readonly #options: AgentSessionOptions;
  readonly #connection = new RelayConnection();
  #sender = 0;
  #state: SessionState | undefined;
  #handshake: AgentHandshake | undefined;
  /** Those that could lead to a match code. */
  #agreements = 0;
  /** Of the device whose match code is on display. */
  #shownFingerprint: string | undefined;
  #link: SealedLink | undefined;
  /** Chunks that overtook the message with the keys on the other connection. */
  #early: { kind: ConnectionKind; chunk: Bytes }[] = [];
  #turn: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(options: AgentSessionOptions) {
    this.#options = options;
  }

  get receivedBytes(): number {
    return this.#connection.receivedBytes;
  }

  async open(): Promise<void> {
    const { events, identity, ticket } = this.#options;
    this.#connection.onSignal((signal) => this.#next(() => this.#onSignal(signal)));
    this.#connection.onChunk((kind, chunk) => this.#onChunk(kind, chunk));
    this.#connection.onClose((code) => this.#fail(failureOf(code)));
    const proof = { ticket: await this.#orOver(ticket()), privateKey: identity.privateKey };
    try {
      const joined = await this.#connection.open(proof);
      this.#sender = joined.sender;
    } catch (cause) {
      this.#fail('lost');
      throw cause;
    }
    if (!this.#isOver) events.onDevice(false);
  }

  /** Without a ticket there was no connection that could fail: whoever opens hears why. */
  async #orOver<T>(step: Promise<T>): Promise<T> {
    try {
      return await step;
    } catch (cause) {
      this.#isOver = true;
      throw cause;
    }
  }

  /** The agent pauses; only the sharer can let it go on. */
  pause(): void {
    this.#connection.signal({ type: 'pause' });
  }

  /** The agent stops the session. */
  end(): void {
    this.#connection.signal({ type: 'end' });
  }

  /** Leaves without ending the session: the page is closed or left. */
  close(): void {
    this.#isOver = true;
    this.#link?.close();
    this.#connection.close();
  }

  #next(step: () => Promise<void> | void): void {
    const unlessOver = (): Promise<void> | void => (this.#isOver ? undefined : step());
    this.#turn = this.#turn.then(unlessOver).catch((cause: unknown) => {
      // A device that breaks the protocol is one that cannot be trusted with what the agent types.
      this.#fail(cause instanceof HandshakeError ? 'device-not-proven' : 'lost');
      if (!(cause instanceof HandshakeError)) throw cause;
    });
  }

  async #onSignal(signal: RelayToAgent): Promise<void> {
    const { events } = this.#options;
    switch (signal.type) {
      case 'device/joined':
        return this.#onDeviceJoined();
      case 'device/left':
        return this.#onDeviceLeft();
      case 'peer':
        return this.#onPeer(signal.body);
      case 'session':
        return this.#onSession(signal);
      case 'refused':
        return events.onRefused(signal.reason, signal.count);
      case 'welcome':
      case 'bulk-ready':
        return;
    }
  }

  #onSession(signal: Extract<RelayToAgent, { type: 'session' }>): void {
    const { events, memory } = this.#options;
    const { state } = signal;
    if (state === 'active' || state === 'ended') events.onMatchCode(undefined);
    // That it becomes active is the answer to the code.
    const isStarted = state === 'active' && this.#state !== 'active';
    if (isStarted && this.#shownFingerprint !== undefined) memory.write(this.#shownFingerprint);
    this.#state = state;
    if (state === 'ended') memory.forget();
    events.onState(state, signal);
  }

  #onChunk(kind: ConnectionKind, chunk: Bytes): void {
    if (this.#link !== undefined) this.#link.receive(kind, chunk);
    else if (this.#early.length < MAX_EARLY_CHUNKS) this.#early.push({ kind, chunk });
  }

  #onDeviceJoined(): void {
    const { identity, sessionId, memory, events } = this.#options;
    this.#dropLink();
    this.#shownFingerprint = undefined;
    // Each agreement is another guess at the match code for whoever might stand between. Once it was answered there is
    // nothing left to guess: another device than that one breaks the connection off, and that one may lose its own often.
    if (memory.read() === null) this.#agreements += 1;
    if (this.#agreements > MAX_AGREEMENTS) throw new HandshakeError('too many agreements on one connection');
    const scope = { sessionId, agentConnectionNonce: this.#connection.connectionNonce };
    const certificatePem = identity.certificate;
    const self = { certificatePem, certificateDer: pemToDer(certificatePem), privateKey: identity.privateKey };
    this.#handshake = new AgentHandshake(scope, self);
    events.onDevice(true);
  }

  #onDeviceLeft(): void {
    this.#dropLink();
    this.#handshake = undefined;
    this.#shownFingerprint = undefined;
    this.#options.events.onMatchCode(undefined);
    this.#options.events.onDevice(false);
  }

  async #onPeer(body: Extract<RelayToAgent, { type: 'peer' }>['body']): Promise<void> {
    if (this.#handshake === undefined) throw new HandshakeError('the device speaks before it joined');
    switch (body.type) {
      case 'handshake/commit':
        return this.#connection.signal({ type: 'peer', body: await this.#handshake.answer(body) });
      case 'handshake/reveal':
        return this.#onReveal(this.#handshake, body);
      case 'handshake/epoch':
        return this.#openLink(this.#handshake, body);
    }
  }

  async #onReveal(handshake: AgentHandshake, reveal: HandshakeReveal): Promise<void> {
    const { identity, sessionId, memory, events } = this.#options;
    const device = await readDeviceCertificate(reveal.certificate, { ca: identity.ca, sessionId, now: Date.now() });
    if (device === undefined) throw new HandshakeError('the session certificate is not the internal CA’s');
    const code = await handshake.accept(reveal, device);
    const fingerprint = await fingerprintOf(device.certificateDer);
    if (this.#isOver) return;
    const known = memory.read();
    if (known === fingerprint) return events.onRecognised();
    if (known !== null) throw new HandshakeError('another device than the one whose code was answered');
    this.#shownFingerprint = fingerprint;
    events.onMatchCode(code);
  }

  async #openLink(handshake: AgentHandshake, message: HandshakeEpoch): Promise<void> {
    const { epoch, secrets, deviceConnectionNonce } = await handshake.unwrapEpoch(message);
    this.#link?.close();
    this.#link = undefined;
    const link = await SealedLink.create({
      transport: this.#connection,
      sessionId: this.#options.sessionId,
      epoch,
      secrets,
      party: 'agent',
      self: { sender: this.#sender, connectionNonce: this.#connection.connectionNonce },
      peer: { sender: 0, connectionNonce: deviceConnectionNonce },
      onRefused: (reason) => this.#options.events.onRefused(reason, 1),
    });
    // Left while the keys were being made.
    if (this.#isOver) return link.close();
    this.#options.events.onLink(link);
    this.#link = link;
    for (const { kind, chunk } of this.#early.splice(0)) link.receive(kind, chunk);
  }

  #dropLink(): void {
    this.#link?.close();
    this.#link = undefined;
    this.#early = [];
  }

  #fail(failure: SessionFailure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#dropLink();
    this.#connection.close();
    this.#options.events.onMatchCode(undefined);
    this.#options.events.onFailure(failure);
  }
}

function failureOf(code: number | undefined): SessionFailure {
  if (code === CLOSE_CODES.replaced) return 'replaced';
  return code === CLOSE_CODES.refused ? 'ticket-refused' : 'lost';
}
