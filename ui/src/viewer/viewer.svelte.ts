/** What the viewer page shows: one session, its connection, its picture and what may be done. */
import type { Session } from '../../../protocol/api/sessions.ts';
import type { Mode } from '../../../protocol/capabilities.ts';
import type { EndReason, SessionState } from '../../../protocol/lifecycle.ts';
import type { SealedLink } from '../../../protocol/sealed-link.ts';
import { api } from '../api.ts';
import { ApiError } from '../api-error.ts';
import { backoffMs } from '../live-backoff.ts';
import { currentIdentity } from '../identity.ts';
import type { InputCapture } from './input-capture.ts';
import { LiveView, type InputRefusal } from './live-view.ts';
import { QualityMeter, type Quality } from './quality.ts';
import { AgentSession, type SessionFailure } from './stream/agent-session.ts';

export type ViewerPhase = 'connecting' | 'waiting' | 'agreeing' | 'live' | 'paused' | 'ended' | 'failed';
export type ViewerFailure = SessionFailure | 'load';
export type ViewerNotice = InputRefusal | 'local-hand';

const NOTICE_MS = 2500;

export class Viewer {
  session = $state<Session>();
  state = $state<SessionState>('accepted');
  grantedMode = $state<Mode | null>(null);
  endReason = $state<EndReason | null>(null);
  matchCode = $state<string>();
  isDeviceHere = $state(false);
  isConnected = $state(false);
  failure = $state<ViewerFailure>();
  error = $state<ApiError>();
  notice = $state<ViewerNotice>();
  quality = $state<Quality>();
  hasPicture = $state(false);
  screen = $state<{ width: number; height: number }>();

  readonly phase = $derived.by((): ViewerPhase => {
    if (this.state === 'ended') return 'ended';
    if (this.failure !== undefined && this.failure !== 'lost') return 'failed';
    if (!this.isConnected) return 'connecting';
    if (this.matchCode !== undefined) return 'agreeing';
    if (this.state === 'active') return 'live';
    return this.state === 'paused' ? 'paused' : 'waiting';
  });
  readonly canOperate = $derived(this.phase === 'live' && this.grantedMode === 'control');

  /** Mouse and keyboard of this page, set by the picture's component. */
  input: InputCapture | undefined;

  readonly #sessionId: string;
  readonly #canvas: HTMLCanvasElement;
  readonly #meter = new QualityMeter();
  #stream: AgentSession | undefined;
  #view: LiveView | undefined;
  #attempt = 0;
  #isClosed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;
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

  retry(): void {
    this.failure = undefined;
    this.error = undefined;
    this.#attempt = 0;
    void this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#noticeTimer);
    clearInterval(this.#sampling);
    this.#view?.close();
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
        events: {
          onMatchCode: (code) => (this.matchCode = code),
          onDevice: (isHere) => (this.isDeviceHere = isHere),
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
    this.grantedMode = session.grantedMode;
    this.endReason = session.endReason;
  }

  #onState(state: SessionState, detail: { grantedMode: Mode | null; endReason: EndReason | null }): void {
    this.state = state;
    this.grantedMode = detail.grantedMode;
    this.endReason = detail.endReason;
    if (state !== 'active') this.#dropView();
    if (state === 'ended') void this.#refresh();
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
      onNotice: (notice) => this.#show(notice),
    });
  }

  #dropView(): void {
    this.#view?.close();
    this.#view = undefined;
    this.hasPicture = false;
  }

  #show(notice: ViewerNotice | undefined): void {
    clearTimeout(this.#noticeTimer);
    this.notice = notice;
    if (notice !== undefined && notice !== 'local-hand') {
      this.#noticeTimer = setTimeout(() => (this.notice = undefined), NOTICE_MS);
    }
  }

  #onFailure(failure: SessionFailure): void {
    this.isConnected = false;
    this.isDeviceHere = false;
    this.#dropView();
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
