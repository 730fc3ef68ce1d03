/**
 * The helper's first process: small, and alive when everything else is not. It owns banner, Stop and hotkey, starts the
 * worker that does the session, watches it, and clears up after it. `guardian.machine.ts` decides; this executes.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { EXIT, systemLanguage } from '../explain.ts';
import type { Language } from '../consent/consent.views.ts';
import type { HelperAddress } from '../enrol/enrol.ts';
import { ownDigest } from '../executable.ts';
import { log } from '../log.ts';
import { ownProgram } from '../own.program.ts';
import { openProcessTable, thisProcess } from '../platform/host.ts';
import { openDisplayGuard } from '../platform/open.ts';
import type { DisplayGuard, Rect } from '../platform/platform.ts';
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

/** Starts the worker and stays until all is over. Resolves with the exit code. */
export async function runGuardian(address: HelperAddress, workspace: Workspace): Promise<number> {
  const announcements = new Announcements();
  const display = await openDisplayGuard({
    announce: (places: readonly Rect[]) => announcements.announce(places),
    onError: (error) => log('display.error', { message: error.message }),
  });
  try {
    return await new Guardian(display, workspace, announcements).run(address);
  } finally {
    await display.close();
  }
}

class Guardian {
  readonly #display: DisplayGuard;
  readonly #workspace: Workspace;
  readonly #announcements: Announcements;
  readonly #done = Promise.withResolvers<number>();
  readonly #hurry = new AbortController();
  #worker: ChildProcess | undefined;
  #workerCode: number | null = null;
  #hasBanner = false;
  #state = INITIAL;
  #language: Language = systemLanguage();
  #endpoint: DeviceEndpoint | undefined;

  constructor(display: DisplayGuard, workspace: Workspace, announcements: Announcements) {
    this.#display = display;
    this.#workspace = workspace;
    this.#announcements = announcements;
  }

  async run(address: HelperAddress): Promise<number> {
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
    this.#display.onLost(() => this.#next({ type: 'display-lost' }));
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.on(signal, () => this.#next({ type: 'signal' }));
    this.#tell({
      type: 'welcome',
      guardian,
      folder: this.#workspace.folder,
      own: this.#workspace.own ?? null,
      helperFile: ownDigest(),
      address,
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
        if (this.#state.phase === 'ending') return;
        this.#next({ type: 'banner', isLive: message.text?.tone === 'live' });
        this.#hasBanner = message.text !== null;
        if (message.text === null) this.#display.overlay.hideBanner();
        else this.#display.overlay.showBanner(message.text);
    }
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
      done.finally(() => this.#done.resolve(code)),
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
      read.finally(() => this.#done.resolve(this.#workerCode ?? EXIT.failed)),
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
