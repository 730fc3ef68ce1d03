/**
 * The employee's computer with Windows, as far as Wine is it: a desktop on an X display of its own, on which XTEST is the
 * hand at the device. No browser for Windows runs under Wine, so that a program stands in for it (wine/browser.c): it has
 * a window, a profile and processes as Chrome does, and its page is shown by the real Chromium beside it.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { missing, startXvfb, type TestDisplay } from '../helper/platform/linux/xvfb.testing.ts';
import { WinePrefix, desktopOf } from '../helper/platform/windows/wine.prefix.testing.ts';
import type { Rect } from '../helper/platform/platform.ts';
import { packageHelper } from '../ops/package-helper.ts';
import type { HelperPlatform } from '../protocol/api/sessions.ts';
import { eventually, type Running } from './processes.ts';
import type { HelperDesktop } from './session.ts';

const run = promisify(execFile);

export const SIZE = { width: 1280, height: 800 };
const DESKTOP = `${SIZE.width}x${SIZE.height}`;
/** Where the stand-in for the browser lies on drive C. */
export const BROWSER = 'Program Files/Google/Chrome/Application/chrome.exe';
/** What Edge on Windows 11 says that it is. */
export const WINDOWS_BROWSER =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0';
/** The middle of Stop on the banner. */
export const STOP = { x: 831, y: 26 };
/** Where the stand-in for the browser opens its window. */
export const CONSENT_WINDOW: Rect = { x: 0, y: 0, width: 420, height: 640 };
/** The same program under two names, which makes two programs of it. */
const PROGRAMS = ['mail', 'ledger'];
/** In the command line of every process of a helper: launcher, guardian, worker, and the consent window's browser. */
const OF_HELPER = /handrail-(run|helper|clean-up)/;
/** The command line of the launcher's copy, which removes the download after the end (removal.windows.c). */
const REMOVER = /^handrail-remove /;

/** Packages helpers into that folder, for a product to hand out. */
export async function packageFor(platforms: readonly HelperPlatform[], out: string): Promise<void> {
  const entry = join(import.meta.dirname, '../helper/main.ts');
  const { failed } = await packageHelper({ entry, out, isSmall: false, platforms });
  if (failed.length > 0) throw new Error(`no helper: ${failed.map(({ reason }) => reason).join(', ')}`);
}

/** Why nothing of this can run here, or false. */
export function whyNoWine(): string | false {
  return missing('wine', 'wineserver', 'Xvfb', 'xdotool', 'import', 'x86_64-w64-mingw32-gcc');
}

interface Point {
  x: number;
  y: number;
}

export interface WindowOptions {
  title: string;
  bounds: Rect;
  /** `#rrggbb`. */
  colour: string;
  /** Another program than the others are, of this name. */
  program?: string;
  /** With a field for a password in that colour, on white. */
  hasPassword?: boolean;
}

export class WineDesktop implements HelperDesktop {
  readonly platform = 'win-x64';
  readonly prefix: WinePrefix;
  readonly downloads: string;
  readonly #display: TestDisplay;
  readonly #browser: Browser;
  /** Addresses of consent windows that were opened. */
  readonly #opened = new Set<string>();

  private constructor(display: TestDisplay, prefix: WinePrefix, browser: Browser) {
    this.#display = display;
    this.prefix = prefix;
    this.#browser = browser;
    this.downloads = join(prefix.home, 'Downloads');
  }

  /** That browser shows the page of the consent window. */
  static async open(browser: Browser): Promise<WineDesktop> {
    const display = await startXvfb(DESKTOP);
    const prefix = await WinePrefix.start({ display: display.name, settings: desktopOf(DESKTOP) });
    const desktop = new WineDesktop(display, prefix, browser);
    const sources = join(import.meta.dirname, 'wine');
    desktop.compile(join(sources, 'browser.c'), BROWSER);
    for (const program of PROGRAMS) desktop.compile(join(sources, 'window.c'), `${program}.exe`);
    return desktop;
  }

  /** The X display that the desktop is on. */
  get display(): string {
    return this.#display.name;
  }

  /** A program in C becomes that file on drive C. */
  compile(source: string, file: string): void {
    const made = join(this.prefix.path, 'drive_c', file);
    mkdirSync(dirname(made), { recursive: true });
    execFileSync('x86_64-w64-mingw32-gcc', ['-O1', '-municode', '-mwindows', '-s', '-o', made, source]);
  }

  /** The banner says how it ended until the hand takes it away; a signal is nothing that Windows knows. */
  async dismiss(helper: Running, consentPage: Page): Promise<void> {
    await eventually('the end of the consent window', () => consentPage.isClosed());
    await eventually(
      'the end of the worker',
      () => !this.helperPrograms().some(({ line }) => line.includes('--worker')),
    );
    await eventually('the end of the helper', async () => {
      if (!helper.hasExited()) await this.hand('key', 'ctrl+alt+shift+q', 'sleep', '0.5');
      return helper.hasExited();
    });
  }

  start(command: string, args: readonly string[]): Running {
    const { child, output } = this.prefix.spawn(command, args);
    const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    let isGone = false;
    void exited.then(() => (isGone = true));
    return {
      child,
      output,
      exited,
      hasExited: () => isGone,
      stop: async (signal) => {
        if (!isGone) child.kill(signal);
        await exited;
      },
    };
  }

  /** A window, once it is painted. */
  async startWindow({ title, bounds, colour, program = 'mail', hasPassword = false }: WindowOptions): Promise<Running> {
    const { x, y, width, height } = bounds;
    const place = [x, y, width, height].map(String);
    const last = [`Z:${this.#heardFile(title)}`, ...(hasPassword ? ['password'] : [])];
    const running = this.start(`C:\\${program}.exe`, [title, ...place, colour.slice(1), ...last]);
    await eventually(`the window ${title}`, () => this.isShown(colour));
    return running;
  }

  /** Whether anything of that colour is. */
  async isShown(colour: string): Promise<boolean> {
    return Number.isFinite((await this.#boxOf(colour)).x);
  }

  /** What mouse and keyboard have brought to the window of that title: characters, and `!` for a click. */
  heard(title: string): string {
    return readFileSync(this.#heardFile(title), 'latin1');
  }

  #heardFile(title: string): string {
    return join(this.prefix.aside, `${title}.heard`);
  }

  /** What the person does with mouse and keyboard in front of them. */
  async hand(...args: readonly string[]): Promise<void> {
    await run('xdotool', [...args], { env: { ...process.env, DISPLAY: this.display } });
  }

  async clickByHand(x: number, y: number): Promise<void> {
    await this.hand('mousemove', String(x), String(y), 'sleep', '0.2', 'click', '1');
  }

  /** By its title bar, with the person's own hand; gives the place where it is then. */
  async dragByHand({ bounds, colour }: Pick<WindowOptions, 'bounds' | 'colour'>, by: Point): Promise<Rect> {
    const inside = await this.#boxOf(colour);
    const from = { x: bounds.x + Math.round(bounds.width / 2), y: bounds.y + 12 };
    const steps = Array.from({ length: 24 }, (_, at) => (at + 1) / 24).flatMap((part) => {
      const to = [from.x + Math.round(by.x * part), from.y + Math.round(by.y * part)];
      return ['mousemove', ...to.map(String), 'sleep', '0.03'];
    });
    const press = ['mousemove', String(from.x), String(from.y), 'sleep', '0.3', 'mousedown', '1', 'sleep', '0.3'];
    await this.hand(...press, ...steps, 'sleep', '0.1', 'mouseup', '1');
    // Wine follows the hand after a while.
    let last = { ...inside };
    const now = await eventually(`the window of colour ${colour} at rest`, async () => {
      const before = last;
      last = await this.#boxOf(colour);
      return last.x !== inside.x && last.x === before.x && last.y === before.y && last;
    });
    return { ...bounds, x: bounds.x + now.x - inside.x, y: bounds.y + now.y - inside.y };
  }

  /** All processes of helpers, their browsers included. */
  helperPrograms(): { pid: number; line: string; isBrowser: boolean }[] {
    return [...this.#programs()]
      .filter(([, line]) => OF_HELPER.test(line))
      .map(([pid, line]) => ({ pid, line, isBrowser: line.includes('chrome.exe') }));
  }

  isRemoving(): boolean {
    return [...this.#programs().values()].some((line) => REMOVER.test(line));
  }

  /** Command lines of the programs that run here, by their number for Linux. */
  #programs(): Map<number, string> {
    const mark = `WINEPREFIX=${this.prefix.path}\0`;
    return new Map(
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .filter((name) => readOrEmpty(`/proc/${name}/environ`).includes(mark))
        .map((name) => [Number(name), readOrEmpty(`/proc/${name}/cmdline`).replaceAll('\0', ' ')]),
    );
  }

  /** The page in the consent window, opened beside it; it goes with the window. */
  async consentPage(): Promise<Page> {
    const [pid, address] = await eventually(
      'the consent window',
      () => {
        for (const [number, line] of this.#programs()) {
          const found = /chrome\.exe.* --app=(\S+)/.exec(line)?.[1];
          if (found !== undefined && !this.#opened.has(found)) return [number, found] as const;
        }
        return undefined;
      },
      60_000,
    );
    this.#opened.add(address);
    const context = await this.#browser.newContext({
      viewport: { width: CONSENT_WINDOW.width, height: CONSENT_WINDOW.height },
    });
    const page = await context.newPage();
    const timer = setInterval(() => {
      if (this.#programs().has(pid)) return;
      clearInterval(timer);
      void context.close();
    }, 100);
    page.on('close', () => clearInterval(timer));
    await page.goto(address);
    return page;
  }

  /** The upper left corner of all that is of that colour on the desktop itself. */
  async #boxOf(colour: string): Promise<Point> {
    const args = ['-silent', '-window', 'root', '-depth', '8', 'rgb:-'];
    const env = { ...process.env, DISPLAY: this.display };
    const { stdout } = await run('import', args, { env, encoding: 'buffer', maxBuffer: 1 << 24 });
    const wanted = Buffer.from(colour.slice(1), 'hex');
    const at: Point = { x: Infinity, y: Infinity };
    for (let found = stdout.indexOf(wanted); found >= 0; found = stdout.indexOf(wanted, found + 1)) {
      const [pixel, isPixel] = [Math.floor(found / 3), found % 3 === 0];
      if (!isPixel) continue;
      at.x = Math.min(at.x, pixel % SIZE.width);
      at.y = Math.min(at.y, Math.floor(pixel / SIZE.width));
    }
    return at;
  }

  async close(): Promise<void> {
    await this.prefix.stop();
    await this.#display.stop();
  }
}

/** Empty for a process that has ended. */
function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
