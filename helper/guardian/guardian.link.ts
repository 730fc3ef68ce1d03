/**
 * The worker's end of the line to its guardian: banner and hotkey are there, not here, and look from here like the
 * platform's own.
 */
import { kill } from '../cleanup/programs.ts';
import type { BrowserNews, Handover } from '../elevation/elevation.messages.ts';
import type { KeptBrowser } from '../elevation/kept.browser.ts';
import { isRunning } from '../platform/host.ts';
import type { BannerText, Overlay, ProcessIdentity, ProcessTable, Rect, StopHotkey } from '../platform/platform.ts';
import type { DeviceEndpoint } from '../transport/relay.connection.ts';
import type { Language } from '../consent/consent.views.ts';
import type { StoppedBy } from './guardian.machine.ts';
import { toWorker, type ToGuardian, type ToWorker } from './guardian.messages.ts';
import { Heartbeat } from './heartbeat.ts';

type Welcome = Extract<ToWorker, { type: 'welcome' }>;

/** The channel that Node opens to a forked process; `process` is one. */
export interface GuardianChannel {
  /** Resolves once it is on its way, or nobody is there to hear it. */
  send(message: ToGuardian): Promise<void>;
  onMessage(listener: (message: unknown) => void): void;
  onDisconnect(listener: () => void): void;
  close(): void;
}

export class GuardianLink {
  readonly overlay: Overlay;
  readonly hotkey: StopHotkey;
  readonly welcome: Promise<Welcome>;
  readonly #channel: GuardianChannel;
  readonly #heartbeat: Heartbeat;
  readonly #stopListeners: Record<StoppedBy, (() => void)[]> = { banner: [], hotkey: [], predecessor: [] };
  readonly #lostListeners: (() => void)[] = [];
  #places: readonly Rect[] = [];
  #hotkeyLabel = '';
  #isLost = false;
  #isPredecessorGone = false;
  #onWelcome: (welcome: Welcome) => void = () => undefined;
  #onBrowser: (news: BrowserNews) => void = () => undefined;
  #onSuccessor: (isReady: boolean) => void = () => undefined;

  constructor(channel: GuardianChannel) {
    this.#channel = channel;
    this.welcome = new Promise((resolve) => (this.#onWelcome = resolve));
    this.overlay = this.#remoteOverlay();
    this.hotkey = this.#remoteHotkey();
    this.#heartbeat = new Heartbeat(
      () => this.#send({ type: 'alive' }),
      () => this.#lost(),
    );
    channel.onMessage((message) => this.#take(message));
    channel.onDisconnect(() => this.#lost());
  }

  tellEnrolled(endpoint: DeviceEndpoint, language: Language): void {
    this.#send({ type: 'enrolled', endpoint, language });
  }

  tellOver(): void {
    this.#send({ type: 'over' });
  }

  /** Whether a helper with administrator rights was started, and waits to take over. Never resolves when nobody answers. */
  elevate(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#onSuccessor = resolve;
      this.#send({ type: 'elevate' });
    });
  }

  /** Instead of `tellOver`. Resolves when this end may be closed. */
  async handOver(handover: Handover): Promise<void> {
    if (!this.#isLost) await this.#channel.send({ type: 'handed-over', handover });
  }

  /** The helper that this one took over from is gone. */
  onPredecessorGone(listener: () => void): void {
    this.#stopListeners.predecessor.push(listener);
    // While this process was loading.
    if (this.#isPredecessorGone) listener();
  }

  /** The browser of the consent window where another helper keeps it. */
  readonly keptBrowser: KeptBrowser = {
    open: (address, language) => this.#send({ type: 'open-browser', address, language }),
    close: () => this.#send({ type: 'close-browser' }),
    onNews: (listener) => {
      this.#onBrowser = listener;
    },
  };

  /** The guardian died or hangs: nobody owns Stop any more. Called once. */
  onLost(listener: () => void): void {
    this.#lostListeners.push(listener);
  }

  /** The end of this process is near, whatever the guardian does. */
  close(): void {
    this.#isLost = true;
    this.#heartbeat.stop();
    this.#channel.close();
  }

  #send(message: ToGuardian): void {
    if (!this.#isLost) void this.#channel.send(message);
  }

  #take(raw: unknown): void {
    this.#heartbeat.heard();
    const parsed = toWorker.safeParse(raw);
    if (!parsed.success) return;
    const message = parsed.data;
    if (message.type === 'welcome') {
      this.#hotkeyLabel = message.hotkeyLabel;
      this.#onWelcome(message);
    }
    if (message.type === 'banner-at') {
      this.#places = message.places;
      this.#send({ type: 'covered', number: message.number });
    }
    if (message.type === 'successor') this.#onSuccessor(message.isReady);
    if (message.type === 'browser') this.#onBrowser(message);
    if (message.type === 'stop' && message.by === 'predecessor') this.#isPredecessorGone = true;
    if (message.type === 'stop') for (const listener of this.#stopListeners[message.by]) listener();
  }

  #lost(): void {
    if (this.#isLost) return;
    this.close();
    for (const listener of this.#lostListeners) listener();
  }

  #remoteOverlay(): Overlay {
    const show = (text: BannerText | null): void => this.#send({ type: 'banner', text });
    return {
      showBanner: show,
      hideBanner: () => show(null),
      bannerBounds: () => around(this.#places),
      onStop: (listener) => this.#stopListeners.banner.push(listener),
      close: () => undefined,
    };
  }

  #remoteHotkey(): StopHotkey {
    const label = (): string => this.#hotkeyLabel;
    return {
      get label() {
        return label();
      },
      onPress: (listener) => this.#stopListeners.hotkey.push(listener),
      close: () => undefined,
    };
  }
}

/** One rectangle around all: while the banner moves, it may be at either place. */
function around(places: readonly Rect[]): Rect | undefined {
  if (places.length === 0) return undefined;
  const x = Math.min(...places.map((place) => place.x));
  const y = Math.min(...places.map((place) => place.y));
  const right = Math.max(...places.map((place) => place.x + place.width));
  const bottom = Math.max(...places.map((place) => place.y + place.height));
  return { x, y, width: right - x, height: bottom - y };
}

/** The line that Node keeps to the process that started this one. */
export function openChannel(): GuardianChannel {
  return {
    send: (message) =>
      new Promise((resolve) => {
        // A guardian that has just died is noticed by the disconnection.
        if (process.send === undefined) resolve();
        else process.send(message, undefined, undefined, () => resolve());
      }),
    onMessage: (listener) => process.on('message', listener),
    onDisconnect: (listener) => process.on('disconnect', listener),
    // An open line would keep the process alive.
    close: () => {
      if (process.connected) process.disconnect();
    },
  };
}

/** A guardian that hangs would keep banner and files: the worker ends it, and nobody who has its number by now. */
export function endGuardian(guardian: ProcessIdentity, processes: ProcessTable, parent: number = process.ppid): void {
  // Where nobody tells when a process began the number of the parent is another one once it has ended.
  if (parent === guardian.pid && isRunning(guardian, processes)) kill(guardian.pid);
}
