/**
 * The browser that shows the consent window: one that is installed, in app mode, with a profile of its own that is
 * thrown away. Nothing of the person's own browser is touched or seen.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { descendantsOf, kill } from '../cleanup/programs.ts';
import { openProcessTable } from '../platform/host.ts';
import type { ProcessTable } from '../platform/platform.ts';
import type { Language } from './consent.views.ts';
import { findLinuxBrowser, findMacBrowser, findWindowsBrowser } from './browser.places.ts';

/** Absolute path of a browser that can show a window in app mode, or undefined. */
export function findBrowser(): string | undefined {
  if (process.platform === 'win32') return findWindowsBrowser(process.env, (file) => existsSync(file));
  if (process.platform === 'darwin') return findMacBrowser(process.env['HOME'], isExecutableFile);
  return findLinuxBrowser(process.env['PATH'] ?? '', isExecutableFile);
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return realpathSync(file) !== '/usr/bin/snap';
  } catch {
    // Not there or not ours to start: the next candidate is tried.
    return false;
  }
}

export const WINDOW_SIZE = { width: 420, height: 640 } as const;

/** What the browser shows. */
export interface BrowserPage {
  address: string;
  language: Language;
}

export interface BrowserOptions extends BrowserPage {
  executable: string;
  /** Existing folder in which the profile is made. */
  profileRoot: string;
}

export type LaunchBrowser = (page: BrowserPage) => Promise<BrowserWindow>;

export interface BrowserWindow {
  /** Of the browser's first process; undefined when it could not be started. */
  readonly pid: number | undefined;
  /** The browser's process and all that it started, as the kernel lists them. */
  pids(): ReadonlySet<number>;
  onExit(listener: () => void): void;
  close(): Promise<void>;
}

export async function launchBrowser(options: BrowserOptions): Promise<BrowserWindow> {
  const processes = await openProcessTable();
  mkdirSync(options.profileRoot, { recursive: true, mode: 0o700 });
  // mkdtemp makes it 0700.
  const profile = mkdtempSync(join(options.profileRoot, 'c-'));
  writePreferences(profile);
  const child = spawn(options.executable, browserArguments(profile, options), {
    stdio: 'ignore',
    env: browserEnvironment(profile, options.language),
  });
  return new RunningBrowser(child, { profile, processes });
}

/** No first run, no extensions, no sync, no background traffic, no debugging port. */
export function browserArguments(
  profile: string,
  options: Pick<BrowserOptions, 'address' | 'language'>,
  uid: number | undefined = process.getuid?.(),
): string[] {
  const quiet = ['Translate', 'MediaRouter', 'OptimizationHints', 'AutofillServerCommunication', 'GlobalMediaControls'];
  // Edge signs in with the account of Windows, and starts itself anew in another mode of compatibility.
  const quietEdge = ['msForceBrowserSignIn'];
  return [
    `--app=${options.address}`,
    `--user-data-dir=${profile}`,
    `--window-size=${WINDOW_SIZE.width},${WINDOW_SIZE.height}`,
    `--lang=${options.language}`,
    '--class=handrail-consent',
    '--no-first-run',
    '--no-default-browser-check',
    '--no-service-autorun',
    '--no-proxy-server',
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
    '--password-store=basic',
    '--disable-background-mode',
    '--disable-background-networking',
    '--disable-breakpad',
    '--disable-client-side-phishing-detection',
    '--disable-component-extensions-with-background-pages',
    '--disable-component-update',
    '--disable-default-apps',
    '--disable-domain-reliability',
    '--disable-extensions',
    `--disable-features=${[...quiet, ...quietEdge].join(',')}`,
    '--disable-gpu',
    '--disable-notifications',
    '--disable-print-preview',
    '--disable-quic',
    '--disable-session-crashed-bubble',
    '--disable-sync',
    '--edge-skip-compat-layer-relaunch',
    '--hide-crash-restore-bubble',
    '--metrics-recording-only',
    '--no-pings',
    // On macOS it would otherwise put a key into the person's keychain.
    ...(process.platform === 'darwin' ? ['--use-mock-keychain'] : []),
    // Chromium's sandbox refuses to run as root; the second flag only hides the bar that says so.
    ...(uid === 0 ? ['--no-sandbox', '--test-type'] : []),
  ];
}

/** Chromium's wrapper scripts take flags from the environment: none may reach this window. */
const NOT_PASSED_ON = ['CHROMIUM_FLAGS', 'CHROMIUM_USER_FLAGS', 'CHROME_EXTRA_FLAGS', 'NODE_OPTIONS'];

/**
 * What the browser would leave in the person's own folders (crash reports, which hold memory; caches; certificates) goes
 * with the profile, and its toolkit reads no settings that it would have to open for writing.
 */
function browserEnvironment(profile: string, language: string): NodeJS.ProcessEnv {
  const passed = Object.entries(process.env).filter(([name]) => !NOT_PASSED_ON.includes(name));
  return {
    ...Object.fromEntries(passed),
    LANGUAGE: language.replace('-', '_'),
    XDG_CONFIG_HOME: join(profile, 'config'),
    XDG_CACHE_HOME: join(profile, 'cache'),
    XDG_DATA_HOME: join(profile, 'data'),
    ...(process.platform === 'win32' ? { TEMP: profile, TMP: profile } : temporaryFolder(profile)),
    GSETTINGS_BACKEND: 'memory',
  };
}

/** Longest name of a socket (unix(7), sun_path), and what the browser puts behind the folder. */
const MAX_SOCKET_NAME = 107;
const SOCKET = '/org.chromium.Chromium.XXXXXX/SingletonSocket';

/** Its sockets lie there, unless the name is too long for a socket. */
function temporaryFolder(folder: string): { TMPDIR?: string } {
  return folder.length + SOCKET.length <= MAX_SOCKET_NAME ? { TMPDIR: folder } : {};
}

function writePreferences(profile: string): void {
  const preferences = {
    browser: { check_default_browser: false, has_seen_welcome_page: true, show_home_button: false },
    credentials_enable_service: false,
    profile: { password_manager_enabled: false, exit_type: 'Normal' },
    autofill: { enabled: false, profile_enabled: false, credit_card_enabled: false },
    translate: { enabled: false },
    signin: { allowed: false },
    search: { suggest_enabled: false },
    alternate_error_pages: { enabled: false },
    safebrowsing: { enabled: false },
  };
  mkdirSync(join(profile, 'Default'), { mode: 0o700 });
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences), { mode: 0o600 });
}

class RunningBrowser implements BrowserWindow {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #processes: ProcessTable;
  readonly #exited: Promise<void>;
  #isExited = false;

  constructor(child: ChildProcess, { profile, processes }: { profile: string; processes: ProcessTable }) {
    this.#child = child;
    this.#profile = profile;
    this.#processes = processes;
    this.#exited = new Promise((resolve) => {
      const end = (): void => {
        this.#isExited = true;
        resolve();
      };
      child.once('exit', end);
      child.once('error', end);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  pids(): ReadonlySet<number> {
    if (this.#isExited || this.#child.pid === undefined) return new Set();
    return descendantsOf(this.#child.pid, this.#processes);
  }

  onExit(listener: () => void): void {
    this.#exited.then(listener, listener);
  }

  async close(): Promise<void> {
    const family = this.pids();
    if (!this.#isExited) {
      // Not asked to end: it would first write a profile that is thrown away.
      for (const pid of family) kill(pid);
      await this.#exited;
    }
    // Its helpers may still be writing for a moment.
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
