/**
 * One session on the sharer's device, from the open connection to the end. It decides what follows from what; windows,
 * pictures, input and sockets are behind the parts it is given.
 */
import type { Capability } from '../../protocol/capabilities.ts';
import { HandshakeError, MAX_AGREEMENTS } from '../../protocol/handshake.ts';
import type { EndReason, PauseReason, SessionState } from '../../protocol/lifecycle.ts';
import type { RelayToDevice } from '../../protocol/relay.ts';
import type { FrozenBy } from '../../protocol/stream.ts';
import type { ConsentAction } from '../consent/consent.views.ts';
import { isNarrowing } from '../consent/page/answers.ts';
import { readAgentIdentity } from '../enrol/identity.ts';
import type { LockReason } from '../platform/platform.ts';
import { AgentJoin, type Agreement } from './agent.join.ts';
import { ConsentScript, cardOf } from './consent.script.ts';
import type { DeviceEndReason, DevicePauseReason, DeviceSessionOptions, SessionEnd } from './device.parts.ts';
import { chosenAt, lookingOnly, type Choice } from './device.phases.ts';
import type { HeldGrant } from './held.rights.ts';
import { LiveRights, type RevokeTelling } from './live.rights.ts';
import type { LiveStream } from './live.stream.ts';
import type { Ask } from './question.desk.ts';
import { SessionTime } from './session.time.ts';
import { SharerMasks } from './sharer.masks.ts';

const TICK_MS = 1000;

export class DeviceSession {
  readonly masks: SharerMasks;
  readonly #options: DeviceSessionOptions;
  readonly #script: ConsentScript;
  readonly #rights: LiveRights;
  readonly #ended = Promise.withResolvers<SessionEnd>();
  /** Signals and actions are handled one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #epoch = 0;
  /** Agreements of which the match code has to be picked. */
  #guesses: number;
  #join: AgentJoin | undefined;
  #stream: LiveStream | undefined;
  /** Given by the sharer, waiting for the relay to say that the session is active. */
  #pending: Choice | undefined;
  /** Key of the agent whose match code was picked and to whom something was shared: `before` was allowed to them. */
  #knownKey: string | undefined;
  #restarted: Promise<void> = Promise.resolve();
  readonly #time: SessionTime;
  #isOver = false;
  readonly #ticking: NodeJS.Timeout;

  constructor(options: DeviceSessionOptions) {
    this.#options = options;
    const { enrolment, resumed, surroundings } = options;
    this.masks = new SharerMasks(resumed?.masks);
    this.#time = new SessionTime({
      clock: options.clock,
      rules: { sessionLimitS: enrolment.sessionLimitS, idleLimitS: enrolment.policy.idleLimitS },
      lastLocalInputAt: surroundings.lastLocalInputAt,
      handed: resumed,
    });
    this.#rights = new LiveRights({
      ...options,
      policy: enrolment.policy,
      questionCount: resumed?.questions ?? 0,
      card: () => this.#script.card,
      elevation: surroundings.elevation,
      now: () => this.#time.now(),
      endsAt: () => this.#time.endsAt(),
      isCurrent: (join) => this.#isCurrent(join),
    });
    this.#script = new ConsentScript({
      ...options,
      now: () => options.clock().wall,
      ownMasks: () => this.masks,
    });
    this.#knownKey = resumed?.knownKey;
    this.#guesses = resumed?.guesses ?? 0;
    if (resumed !== undefined) this.#script.takeOver(resumed, this.#time.endsAt());
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    this.masks.onChange(() => this.#onMasks());
  }

  /** Whether Start was ever given. */
  get hasShared(): boolean {
    return this.#time.startedAt !== undefined;
  }

  /** Resolves once the session is over for this process and nothing is sent or held any more. */
  async run(): Promise<SessionEnd> {
    const { connection, consent } = this.#options;
    this.#next(() => this.#introduce());
    connection.onSignal((signal) => this.#onSignal(signal));
    connection.onChunk((kind, chunk) => this.#stream?.receive(kind, chunk));
    connection.onDown(() => this.#onDown());
    connection.onClose(() => this.#finish('connection-lost'));
    consent.onAction((action) => this.#onAction(action));
    consent.onClosed(() => this.#end(this.hasShared ? 'sharer-stopped' : 'sharer-declined'));
    return this.#ended.promise;
  }

  /** Stop, from wherever: at once, before anything else that may be waiting. */
  stop(reason: DeviceEndReason = 'sharer-stopped'): void {
    this.#end(reason);
  }

  /** Nothing is sent and nothing held from this line on, until the person lets it go on. */
  pause(reason: DevicePauseReason): void {
    if (this.#isOver || (this.#stream === undefined && this.#pending === undefined)) return;
    this.#options.connection.signal({ type: 'pause', reason });
    this.#rest(reason);
  }

  /** Takes back a right while the session goes on. Without view there is nothing to go on with. */
  #takeBack(capability: Capability): void {
    if (capability === 'view') return this.pause('sharer');
    this.#revoke((grant) => grant.capability === capability, 'sharer');
  }

  /** The hide-now key: everything covered, or shown again. */
  toggleHidden(): void {
    if (this.#stream !== undefined) this.masks.hideAll(!this.masks.isAllHidden);
  }

  /** What the person is shown follows the desktop: windows, hidden fields, the lock of the screen. */
  refresh(): void {
    if (this.#stream !== undefined) this.#showLive();
    else this.#script.refreshPaused();
  }

  /** The desktop was taken away, or is there again. A question of the system is answered, and the session goes on after it. */
  onLock(reason: LockReason | undefined): void {
    if (reason === 'locked') return this.pause('screen-lock');
    if (reason === 'disconnected') return this.pause('screen-disconnected');
    this.#onRights();
    this.refresh();
  }

  /** Who was invited to help, before anybody has joined. */
  async #introduce(): Promise<void> {
    const { enrolment } = this.#options;
    const identity = await readAgentIdentity(enrolment.agentCertificate, {
      ca: enrolment.pinnedCa,
      now: this.#options.clock().wall,
    });
    if (this.#isOver) return;
    if (identity === undefined) return this.#end('protocol-violation');
    this.#script.card = cardOf(identity, enrolment);
    if (!this.hasShared) return this.#script.waiting();
    // Without its screen the page of a session that goes on could not be shown.
    await this.#script.refreshChoices(false);
    if (!this.#isOver) this.#script.paused('restarting', null);
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

  #onSignal(signal: RelayToDevice): void {
    // What narrows does not wait for its turn.
    if (signal.type === 'revoked') return this.#onRevoked(signal);
    this.#next(() => this.#handle(signal));
  }

  /** Without view there is nothing to go on with: the word of the pause is under way, and finds no right any more. */
  #onRevoked({ grantIds, by }: Extract<RelayToDevice, { type: 'revoked' }>): void {
    const join = this.#join;
    if (join?.isAgreed === true && this.#stream !== undefined) {
      const isAll = join.rights.grantsOf('view').every(({ id }) => grantIds.includes(id));
      if (isAll) this.#script.remember(join.rights);
      else if (by === 'agent') this.#script.noteGivenBack(join.rights, grantIds);
    }
    this.#revoke((grant) => grantIds.includes(grant.id), 'nobody');
  }

  async #handle(signal: RelayToDevice): Promise<void> {
    switch (signal.type) {
      case 'agent/joined':
        return this.#onAgentJoined(signal);
      case 'agent/left':
        return this.#onAgentLeft(signal.sender);
      case 'peer':
        return this.#onAnswer(signal);
      case 'session':
        return this.#onSessionState(signal.state, signal);
      case 'key-needed':
        return this.#stream?.requestKey();
      case 'refused':
        return this.#options.log('relay.refused', { reason: signal.reason, count: signal.count });
      case 'revoked':
      case 'welcome':
      case 'bulk-ready':
        return;
    }
  }

  async #onAgentJoined(signal: Extract<RelayToDevice, { type: 'agent/joined' }>): Promise<void> {
    if (this.#stream !== undefined || this.#pending !== undefined) this.#rest('agent-away');
    const { enrolment, sessionKey, connection } = this.#options;
    const join = new AgentJoin({
      enrolment,
      sessionKey,
      sender: signal.sender,
      agentNonce: signal.nonce,
      deviceNonce: connection.nonce,
      now: () => this.#time.now(),
    });
    this.#join = join;
    const body = await join.commit();
    if (this.#isCurrent(join)) connection.signal({ type: 'peer', sender: signal.sender, body });
  }

  #onAgentLeft(sender: number): void {
    if (this.#join?.sender !== sender) return;
    this.#rest('agent-away');
    this.#join = undefined;
    if (!this.hasShared) this.#script.waiting();
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
    // Each agreement that is asked about is another guess at the match code for whoever might stand between.
    const isKnown = join.keyId === this.#knownKey;
    if (!isKnown && ++this.#guesses > MAX_AGREEMENTS) return this.#end('protocol-violation');
    this.#options.connection.signal({ type: 'peer', sender: join.sender, body: agreement.reveal });
    if (isKnown || !this.#script.isRestarting) return this.#showAgent(join, agreement);
    // Windows is asked for the agent who was said yes to: another one is not asked about before it has an answer.
    void this.#restarted.then(() => this.#next(() => this.#showAgent(join, agreement)));
  }

  async #showAgent(join: AgentJoin, { identity, choices: codes }: Agreement): Promise<void> {
    if (!this.#isCurrent(join)) return;
    this.#script.card = cardOf(identity, this.#options.enrolment);
    if (join.keyId === this.#knownKey) return this.#script.paused(undefined, join);
    const choices = await this.#options.surroundings.choices(true);
    if (this.#isCurrent(join)) this.#script.ask({ codes, choices });
  }

  /** Whatever was waited for: this agent is still the one who is here, and nobody has said Stop. */
  #isCurrent(join: AgentJoin): boolean {
    return !this.#isOver && this.#join === join;
  }

  #onAction(action: ConsentAction): void {
    // Whatever narrows is done at once; what widens waits its turn.
    const isNo = action.type === 'decline' || action.type === 'none-of-these';
    if (isNo || isNarrowing(action)) return this.#narrow(action);
    // Whom the person answered: should another join come first, the answer is not for that one.
    const join = this.#join;
    this.#next(() => this.#widen(join, action));
  }

  #narrow(action: ConsentAction): void {
    switch (action.type) {
      case 'stop':
        return this.stop();
      case 'decline':
        return this.#end(this.hasShared ? 'sharer-stopped' : 'sharer-declined');
      case 'none-of-these':
        return this.#end('match-code-mismatch');
      case 'pause':
        return this.pause('sharer');
      case 'take-back':
        return this.#takeBack(action.capability);
      case 'answer':
        return this.#closeQuestion(action.id, 'declined');
      case 'hide-now':
        return this.masks.hideAll(true);
      case 'mask-window':
        return this.masks.hideWindow(action.windowId, this.#script.labelOf(action.windowId));
      case 'mask-rectangle':
        return this.masks.hideRectangle(action.rectangle);
      default:
        return;
    }
  }

  async #widen(join: AgentJoin | undefined, action: ConsentAction): Promise<void> {
    if (action.type === 'hide-now') return this.masks.hideAll(false);
    if (action.type === 'unmask') return this.masks.show(action.id);
    if (join === undefined || !this.#isCurrent(join)) return;
    switch (action.type) {
      case 'start':
        return this.#start(join, action);
      case 'resume':
        return this.#resume(join, action.mode);
      case 'allow':
        if (this.#stream === undefined) return;
        return (await this.#rights.allow(join, action)) === 'restart' ? this.#restart() : this.#onRights();
      case 'answer':
        return this.#answer(join, action);
      default:
        return;
    }
  }

  async #start(join: AgentJoin, action: Extract<ConsentAction, { type: 'start' }>): Promise<void> {
    if (this.#stream !== undefined || this.#pending !== undefined || this.#script.isRestarting) return;
    if (!join.isMatch(action.code)) return this.#end('match-code-mismatch');
    for (const windowId of action.hide) this.masks.hideWindow(windowId, this.#script.labelOf(windowId));
    for (const area of action.hideAreas) this.masks.hideRectangle(area);
    await this.#begin(join, chosenAt(action));
  }

  /** As before or less, to the agent whose code was picked. */
  async #resume(join: AgentJoin, mode: 'same' | 'view'): Promise<void> {
    const before = this.#script.before;
    if (before === undefined || join.keyId !== this.#knownKey || this.#script.isRestarting) return;
    if (this.#stream !== undefined || this.#pending !== undefined) return;
    await this.#begin(join, mode === 'same' ? before : lookingOnly(before));
  }

  async #begin(join: AgentJoin, choice: Choice): Promise<void> {
    this.#pending = choice;
    await this.#rights.begin(join, choice);
  }

  #onAsk(ask: Ask): void {
    const [stream, join] = [this.#stream, this.#join];
    if (stream === undefined || join === undefined) return;
    if (!this.#rights.ask(join, ask)) return stream.tellQuestion(ask.id, 'refused');
    // Before it can be seen: from here on no hand from afar reaches anything.
    stream.freeze('question');
    stream.tellQuestion(ask.id, 'shown');
    this.#showLive();
    this.#next(() => this.#script.refreshChoices(true));
  }

  #closeQuestion(id: string, state: 'declined' | 'withdrawn'): void {
    if (!this.#rights.close(id, state)) return;
    this.#stream?.tellQuestion(id, state);
    this.#onRights();
  }

  async #answer(join: AgentJoin, action: Extract<ConsentAction, { type: 'answer' }>): Promise<void> {
    const outcome = await this.#rights.answer(join, action);
    if (outcome === undefined) return;
    if (outcome === 'restart') return this.#restart();
    this.#stream?.tellQuestion(action.id, outcome === 'given' ? 'granted' : 'declined');
    this.#onRights();
  }

  /** Paused before Windows asks: whatever is answered there, going on is a new decision. */
  #restart(): void {
    if (this.#stream === undefined) return;
    this.#script.restarting();
    this.pause('restarting');
    // Not one of the steps that wait for each other: the person may take minutes to answer, and Stop has to be heard.
    this.#restarted = this.#options
      .restartElevated()
      .catch((cause: unknown) => this.#options.log('restart.failed', { cause: String(cause) }))
      .then((isReady) => this.#onRestarted(isReady === true));
  }

  #onRestarted(isReady: boolean): void {
    // Stop was faster.
    if (this.#isOver || !this.#script.isRestarting) return;
    const [knownKey, time, before] = [this.#knownKey, this.#time.handOver(), this.#script.before];
    const isWhole = knownKey !== undefined && time !== undefined && before !== undefined;
    if (!isReady || !isWhole) return this.#script.restartRefused();
    const counts = { guesses: this.#guesses, questions: this.#rights.questionCount };
    this.#close({ handover: { knownKey, ...counts, ...time, before, masks: this.masks.handOver() } });
  }

  #revoke(which: (grant: HeldGrant) => boolean, tell: RevokeTelling): void {
    const join = this.#join;
    if (join?.isAgreed !== true) return;
    const couldElevate = join.rights.holds('elevated');
    if (!this.#rights.revoke(join, { which, tell })) return;
    const isReachedNoMore = couldElevate && !join.rights.holds('elevated');
    if (isReachedNoMore || !join.rights.holds('input')) this.#stream?.releaseInput();
    this.#onRights();
  }

  /** Rights or questions have changed: the agent, the window and the banner follow. */
  #onRights(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    stream.freeze(this.#frozenBy());
    stream.tellGrants();
    this.#showLive();
  }

  #onMasks(): void {
    if (this.#stream === undefined) return;
    if (this.masks.isAllHidden) this.#options.connection.signal({ type: 'masked', rule: 'hide-now' });
    this.#onRights();
  }

  #frozenBy(): FrozenBy {
    if (this.#options.surroundings.lock() === 'secure-desktop') return 'secure-desktop';
    if (this.#rights.question !== undefined) return 'question';
    return this.masks.isAllHidden ? 'hide-now' : null;
  }

  async #onSessionState(
    state: SessionState,
    detail: { endReason: EndReason | null; pauseReason: PauseReason | null; deadlineAt: number | null },
  ): Promise<void> {
    if (state === 'ended') return this.#finish(detail.endReason ?? 'protocol-violation');
    this.#script.deadlineAt = detail.deadlineAt;
    if (state === 'paused') return this.#onPaused(detail.pauseReason ?? 'network');
    const [choice, join] = [this.#pending, this.#join];
    if (state !== 'active' || choice === undefined || join === undefined) return;
    this.#pending = undefined;
    this.#epoch += 1;
    const events = {
      onAsk: (ask: Ask) => this.#onAsk(ask),
      onAskWithdrawn: (id: string) => this.#closeQuestion(id, 'withdrawn'),
    };
    const { screenId } = choice;
    const stream = await this.#options.startStream({ join, screenId, epoch: this.#epoch, masks: this.masks, events });
    // Paused or stopped while it was being opened.
    if (!this.#isCurrent(join) || !join.rights.holds('view')) return stream.stop();
    this.#stream = stream;
    this.#script.begin(choice, this.#time.share(), this.#time.endsAt());
    this.#knownKey = join.keyId;
    stream.freeze(this.#frozenBy());
    stream.start();
    this.#showLive();
    await this.#script.refreshChoices(false);
  }

  /** The server took every right back. */
  #onPaused(reason: PauseReason): void {
    if (!this.hasShared) return;
    this.#rest(reason);
    this.#script.paused(reason, this.#join?.isAgreed === true ? this.#join : null);
  }

  #onDown(): void {
    this.#rest('network');
    this.#join = undefined;
    if (!this.hasShared) this.#script.waiting();
  }

  /** Going on is a new decision: the stream stops and every right is gone; what was allowed is remembered. */
  #rest(reason: PauseReason): void {
    this.#rights.closeAny();
    const isAgreed = this.#join?.isAgreed === true;
    if (isAgreed && this.#stream !== undefined && this.#join !== undefined) this.#script.remember(this.#join.rights);
    this.#dropStream();
    if (isAgreed) this.#join?.rights.revoke(() => true);
    if (this.hasShared) this.#script.paused(reason, null);
  }

  #showLive(): void {
    const join = this.#join;
    if (join?.isAgreed !== true || this.#stream === undefined) return;
    this.#script.live({ rights: join.rights, question: this.#rights.question, leftMs: this.#time.leftMs() });
  }

  #tick(): void {
    if (this.#isOver) return;
    const verdict = this.#time.tick(this.#stream !== undefined);
    if (verdict === 'time-limit') return this.#end(verdict);
    if (verdict !== undefined) return this.pause(verdict);
    if (this.#stream === undefined) return;
    const now = this.#time.now();
    this.#revoke((grant) => now >= grant.notAfter, 'time');
    this.#showLive();
  }

  /** Ends from this side: nothing is sent and nothing held from this line on; the server is told why. */
  #end(reason: DeviceEndReason): void {
    if (!this.#isOver) this.#options.connection.signal({ type: 'end', reason });
    this.#finish(reason);
  }

  #finish(reason: EndReason): void {
    if (this.#isOver) return;
    // Before anything is shown: no display that fails may keep a session from being over.
    this.#close({ reason });
    this.#script.ended(reason);
  }

  #close(end: SessionEnd): void {
    this.#isOver = true;
    clearInterval(this.#ticking);
    this.#dropStream();
    this.#ended.resolve(end);
  }

  #dropStream(): void {
    const stream = this.#stream;
    this.#pending = undefined;
    this.#stream = undefined;
    stream?.stop();
  }
}
