/**
 * The employee's computer: an X desktop with a window manager, inside a Xephyr window of an outer display. What the
 * person does with their own hand comes in through the outer display, as from hardware; what the helper injects comes by
 * XTEST on the inner one.
 */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { eventually, freeDisplay, freePort, start, type Running } from './processes.ts';

const run = promisify(execFile);

/** Of this process alone: two that begin at once would find the same number free, and be on one desktop. */
const FIRST_DISPLAY = 1000 + (process.pid % 2500) * 20;

export interface DesktopOptions {
  width?: number;
  height?: number;
  /** Starts a session bus, by which programs report what they show; without it there is no accessibility. */
  hasSessionBus?: boolean;
}

export class Desktop {
  readonly display: string;
  readonly home: string;
  readonly downloads: string;
  readonly #outer: string;
  readonly #children: Running[] = [];
  #display: Running | undefined;
  #debugPort: number;
  #size = { width: 1280, height: 800 };
  #busAddress: string | undefined;

  private constructor(displays: { inner: number; outer: number }, debugPort: number) {
    this.display = `:${displays.inner}`;
    this.#outer = `:${displays.outer}`;
    this.#debugPort = debugPort;
    this.home = mkdtempSync(join(tmpdir(), 'hh-'));
    this.downloads = join(this.home, 'Downloads');
    mkdirSync(this.downloads);
  }

  static async open({ width = 1280, height = 800, hasSessionBus = false }: DesktopOptions = {}): Promise<Desktop> {
    const outer = freeDisplay(FIRST_DISPLAY);
    const desktop = new Desktop({ outer, inner: freeDisplay(outer + 1) }, await freePort());
    desktop.#size = { width, height };
    await desktop.#openDisplays();
    if (hasSessionBus) await desktop.#openSessionBus();
    desktop.#writeBrowserWrapper();
    desktop.start('openbox', ['--sm-disable']);
    await eventually('the window manager', () =>
      desktop.query('xprop', ['-root', '_NET_SUPPORTING_WM_CHECK']).then((text) => text.includes('window id')),
    );
    return desktop;
  }

  /** Environment of the person's programs on this desktop. */
  env(): NodeJS.ProcessEnv {
    const { PATH, LANG } = process.env;
    return {
      PATH: `${join(this.home, 'bin')}:${PATH ?? ''}`,
      LANG: LANG ?? 'C.UTF-8',
      HOME: this.home,
      DISPLAY: this.display,
      XDG_RUNTIME_DIR: join(this.home, 'run'),
      TMPDIR: join(this.home, 'tmp'),
      ...(this.#busAddress === undefined ? {} : { DBUS_SESSION_BUS_ADDRESS: this.#busAddress }),
    };
  }

  start(command: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}): Running {
    const running = start(command, args, { env: { ...this.env(), ...extra }, cwd: this.home });
    this.#children.push(running);
    return running;
  }

  async query(command: string, args: readonly string[]): Promise<string> {
    return (await run(command, [...args], { env: this.env() })).stdout;
  }

  /** What the person does with mouse and keyboard in front of them: xdotool on the outer display. */
  async hand(...args: readonly string[]): Promise<void> {
    await run('xdotool', [...args], { env: { ...process.env, DISPLAY: this.#outer } });
  }

  async clickByHand(x: number, y: number): Promise<void> {
    await this.hand('mousemove', String(x), String(y), 'click', '1');
  }

  /** What the helper's banner says; undefined while there is none. */
  async banner(): Promise<string | undefined> {
    const tree = await this.query('xwininfo', ['-root', '-children']);
    return /"Handrail: (.*)": \(/.exec(tree)?.[1];
  }

  /** The display server dies, and with it every window. */
  async loseDisplay(): Promise<void> {
    await this.#display?.stop('SIGKILL');
  }

  /** A PNG of the desktop. */
  async screenshot(file: string): Promise<void> {
    await run('import', ['-window', 'root', file], { env: this.env() });
  }

  /** The page in the consent window. The wrapper on this desktop's PATH gives its browser a debugging port. */
  async consentPage(): Promise<Page> {
    const browser = await eventually(
      'the consent window',
      () => chromium.connectOverCDP(`http://127.0.0.1:${this.#debugPort}`, { timeout: 5000 }),
      30_000,
    );
    return eventually(
      'the page of the consent window',
      () => browser.contexts().flatMap((context) => context.pages())[0],
    );
  }

  async close(): Promise<void> {
    for (const child of this.#children.toReversed()) await child.stop();
  }

  async #openDisplays(): Promise<void> {
    const { width, height } = this.#size;
    mkdirSync(join(this.home, 'run'), { mode: 0o700 });
    mkdirSync(join(this.home, 'tmp'), { mode: 0o700 });
    const screen = `${width}x${height}`;
    this.#children.push(start('Xvfb', [this.#outer, '-screen', '0', `${screen}x24`, '-nolisten', 'tcp', '-noreset']));
    await eventually('the outer display', () => existsSync(`/tmp/.X11-unix/X${this.#outer.slice(1)}`));
    const env = { ...process.env, DISPLAY: this.#outer };
    const inner = [this.display, '-screen', screen, '-nolisten', 'tcp', '-noreset', '-no-host-grab'];
    this.#display = start('Xephyr', inner, { env });
    this.#children.push(this.#display);
    await eventually('the inner display', () => existsSync(`/tmp/.X11-unix/X${this.display.slice(1)}`));
    await this.hand('mousemove', '10', '10');
  }

  async #openSessionBus(): Promise<void> {
    const bus = this.start('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address']);
    this.#busAddress = await eventually('the session bus', () => /^unix:\S+$/m.exec(bus.output())?.[0]);
  }

  /** The next consent window is another one, although an earlier one may still be there. */
  async expectNextWindow(): Promise<void> {
    this.#debugPort = await freePort();
    this.#writeBrowserWrapper();
  }

  #writeBrowserWrapper(): void {
    const folder = join(this.home, 'bin');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'chromium');
    writeFileSync(
      file,
      `#!/bin/sh\nunset LD_PRELOAD\nexec /usr/bin/chromium --remote-debugging-port=${this.#debugPort} --disable-gpu "$@"\n`,
    );
    chmodSync(file, 0o755);
  }
}
