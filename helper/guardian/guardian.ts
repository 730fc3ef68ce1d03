/**
 * The helper's first process: small, and alive when everything else is not. It owns banner, Stop and hotkey, starts the
 * worker that does the session, watches it, and clears up after it. `guardian.machine.ts` decides; this executes.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, systemLanguage } from '../explain.ts';
import type { Language } from '../consent/consent.views.ts';
import type { ToPredecessor } from '../elevation/door.ts';
import { endpointOf, type Handover, type ToElevated } from '../elevation/elevation.messages.ts';
import { GONE_WITHIN_MS, startSuccessor, type Succession, type Successor } from '../elevation/successor.ts';
import { ownDigest } from '../executable.ts';
import { log } from '../log.ts';
import { ownProgram } from '../own.program.ts';
import { openProcessTable, thisProcess } from '../platform/host.ts';
import { openDisplayGuard } from '../platform/open.ts';
import type { BannerText, DisplayGuard, Rect } from '../platform/platform.ts';
import type { DeviceEndpoint } from '../transport/relay.connection.ts';
import type { Workspace } from '../workspace.ts';
import { clearUp, untilRead } from './clear-up.ts';
import {
  INITIAL,
  TICK_MS,
  decideGuardian,
  type GuardianAction,
  type GuardianEvent,
  type Outcome,
} from './guardian.machine.ts';
import { toGuardian, type ToGuardian, type ToWorker } from './guardian.messages.ts';
import { Announcements } from './announcements.ts';

/** First argument of the worker; the run's folder is the second, so that whoever clears up can find the process by it. */
export const WORKER_ARGUMENT = '--worker';

export type Start = Extract<ToWorker, { type: 'welcome' }>['start'];

/** How it ended: with this exit code, or in another helper's hands. */
export type GuardianEnd = { code: number } | { handover: Handover; successor: Successor };

export interface GuardianOptions {
  start: Start;
  workspace: Workspace;
  /** The helper that keeps the consent window's browser, where this one took over from another. */
  predecessor?: ToPredecessor;
}

/** Starts the worker and stays until all is over, or is another helper's. */
export async function runGuardian(options: GuardianOptions): Promise<GuardianEnd> {
  const announcements = new Announcements();
  const display = await openDisplayGuard({
    announce: (places: readonly Rect[]) => announcements.announce(places),
    onError: (error) => log('display.error', { message: error.message }),
  });
  try {
    return await new Guardian(display, announcements, options).run();
  } finally {
    await display.close();
  }
}

class Guardian {
  readonly #display: DisplayGuard;
  readonly #workspace: Workspace;
  readonly #announcements: Announcements;
  readonly #predecessor: ToPredecessor | undefined;
  readonly #start: Start;
  readonly #done = Promise.withResolvers<GuardianEnd>();
  readonly #hurry = new AbortController();
  #worker: ChildProcess | undefined;
  #workerCode: number | null = null;
  #hasBanner = false;
  #state = INITIAL;
  #language: Language = systemLanguage();
  #endpoint: DeviceEndpoint | undefined;
  #succession: Succession | undefined;
  /** The end of a helper that was started and is not wanted. */
  #dismissed: Promise<void> = Promise.resolve();
  #handover: Handover | undefined;

  constructor(display: DisplayGuard, announcements: Announcements, options: GuardianOptions) {
    this.#display = display;
    this.#announcements = announcements;
    this.#workspace = options.workspace;
    this.#predecessor = options.predecessor;
    this.#start = options.start;
    if (options.start.type === 'enrol') return;
    this.#language = options.start.handover.enrolment.language;
    this.#endpoint = endpointOf(options.start.handover);
  }

  async run(): Promise<GuardianEnd> {
    const { overlay, hotkey } = this.#display;
    const guardian = thisProcess(await openProcessTable());
    const worker = startWorker([WORKER_ARGUMENT, this.#workspace.folder]);
    this.#worker = worker;
    this.#announcements.sendBy((message) => this.#tell(message));
    worker.on('message', (message) => this.#take(message));
    worker.on('error', (error) => log('worker.error', { message: error.message }));
    worker.once('exit', (code) => this.#onWorkerGone(code));
    overlay.onStop(() => this.#next({ type: 'stop', by: 'banner' }));
    hotkey.onPress(() => this.#next({ type: 'stop', by: 'hotkey' }));
    this.#predecessor?.onMessage((message) => this.#hear(message));
    void this.#predecessor?.closed.then(() => {
      this.#next({ type: 'stop', by: 'predecessor' });
      // Nobody else will say so any more.
      this.#tell({ type: 'browser', state: 'closed', pid: null });
    });
    this.#display.onLost(() => this.#next({ type: 'display-lost' }));
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.on(signal, () => this.#next({ type: 'signal' }));
    this.#tell({
      type: 'welcome',
      guardian,
      folder: this.#workspace.folder,
      own: this.#workspace.own ?? null,
      helperFile: ownDigest(),
      start: this.#start,
      hotkeyLabel: hotkey.label,
    });
    const timer = setInterval(() => {
      this.#tell({ type: 'alive' });
      this.#next({ type: 'tick' });
    }, TICK_MS);
    try {
      return await this.#done.promise;
    } finally {
      clearInterval(timer);
    }
  }

  #take(raw: unknown): void {
    const parsed = toGuardian.safeParse(raw);
    if (!parsed.success) return;
    this.#next({ type: 'heard' });
    this.#obey(parsed.data);
  }

  #obey(message: ToGuardian): void {
    switch (message.type) {
      case 'alive':
        return;
      case 'covered':
        return this.#announcements.covered(message.number);
      case 'enrolled':
        this.#language = message.language;
        this.#endpoint = message.endpoint;
        return;
      case 'over':
        return this.#next({ type: 'over' });
      case 'banner':
        return this.#showBanner(message.text);
      case 'elevate':
        return this.#next({ type: 'succession', step: 'asked' });
      case 'handed-over':
        this.#handover ??= message.handover;
        return this.#next({ type: 'succession', step: 'handed-over' });
      case 'open-browser':
      case 'close-browser':
        return this.#predecessor?.send(message);
    }
  }

  #showBanner(text: BannerText | null): void {
    if (this.#state.phase === 'ending') return;
    this.#next({ type: 'banner', isLive: text?.tone === 'live' });
    this.#hasBanner = text !== null;
    if (text === null) this.#display.overlay.hideBanner();
    else this.#display.overlay.showBanner(text);
  }

  /** From the helper that keeps the browser. */
  #hear(message: ToElevated): void {
    if (message.type === 'browser') this.#tell(message);
    if (message.type === 'stop') this.#next({ type: 'signal' });
  }

  #next(event: GuardianEvent): void {
    const { state, actions } = decideGuardian(this.#state, event);
    this.#state = state;
    for (const action of actions) this.#execute(action);
  }

  #execute(action: GuardianAction): void {
    switch (action.type) {
      case 'tell-stop':
        return this.#tell({ type: 'stop', by: action.by });
      case 'succession':
        return this.#succeed(action.do);
      case 'release-input':
        return this.#inBackground('input.not-released', this.#display.releaseInjectedInput());
      case 'kill-worker':
        this.#worker?.kill('SIGKILL');
        return;
      case 'remove-files':
        return this.#workspace.remove();
      case 'clear-up':
        return this.#clearUp(action.outcome);
      case 'say-goodbye':
        return this.#sayGoodbye();
      case 'leave':
        return this.#hurry.abort();
    }
  }

  #succeed(what: Extract<GuardianAction, { type: 'succession' }>['do']): void {
    switch (what) {
      case 'start':
        return this.#startSuccessor();
      case 'tell-ready':
      case 'tell-refused':
        return this.#tell({ type: 'successor', isReady: what === 'tell-ready' });
      case 'dismiss':
        if (this.#succession !== undefined) this.#dismissed = this.#succession.dismiss();
        return;
      case 'hand-over':
        return this.#handOver();
    }
  }

  #startSuccessor(): void {
    // One that was handed over has these rights already.
    if (this.#start.type !== 'enrol') return this.#next({ type: 'succession', step: 'refused' });
    this.#succession = startSuccessor(this.#workspace.own, this.#start.address);
    this.#succession.ready.then(
      ({ line }) => {
        this.#next({ type: 'succession', step: 'ready' });
        // It does not wait for long to be told what to go on with.
        void line.closed.then(() => this.#next({ type: 'succession', step: 'refused' }));
      },
      (cause: unknown) => {
        log('helper.not-elevated', { cause: String(cause) });
        this.#next({ type: 'succession', step: 'refused' });
      },
    );
  }

  #handOver(): void {
    const [ready, handover] = [this.#succession?.ready, this.#handover];
    // The machine hands over only to one that is ready, and after it was said what.
    if (ready === undefined || handover === undefined) return;
    this.#inBackground(
      'helper.not-handed-over',
      ready.then((successor) => this.#done.resolve({ handover, successor })),
    );
  }

  #clearUp(outcome: Outcome): void {
    this.#announcements.close();
    const done = clearUp({
      workspace: this.#workspace,
      overlay: this.#display.overlay,
      outcome,
      language: this.#language,
      endpoint: this.#endpoint,
      signal: this.#hurry.signal,
      log,
    });
    const code = outcome === 'stopped' ? EXIT.ok : EXIT.failed;
    this.#inBackground(
      'helper.not-cleared-up',
      done.finally(() => this.#end(code)),
    );
  }

  #onWorkerGone(code: number | null): void {
    this.#announcements.close();
    this.#workerCode = code;
    this.#next({ type: 'worker-gone' });
  }

  /** After an orderly end the worker's exit code is the helper's. */
  #sayGoodbye(): void {
    const { overlay } = this.#display;
    const read = this.#hasBanner ? untilRead({ overlay, signal: this.#hurry.signal }) : Promise.resolve();
    this.#inBackground(
      'banner.failed',
      read.finally(() => this.#end(this.#workerCode ?? EXIT.failed)),
    );
  }

  /** A file that runs cannot be removed: whoever was dismissed has to be gone. */
  #end(code: number): void {
    const gone = Promise.race([this.#dismissed, sleep(GONE_WITHIN_MS, undefined, { ref: false })]);
    this.#inBackground(
      'helper.not-dismissed',
      gone.finally(() => this.#done.resolve({ code })),
    );
  }

  #inBackground(event: string, work: Promise<unknown>): void {
    work.catch((cause: unknown) => log(event, { cause: String(cause) }));
  }

  #tell(message: ToWorker): void {
    // A worker that has just died is noticed by its exit.
    if (this.#worker?.connected === true) this.#worker.send(message, () => undefined);
  }
}

function startWorker(args: readonly string[]): ChildProcess {
  const own = ownProgram();
  return spawn(own.file, [...own.args, ...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}
