/** Starts Wine with a folder and a display of its own, and in it the probe, for the tests of this folder. */
import { execFileSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bundleForWine, windowsParts } from './wine.parts.ts';
import { WinePrefix } from './wine.prefix.testing.ts';
import { missing, runProgram, startXvfb, stopChild } from '../linux/xvfb.testing.ts';
import type { TestDisplay } from '../linux/xvfb.testing.ts';
import type { ProbeCalls } from './wine.probe.ts';

/** CUIAutomation8. */
const AUTOMATION = 'HKLM\\Software\\Classes\\CLSID\\{E22AD333-B25F-460C-83D0-0581107395C9}\\InprocServer32';
/** Windows is its own window manager: title bars are drawn and windows are put in order by Wine itself. */
const SETTINGS = [['HKCU\\Software\\Wine\\X11 Driver', 'Managed', 'N']] as const;

export const MINGW = 'x86_64-w64-mingw32-gcc';

export function missingForWine(...more: string[]): string | false {
  return missing('wine', 'wineserver', 'Xvfb', 'xdotool', 'import', ...more);
}

type Answer<K extends keyof ProbeCalls> = Promise<Awaited<ReturnType<ProbeCalls[K]>>>;

export class Wine {
  readonly display: TestDisplay;
  readonly #prefix: WinePrefix;
  readonly #programs: ChildProcess[] = [];
  readonly #probes: ChildProcess[] = [];
  #lines: AsyncIterator<string> | undefined;
  #socket: Socket | undefined;

  private constructor(display: TestDisplay, prefix: WinePrefix) {
    this.display = display;
    this.#prefix = prefix;
  }

  /** With something in the place of UI Automation, if wanted. */
  static async start({ hasAutomation = false } = {}): Promise<Wine> {
    const display = await startXvfb('1024x768');
    const wine = new Wine(display, await WinePrefix.start({ display: display.name, settings: SETTINGS }));
    try {
      if (hasAutomation) await wine.#addAutomation();
      writeFileSync(wine.#probe, await bundleForWine(fileURLToPath(new URL('./wine.probe.ts', import.meta.url))));
      await wine.#connect();
      return wine;
    } catch (error) {
      await wine.stop();
      throw error;
    }
  }

  get #probe(): string {
    return join(this.#prefix.aside, 'probe.cjs');
  }

  async call<K extends keyof ProbeCalls>(name: K, ...args: Parameters<ProbeCalls[K]>): Answer<K> {
    this.#socket?.write(`${JSON.stringify({ name, args })}\n`);
    const line = await this.#lines?.next();
    if (line?.done !== false) throw new Error('the probe has ended');
    // What the probe answers is what its call gives, by ProbeCalls.
    return (JSON.parse(line.value) as { value: Awaited<ReturnType<ProbeCalls[K]>> }).value;
  }

  /** A Windows program. */
  run(program: string, ...args: string[]): ChildProcess {
    const { child } = this.#prefix.spawn(program, args);
    this.#programs.push(child);
    return child;
  }

  /**
   * A program with a password field; closed: one of which we may ask nothing; through: instead of it a window in front of
   * that place that takes no click; unseen: a closed one that has the keyboard and cannot be seen.
   */
  runProbe(...how: ('closed' | 'through' | 'unseen')[]): void {
    this.#probes.push(this.run(windowsParts().node, this.#probe, ...how));
  }

  async endProbes(): Promise<void> {
    for (const probe of this.#probes.splice(0)) await stopChild(probe);
  }

  /** The hand at the devices, as far as Wine knows. */
  hand(...args: string[]): Promise<void> {
    return runProgram(this.display, 'xdotool', args);
  }

  async stop(): Promise<void> {
    this.#socket?.destroy();
    for (const program of this.#programs) await stopChild(program);
    await this.#prefix.stop();
    await this.display.stop();
  }

  async #addAutomation(): Promise<void> {
    const source = fileURLToPath(new URL('./wine.automation.c', import.meta.url));
    const library = join(this.#prefix.aside, 'automation.dll');
    execFileSync(MINGW, ['-Wall', '-Wextra', '-Werror', '-O1', '-shared', '-o', library, source], { stdio: 'pipe' });
    await this.#prefix.run('reg', ['add', AUTOMATION, '/ve', '/d', `Z:${library}`]);
    await this.#prefix.run('reg', ['add', AUTOMATION, '/v', 'ThreadingModel', '/d', 'Both']);
  }

  async #connect(): Promise<void> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const probe = this.run(windowsParts().node, this.#probe, String(typeof address === 'object' ? address?.port : 0));
    const ended = once(probe, 'exit').then(() => Promise.reject(new Error('the probe has ended')));
    // A socket is what a server's connection is.
    const [socket] = (await Promise.race([once(server, 'connection'), ended])) as [Socket];
    ended.catch(() => undefined);
    server.close();
    this.#socket = socket;
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  }
}
