/**
 * One session on the sharer's device, from the open connection to the end. It decides what follows from what; windows,
 * pictures, input and sockets are behind the parts it is given.
 */
import type { Capability, Mode } from '../../protocol/capabilities.ts';
import { HandshakeError, MAX_AGREEMENTS } from '../../protocol/handshake.ts';
import type { EndReason, SessionState } from '../../protocol/lifecycle.ts';
import type { DeviceToRelay, RelayToDevice } from '../../protocol/relay.ts';
import type { Transport } from '../../protocol/transport.ts';
import type { ConsentAction, ConsentCard, ConsentView } from '../consent/consent.views.ts';
import type { ConsentWindow } from '../consent/consent.window.ts';
import { readAgentIdentity, provenPhoto, type AgentIdentity } from '../enrol/identity.ts';
import type { Enrolment } from '../enrol/enrol.ts';
import type { Screen } from '../platform/platform.ts';
import { AgentJoin } from './agent.join.ts';
import type { LiveStream } from './live.stream.ts';

type DeviceEndReason = Extract<DeviceToRelay, { type: 'end' }>['reason'];

export interface SignalPath extends Transport {
  readonly nonce: string;
  signal(message: DeviceToRelay): void;
  onSignal(listener: (signal: RelayToDevice) => void): void;
  closeGently(): Promise<void>;
}

/** With a small picture of it as a `data:` URL, or null. */
export type ChoosableScreen = Screen & { thumbnail: string | null };

export interface DeviceSessionOptions {
  enrolment: Enrolment;
  sessionKey: CryptoKey;
  connection: SignalPath;
  consent: ConsentWindow;
  screens: () => Promise<ChoosableScreen[]>;
  /** Starts picture, cursor and input for an agent the sharer agreed to. */
  startStream: (join: AgentJoin, screenId: string) => Promise<LiveStream>;
  consentText: (mode: Mode, card: ConsentCard) => string;
  hotkeyLabel: string;
  /** Tells banner and others what is going on. */
  onPhase: (phase: DevicePhase) => void;
  now: () => number;
  log: (event: string, detail?: Record<string, unknown>) => void;
}

export type DevicePhase =
  | { name: 'waiting' }
  | { name: 'asking' }
  | { name: 'live'; mode: Mode; card: ConsentCard; startedAt: number; endsAt: number }
  | { name: 'paused'; card: ConsentCard }
  | { name: 'ended'; reason: EndReason };

export class DeviceSession {
  readonly #options: DeviceSessionOptions;
  readonly #ended = Promise.withResolvers<EndReason>();
  /** Signals and actions are handled one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #epoch = 0;
  #join: AgentJoin | undefined;
  #card: ConsentCard | undefined;
  #stream: LiveStream | undefined;
  #pendingStart: { mode: Mode; screenId: string } | undefined;
  #startedAt: number | undefined;
  #isOver = false;
  #limit: NodeJS.Timeout | undefined;

  constructor(options: DeviceSessionOptions) {
    this.#options = options;
  }

  /** Whether Start was ever given. */
  get hasShared(): boolean {
    return this.#startedAt !== undefined;
  }

  /** Resolves with the reason once the session is over and nothing is sent or held any more. */
  async run(): Promise<EndReason> {
    const { connection, consent } = this.#options;
    this.#next(() => this.#introduce());
    connection.onSignal((signal) => this.#next(() => this.#onSignal(signal)));
    connection.onChunk((kind, chunk) => this.#stream?.receive(kind, chunk));
    connection.onClose(() => this.#finish('connection-lost'));
    consent.onAction((action) => this.#onAction(action));
    consent.onClosed(() => this.#end(this.#startedAt === undefined ? 'sharer-declined' : 'sharer-stopped'));
    return this.#ended.promise;
  }

  /** Who was invited to help, before anybody has joined. */
  async #introduce(): Promise<void> {
    const { enrolment, now } = this.#options;
    const trust = { ca: enrolment.pinnedCa, now: now() };
    const identity = await readAgentIdentity(enrolment.agentCertificate, trust);
    if (this.#isOver) return;
    if (identity === undefined) return this.#end('protocol-violation');
    this.#card = this.#cardOf(identity);
    this.#showWaiting();
  }

  /** Stop, from wherever: at once, before anything else that may be waiting. */
  stop(reason: DeviceEndReason = 'sharer-stopped'): void {
    this.#end(reason);
  }

  /** Takes back a right while the session goes on. View taken back means stop. */
  takeBack(capability: Capability): void {
    if (capability === 'view') return this.stop();
    const held = this.#join?.revoke(capability);
    if (held === undefined || this.#card === undefined) return;
    this.#stream?.releaseInput();
    this.#stream?.tellGrants();
    this.#options.connection.signal({ type: 'revoke', grantId: held.id });
    this.#showLive('view');
  }

  #next(step: () => Promise<void> | void): void {
    this.#turn = this.#turn.then(async () => {
      if (!this.#isOver) await step();
    });
    this.#turn = this.#turn.catch((cause: unknown) => {
      this.#options.log('device.failed', { cause: String(cause) });
      this.#end(cause instanceof HandshakeError ? 'protocol-violation' : 'device-failed');
    });
  }

  async #onSignal(signal: RelayToDevice): Promise<void> {
    switch (signal.type) {
      case 'agent/joined':
        return this.#onAgentJoined(signal);
      case 'agent/left':
        return this.#onAgentLeft(signal.sender);
      case 'peer':
        return this.#onAnswer(signal);
      case 'session':
        return this.#onSessionState(signal.state, signal.endReason);
      case 'key-needed':
        return this.#stream?.requestKey();
      case 'refused':
        return this.#options.log('relay.refused', { reason: signal.reason, count: signal.count });
      case 'welcome':
      case 'bulk-ready':
        return;
    }
  }

  async #onAgentJoined(signal: Extract<RelayToDevice, { type: 'agent/joined' }>): Promise<void> {
    this.#dropStream();
    this.#epoch += 1;
    // Each agreement is another guess at the match code for whoever might stand between.
    if (this.#epoch > MAX_AGREEMENTS) return this.#end('protocol-violation');
    const { enrolment, sessionKey, connection, now } = this.#options;
    const join = new AgentJoin({
      enrolment,
      sessionKey,
      sender: signal.sender,
      agentNonce: signal.nonce,
      deviceNonce: connection.nonce,
      epoch: this.#epoch,
      now,
    });
    this.#join = join;
    const body = await join.commit();
    if (this.#isCurrent(join)) connection.signal({ type: 'peer', sender: signal.sender, body });
  }

  #onAgentLeft(sender: number): void {
    if (this.#join?.sender !== sender) return;
    this.#dropStream();
    this.#join = undefined;
    if (this.#startedAt === undefined || this.#card === undefined) return this.#showWaiting();
    this.#showPaused(this.#card);
  }

  async #onAnswer(signal: Extract<RelayToDevice, { type: 'peer' }>): Promise<void> {
    const join = this.#join;
    if (join === undefined || join.sender !== signal.sender) return;
    const agreement = await join.agree(signal.body);
    if (!this.#isCurrent(join)) return;
    if (agreement === undefined) {
      this.#options.log('agent.not-proven', { sender: signal.sender });
      return this.#end('protocol-violation');
    }
    this.#card = this.#cardOf(agreement.identity);
    this.#options.connection.signal({ type: 'peer', sender: join.sender, body: agreement.reveal });
    const screens = await this.#options.screens();
    if (this.#isCurrent(join)) this.#ask(this.#card, { codes: agreement.choices, screens });
  }

  /** Whatever was waited for: this agent is still the one who is here, and nobody has said Stop. */
  #isCurrent(join: AgentJoin): boolean {
    return !this.#isOver && this.#join === join;
  }

  #ask(card: ConsentCard, { codes, screens }: { codes: string[]; screens: ChoosableScreen[] }): void {
    const { enrolment, consent, onPhase } = this.#options;
    onPhase({ name: 'asking' });
    consent.show({
      step: 'ask',
      card,
      reason: enrolment.reason,
      requestedMode: enrolment.requestedMode,
      modes: this.#allowedModes(),
      codes,
      screens: screens.map((screen) => ({
        id: screen.id,
        name: screen.name,
        width: screen.bounds.width,
        height: screen.bounds.height,
        thumbnail: screen.thumbnail,
      })),
      recordingNote: 'not-recorded',
    });
  }

  #onAction(action: ConsentAction): void {
    // Whatever narrows is done at once; only Start waits its turn.
    switch (action.type) {
      case 'stop':
        return this.stop();
      case 'decline':
        return this.#end(this.#startedAt === undefined ? 'sharer-declined' : 'sharer-stopped');
      case 'none-of-these':
        return this.#end('match-code-mismatch');
      case 'mode':
        if (action.mode === 'view') return this.takeBack('input');
        return this.#next(() => this.#widen());
      case 'start': {
        // Whom the person answered: should another join come first, the answer is not for that one.
        const join = this.#join;
        return this.#next(() => this.#start(join, action));
      }
    }
  }

  async #start(
    join: AgentJoin | undefined,
    { code, mode, screenId }: Extract<ConsentAction, { type: 'start' }>,
  ): Promise<void> {
    if (join === undefined || !this.#isCurrent(join)) return;
    if (this.#stream !== undefined || this.#pendingStart !== undefined) return;
    if (!join.isMatch(code)) return this.#end('match-code-mismatch');
    this.#pendingStart = { mode, screenId };
    await this.#grant(join, mode);
  }

  async #widen(): Promise<void> {
    const join = this.#join;
    if (join === undefined || this.#stream === undefined) return;
    if (!this.#allowedModes().includes('control')) return;
    await this.#grant(join, 'control');
    // Taken back before it was signed, or over: then it stays as it is.
    if (!this.#isCurrent(join) || !join.holds('input')) return;
    this.#stream.tellGrants();
    this.#showLive('control');
  }

  async #grant(join: AgentJoin, mode: Mode): Promise<void> {
    if (this.#card === undefined) return;
    const startedAt = this.#startedAt ?? this.#options.now();
    const notAfter = startedAt + this.#options.enrolment.sessionLimitS * 1000;
    const grants = await join.grant(mode, { consentText: this.#options.consentText(mode, this.#card), notAfter });
    if (!this.#isCurrent(join)) return;
    for (const { capability, grant } of grants) {
      if (join.holds(capability)) this.#options.connection.signal({ type: 'grant', grant });
    }
  }

  async #onSessionState(state: SessionState, endReason: EndReason | null): Promise<void> {
    if (state === 'ended') return this.#finish(endReason ?? 'protocol-violation');
    if (state === 'paused') return this.#onPaused();
    const pending = this.#pendingStart;
    if (state !== 'active' || pending === undefined || this.#join === undefined) return;
    this.#pendingStart = undefined;
    const join = this.#join;
    const stream = await this.#options.startStream(join, pending.screenId);
    if (!this.#isCurrent(join)) return stream.stop();
    this.#stream = stream;
    stream.start();
    this.#startedAt ??= this.#options.now();
    this.#limit ??= setTimeout(() => this.#end('time-limit'), this.#options.enrolment.sessionLimitS * 1000);
    this.#showLive(pending.mode);
  }

  /** The server took every right back: going on is a new decision, after a new join. */
  #onPaused(): void {
    if (this.#stream === undefined || this.#card === undefined) return;
    this.#dropStream();
    this.#join = undefined;
    this.#showPaused(this.#card);
  }

  #showPaused(card: ConsentCard): void {
    this.#options.onPhase({ name: 'paused', card });
    this.#options.consent.show({ step: 'paused', reason: 'agent-away' });
  }

  #showWaiting(): void {
    if (this.#card === undefined) return;
    this.#options.onPhase({ name: 'waiting' });
    this.#options.consent.show({ step: 'waiting', card: this.#card, reason: this.#options.enrolment.reason });
  }

  #showLive(mode: Mode): void {
    if (this.#card === undefined || this.#startedAt === undefined) return;
    const [card, startedAt] = [this.#card, this.#startedAt];
    const endsAt = startedAt + this.#options.enrolment.sessionLimitS * 1000;
    this.#options.onPhase({ name: 'live', mode, card, startedAt, endsAt });
    const view: ConsentView = {
      step: 'live',
      card,
      mode,
      modes: this.#allowedModes(),
      startedAt,
      isAgentConnected: true,
      hotkeyLabel: this.#options.hotkeyLabel,
      recordingNote: 'not-recorded',
    };
    this.#options.consent.show(view);
  }

  #cardOf(identity: AgentIdentity): ConsentCard {
    const { name, employeeNumber, department } = identity;
    const { agentPhoto, organisation } = this.#options.enrolment;
    return {
      name,
      employeeNumber,
      department,
      photo: provenPhoto(agentPhoto, identity),
      organisation,
      isVerified: true,
    };
  }

  #allowedModes(): Mode[] {
    return this.#options.enrolment.policy.capabilities.includes('input') ? ['view', 'control'] : ['view'];
  }

  /** Ends from this side: nothing is sent and nothing held from this line on; the server is told why. */
  #end(reason: DeviceEndReason): void {
    if (!this.#isOver) this.#options.connection.signal({ type: 'end', reason });
    this.#finish(reason);
  }

  #finish(reason: EndReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#limit);
    this.#dropStream();
    // Before anything is shown: no display that fails may keep a session from being over.
    this.#ended.resolve(reason);
    this.#options.onPhase({ name: 'ended', reason });
    this.#options.consent.show({ step: 'ended', reason });
  }

  #dropStream(): void {
    const stream = this.#stream;
    this.#pendingStart = undefined;
    this.#stream = undefined;
    stream?.stop();
  }
}
