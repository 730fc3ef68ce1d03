/** What the viewer page shows: one session, its connection, its picture and what may be done. */
import type { Session } from '../../../protocol/api/sessions.ts';
import type { EndReason, PauseReason, SessionState } from '../../../protocol/lifecycle.ts';
import type { SealedLink } from '../../../protocol/sealed-link.ts';
import { api } from '../api.ts';
import { ApiError } from '../api-error.ts';
import { backoffMs } from '../live-backoff.ts';
import { currentIdentity } from '../identity.ts';
import { AskForm } from './ask-form.svelte.ts';
import type { InputCapture } from './input-capture.ts';
import { LiveView, type ConsentMessage } from './live-view.ts';
import { QualityMeter, type PictureSource, type Quality } from './quality.ts';
import { blockedWhy } from './scene.ts';
import { AgentSession, type SessionFailure, type StateDetail } from './stream/agent-session.ts';
import { deviceMemory } from './stream/device-memory.ts';
import { ViewerConsent } from './viewer-consent.svelte.ts';
import { ViewerNotices, type ViewerNotice } from './viewer-notices.svelte.ts';

export type ViewerPhase = 'connecting' | 'waiting' | 'agreeing' | 'live' | 'paused' | 'ended' | 'failed';
export type ViewerFailure = SessionFailure | 'load';

export class Viewer {
  session = $state<Session>();
  state = $state<SessionState>('accepted');
  pauseReason = $state<PauseReason | null>(null);
  deadlineAt = $state<number | null>(null);
  endReason = $state<EndReason | null>(null);
  matchCode = $state<string>();
  isDeviceHere = $state(false);
  /** The device has proven to be the one of before; no code is read out again. */
  isRecognised = $state(false);
  isConnected = $state(false);
  failure = $state<ViewerFailure>();
  error = $state<ApiError>();
  quality = $state<Quality>();
  source = $state<PictureSource>();
  hasPicture = $state(false);
  screen = $state<{ width: number; height: number }>();

  /** What the sharer allows, and what is asked of them. */
  readonly consent = new ViewerConsent({
    send: (message) => this.#view?.sendControl(message),
    giveBack: (capability) => api.takeBack(this.#sessionId, capability),
  });

  readonly ask = new AskForm(this.consent);

  readonly phase = $derived.by((): ViewerPhase => {
    if (this.state === 'ended') return 'ended';
    if (this.failure !== undefined && this.failure !== 'lost') return 'failed';
    if (!this.isConnected) return 'connecting';
    if (this.state === 'paused') return 'paused';
    if (this.matchCode !== undefined) return 'agreeing';
    return this.state === 'active' ? 'live' : 'waiting';
  });
  readonly canOperate = $derived(this.phase === 'live' && this.consent.hasInput && this.consent.frozenBy === null);
  readonly notice = $derived.by((): ViewerNotice | undefined => {
    if (this.phase !== 'live') return undefined;
    const isTyping = this.consent.scene.hidden.some(({ why }) => why === 'password');
    return this.#notices.current ?? (isTyping ? 'password' : undefined);
  });

  /** Mouse and keyboard of this page, set by the picture's component. */
  input: InputCapture | undefined;

  readonly #sessionId: string;
  readonly #canvas: HTMLCanvasElement;
  readonly #notices = new ViewerNotices();
  readonly #meter = new QualityMeter();
  #stream: AgentSession | undefined;
  #view: LiveView | undefined;
  #attempt = 0;
  #isClosed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #sampling: ReturnType<typeof setInterval>;

  constructor(sessionId: string, canvas: HTMLCanvasElement) {
    this.#sessionId = sessionId;
    this.#canvas = canvas;
    this.#sampling = setInterval(() => this.#sampleQuality(), 1000);
    void this.#connect();
  }

  /** The picture and the way input goes back; undefined unless live. */
  get view(): LiveView | undefined {
    return this.#view;
  }

  /** Ends the session; by the stream when it is open, otherwise by the server's route. */
  async stop(): Promise<void> {
    this.#stream?.end();
    if (this.isConnected) return;
    const session = await api.endSession(this.#sessionId);
    this.#take(session);
  }

  /** Nothing is sent any more until the sharer lets it go on. */
  pause(): void {
    this.#stream?.pause();
  }

  /** Says why a press at this point of the picture is not sent. */
  explainBlocked(at: { x: number; y: number }): void {
    const why = blockedWhy(this.consent.scene, at);
    if (why === 'consent') this.#notices.show('consent-window');
    else if (why === 'banner') this.#notices.show('banner');
    else if (why === 'password' || why === 'files' || why === 'outside') this.#notices.show(why);
    else if (why !== undefined) this.#notices.show('hidden');
  }

  retry(): void {
    this.failure = undefined;
    this.error = undefined;
    this.#attempt = 0;
    void this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#sampling);
    this.#dropView();
    this.#stream?.close();
  }

  async #connect(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      const [session, identity] = await Promise.all([api.session(this.#sessionId), currentIdentity()]);
      this.#take(session);
      if (session.state === 'ended' || this.#isClosed) return;
      this.#stream = new AgentSession({
        sessionId: this.#sessionId,
        identity,
        ticket: async () => (await api.sessionTicket(this.#sessionId)).ticket,
        memory: deviceMemory(this.#sessionId, sessionStorage),
        events: {
          onMatchCode: (code) => (this.matchCode = code),
          onRecognised: () => (this.isRecognised = true),
          onDevice: (isHere) => this.#onDevice(isHere),
          onState: (state, detail) => this.#onState(state, detail),
          onLink: (link) => this.#onLink(link),
          onRefused: () => undefined,
          onFailure: (failure) => this.#onFailure(failure),
        },
      });
      await this.#stream.open();
      this.isConnected = true;
      this.failure = undefined;
      this.error = undefined;
      this.#attempt = 0;
    } catch (cause) {
      if (!(cause instanceof ApiError)) return;
      this.error = cause;
      this.failure = cause.code === 'network' ? 'lost' : 'load';
      if (this.failure === 'lost') this.#retryLater();
    }
  }

  #take(session: Session): void {
    this.session = session;
    this.state = session.state;
    this.pauseReason = session.pauseReason;
    this.deadlineAt = session.deadlineAt;
    this.endReason = session.endReason;
  }

  #onState(state: SessionState, detail: StateDetail): void {
    // The keys of the next epoch may be here before the word that it goes on: those stay.
    if (state === 'ended' || (state !== 'active' && this.state === 'active')) this.#dropView();
    this.state = state;
    this.pauseReason = detail.pauseReason;
    this.deadlineAt = detail.deadlineAt;
    this.endReason = detail.endReason;
    if (state === 'ended') void this.#refresh();
  }

  #onDevice(isHere: boolean): void {
    this.isDeviceHere = isHere;
    this.isRecognised = false;
    if (!isHere) this.#dropView();
  }

  #onConsent(message: ConsentMessage): void {
    const hadInput = this.consent.hasInput;
    this.consent.take(message);
    const isTakenBack = hadInput && !this.consent.hasInput;
    if (isTakenBack) this.#notices.show(this.consent.inputEnd);
    if (isTakenBack || this.consent.frozenBy !== null) this.input?.forget();
  }

  async #refresh(): Promise<void> {
    try {
      this.#take(await api.session(this.#sessionId));
    } catch (cause) {
      // The summary is a courtesy; that the session ended is already shown.
      if (!(cause instanceof ApiError)) throw cause;
    }
  }

  #onLink(link: SealedLink): void {
    this.#dropView();
    this.#view = new LiveView(link, this.#canvas, {
      onScreen: (width, height) => (this.screen = { width, height }),
      onFirstPicture: () => (this.hasPicture = true),
      onPainted: () => this.#meter.painted(),
      onLatency: (ms) => this.#meter.roundTrip(ms),
      onSource: (source) => (this.source = source),
      onConsent: (message) => this.#onConsent(message),
      onLocalHand: (isActive) => this.#notices.noteLocalHand(isActive),
      onRefused: (reason) => this.#notices.show(reason),
    });
  }

  #dropView(): void {
    this.#view?.close();
    this.#view = undefined;
    this.hasPicture = false;
    this.source = undefined;
    this.#notices.reset();
    this.consent.reset();
    this.ask.close();
  }

  #onFailure(failure: SessionFailure): void {
    this.isConnected = false;
    this.#onDevice(false);
    if (this.state === 'ended') return;
    this.failure = failure;
    if (failure === 'lost') this.#retryLater();
  }

  #retryLater(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#connect(), backoffMs(this.#attempt++, Math.random));
  }

  #sampleQuality(): void {
    this.quality = this.phase === 'live' ? this.#meter.sample(this.#stream?.receivedBytes ?? 0) : undefined;
    if (this.phase === 'live') this.#view?.ping();
  }
}
