/**
 * The consent window: a top-level window of its own, known by its processes, that shows what is asked and tells what
 * the person answered. Closing it, reloading it or its crash is a no.
 */
import { randomBytes } from 'node:crypto';
import {
  findBrowser as findInstalledBrowser,
  launchBrowser,
  type BrowserWindow,
  type LaunchBrowser,
} from './consent.browser.ts';
import { loadPage } from './consent.page.ts';
import { startConsentServer, type ConsentServer } from './consent.server.ts';
import type { ConsentAction, ConsentView, Language } from './consent.views.ts';

export interface ConsentWindowOptions {
  language: Language;
  /** Absolute path of a browser for app mode, undefined when there is none. */
  findBrowser?: () => string | undefined;
  /** Folder in which the throw-away profile is made; created with mode 0700 when missing. */
  profileRoot: string;
  /** Where another process starts the browser: both of the above are that one's. */
  launch?: LaunchBrowser | undefined;
  onError: (error: unknown) => void;
  /** How long the page may take to appear. */
  openTimeoutMs?: number;
}

export interface ConsentWindow {
  show(view: ConsentView): void;
  onAction(listener: (action: ConsentAction) => void): void;
  /** The person closed the window, or it crashed: that is a no. Not called after `close`. */
  onClosed(listener: () => void): void;
  /** Processes whose windows are the consent surface: masked in the picture, closed to remote input. */
  pids(): ReadonlySet<number>;
  close(): Promise<void>;
}

export type ConsentWindowErrorCode = 'no-browser' | 'browser-failed' | 'browser-timeout' | 'code-replayed';

/** Without a consent window nothing may be shared. */
export class ConsentWindowError extends Error {
  override name = 'ConsentWindowError';
  readonly code: ConsentWindowErrorCode;

  constructor(code: ConsentWindowErrorCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

const OPEN_TIMEOUT_MS = 30_000;

/** Resolves when the page is on display; rejects with `ConsentWindowError` when it cannot be had. */
export async function openConsentWindow(options: ConsentWindowOptions): Promise<ConsentWindow> {
  const launch = options.launch ?? launchInstalled(options);
  const window = new BrowserConsentWindow();
  await window.open(launch, options);
  return window;
}

/** Throws when none is installed. */
function launchInstalled({ findBrowser = findInstalledBrowser, profileRoot }: ConsentWindowOptions): LaunchBrowser {
  const executable = findBrowser();
  if (executable === undefined)
    throw new ConsentWindowError('no-browser', 'no Chromium, Chrome, Edge or Brave is installed');
  return (page) => launchBrowser({ ...page, executable, profileRoot });
}

/** Until the person has closed the window, or the time has passed. */
export function untilClosed(window: Pick<ConsentWindow, 'onClosed'>, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs);
    window.onClosed(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

class BrowserConsentWindow implements ConsentWindow {
  #server: ConsentServer | undefined;
  #browser: BrowserWindow | undefined;
  #state: 'opening' | 'open' | 'closing' = 'opening';
  readonly #actionListeners: ((action: ConsentAction) => void)[] = [];
  readonly #closedListeners: (() => void)[] = [];

  async open(launch: LaunchBrowser, options: ConsentWindowOptions): Promise<void> {
    const opened = Promise.withResolvers<undefined>();
    const fail = (code: ConsentWindowErrorCode, detail: string): void => {
      const error = new ConsentWindowError(code, detail);
      if (this.#state === 'opening') opened.reject(error);
      else if (code === 'code-replayed') options.onError(error);
      this.#closed();
    };
    const server = await startConsentServer({
      language: options.language,
      page: loadPage(),
      now: Date.now,
      secret: () => randomBytes(32).toString('base64url'),
      onAction: (action) => {
        for (const listener of this.#actionListeners) listener(action);
      },
      onPageOpen: () => opened.resolve(undefined),
      onPageGone: () => fail('browser-failed', 'the page of the consent window went away'),
      onBreach: () => fail('code-replayed', 'the code of the consent window was used twice'),
      onError: options.onError,
    });
    this.#server = server;
    const { language } = options;
    const timeoutMs = options.openTimeoutMs ?? OPEN_TIMEOUT_MS;
    const timeout = setTimeout(() => fail('browser-timeout', `no window within ${timeoutMs} ms`), timeoutMs);
    try {
      this.#browser = await launch({ address: server.address, language });
      this.#browser.onExit(() => fail('browser-failed', 'the browser of the consent window ended'));
      await opened.promise;
      this.#state = 'open';
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      clearTimeout(timeout);
    }
  }

  show(view: ConsentView): void {
    this.#server?.show(view);
  }

  onAction(listener: (action: ConsentAction) => void): void {
    this.#actionListeners.push(listener);
  }

  onClosed(listener: () => void): void {
    this.#closedListeners.push(listener);
  }

  pids(): ReadonlySet<number> {
    return this.#browser?.pids() ?? new Set();
  }

  async close(): Promise<void> {
    this.#state = 'closing';
    await this.#browser?.close();
    await this.#server?.close();
  }

  /** Tells once; what follows is the listener's. */
  #closed(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    for (const listener of this.#closedListeners) listener();
  }
}
