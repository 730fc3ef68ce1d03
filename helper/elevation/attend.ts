/**
 * What the helper that was started first does while another one, with administrator rights, goes on with its session: it
 * keeps the consent window's browser, which gets no such rights, and clears up when the other one has ended.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { findBrowser, launchBrowser, type BrowserPage, type BrowserWindow } from '../consent/consent.browser.ts';
import { EXIT } from '../explain.ts';
import { clearUpAlone } from '../guardian/clear-up.ts';
import { log } from '../log.ts';
import type { Workspace } from '../workspace.ts';
import { endpointOf, type BrowserNews, type Handover, type ToKeeper } from './elevation.messages.ts';
import { GONE_WITHIN_MS, type Successor } from './successor.ts';

export interface Attendance {
  successor: Successor;
  handover: Handover;
  workspace: Workspace;
}

/** Resolves with the exit code once the other one has ended and nothing is left. */
export async function attend({ successor, handover, workspace }: Attendance): Promise<number> {
  const { line, exited } = successor;
  const browser = new KeptProcess(workspace.folder, (news) => line.send(news));
  let code: number | undefined;
  line.onMessage((message) => {
    if (message.type === 'over') code = message.code;
    browser.obey(message);
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => line.send({ type: 'stop' }));
  line.send({ type: 'handover', handover });
  await line.closed;
  await browser.close();
  const gone = Promise.race([exited, sleep(GONE_WITHIN_MS, undefined, { ref: false })]);
  if (code === undefined) {
    const { language } = handover.enrolment;
    await clearUpAlone({ workspace, outcome: 'crashed', language, endpoint: endpointOf(handover), log });
  }
  // A file that still runs cannot be removed.
  await gone;
  workspace.remove();
  return code ?? EXIT.failed;
}

/** One browser at a time, started and ended as the other helper asks, one request after the other. */
class KeptProcess {
  readonly #profileRoot: string;
  readonly #tell: (news: BrowserNews) => void;
  #browser: BrowserWindow | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(profileRoot: string, tell: (news: BrowserNews) => void) {
    this.#profileRoot = profileRoot;
    this.#tell = tell;
  }

  obey(message: ToKeeper): void {
    if (message.type === 'open-browser') this.#next(() => this.#open(message));
    if (message.type === 'close-browser') this.#next(() => this.#close());
  }

  /** After all that was asked before. */
  close(): Promise<void> {
    this.#next(() => this.#close());
    return this.#turn;
  }

  #next(step: () => Promise<void>): void {
    this.#turn = this.#turn.then(step).catch((cause: unknown) => {
      log('browser.failed', { cause: String(cause) });
      this.#tell({ type: 'browser', state: 'failed', pid: null });
    });
  }

  async #open({ address, language }: BrowserPage): Promise<void> {
    const executable = findBrowser();
    if (executable === undefined) throw new Error('no browser is installed');
    await this.#browser?.close();
    const browser = await launchBrowser({ executable, address, language, profileRoot: this.#profileRoot });
    this.#browser = browser;
    const pid = browser.pid ?? null;
    this.#tell({ type: 'browser', state: pid === null ? 'failed' : 'opened', pid });
    browser.onExit(() => {
      if (this.#browser === browser) this.#tell({ type: 'browser', state: 'gone', pid });
    });
  }

  async #close(): Promise<void> {
    const browser = this.#browser;
    this.#browser = undefined;
    await browser?.close();
    this.#tell({ type: 'browser', state: 'closed', pid: null });
  }
}
