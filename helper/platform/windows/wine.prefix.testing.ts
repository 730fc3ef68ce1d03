/** Windows as far as Wine is it: a folder of its own (a prefix), in which programs for Windows run. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { snapshotPrefix, type PrefixSnapshot } from './wine.snapshot.testing.ts';

export interface WinePrefixOptions {
  /** An X display; without one nothing can be seen. */
  display?: string;
  /** Values in the registry before anything runs. */
  settings?: readonly Setting[];
  env?: NodeJS.ProcessEnv;
}

type Setting = readonly [key: string, name: string, value: string];

/** One window of Wine's is the whole desktop, so that no window manager is needed. */
export function desktopOf(size: string): readonly Setting[] {
  return [
    ['HKCU\\Software\\Wine\\Explorer', 'Desktop', 'Default'],
    ['HKCU\\Software\\Wine\\Explorer\\Desktops', 'Default', size],
  ];
}

export interface WineRun {
  code: number | null;
  output: string;
}

/** For one program. */
const LIMIT_MS = 180_000;
/** Node 22 asks for Windows 10. */
const VERSION = ['HKCU\\Software\\Wine', 'Version', 'win10'] as const;

export class WinePrefix {
  readonly #folder = mkdtempSync(join(tmpdir(), 'handrail-wine-'));
  readonly #env: NodeJS.ProcessEnv;
  #outputs = 0;

  private constructor({ display = '', env = {} }: WinePrefixOptions) {
    this.#env = {
      ...process.env,
      DISPLAY: display,
      // Else downloads and documents would be those of whoever runs this; there is no such folder.
      HOME: join(this.#folder, 'home'),
      WINEPREFIX: this.path,
      WINEARCH: 'win64',
      WINEDEBUG: '-all',
      // Neither .NET nor a browser engine is offered for installation.
      WINEDLLOVERRIDES: 'mscoree,mshtml=',
      // Else Wine starts one that stays.
      DBUS_SESSION_BUS_ADDRESS: 'disabled:',
      NODE_SKIP_PLATFORM_CHECK: '1',
      // Else it reports to the runner of these tests, in that one's own format.
      NODE_TEST_CONTEXT: undefined,
      ...env,
    };
  }

  static async start(options: WinePrefixOptions = {}): Promise<WinePrefix> {
    const prefix = new WinePrefix(options);
    try {
      await prefix.#prepare('wineboot', ['--init']);
      for (const [key, name, value] of [VERSION, ...(options.settings ?? [])])
        await prefix.#prepare('wine', ['reg', 'add', key, '/v', name, '/d', value, '/f']);
      // What runs now does not know of it.
      await prefix.endPrograms();
      return prefix;
    } catch (error) {
      await prefix.stop();
      throw error;
    }
  }

  /** The prefix itself, as Linux names it. */
  get path(): string {
    return join(this.#folder, 'prefix');
  }

  /** The person's own folder, as Linux names it. */
  get home(): string {
    const users = join(this.path, 'drive_c/users');
    return join(users, readdirSync(users).find((name) => name !== 'Public') ?? '');
  }

  /** What lies in the person's folder for temporary files. */
  temporaryFiles(): string[] {
    return readdirSync(join(this.home, 'Temp'), { recursive: true }).map(String);
  }

  /** Beside the prefix, for what is no part of Windows. */
  get aside(): string {
    return this.#folder;
  }

  /** A program for Windows. Its output goes to a file: Node under Wine cannot write to pipes. */
  spawn(
    program: string,
    args: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ): { child: ChildProcess; output: () => string } {
    return this.#spawn('wine', [program, ...args], env);
  }

  /** To its end. */
  async run(program: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<WineRun> {
    return ended(this.spawn(program, args, env));
  }

  /** All that run here. What they had in memory of the registry is on the disk then. */
  async endPrograms(): Promise<void> {
    await ended(this.#spawn('wineserver', ['--kill']));
    await this.untilEnded();
  }

  /** Until all programs have ended; whoever has a desktop open there ends it first. */
  async untilEnded(): Promise<void> {
    const { code } = await ended(this.#spawn('wineserver', ['--wait']));
    if (code === null) throw new Error(`programs in ${this.path} do not end`);
  }

  /** Everything in it, when all programs have ended. */
  async snapshot(): Promise<PrefixSnapshot> {
    await this.untilEnded();
    return snapshotPrefix(this.path);
  }

  async stop(): Promise<void> {
    await this.endPrograms();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  #spawn(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): { child: ChildProcess; output: () => string } {
    const file = join(this.#folder, `output-${++this.#outputs}`);
    const output = openSync(file, 'w');
    const child = spawn(command, [...args], { env: { ...this.#env, ...env }, stdio: ['ignore', output, output] });
    closeSync(output);
    return { child, output: () => readFileSync(file, 'utf8') };
  }

  async #prepare(command: string, args: readonly string[]): Promise<void> {
    const { code, output } = await ended(this.#spawn(command, args));
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${output}`);
  }
}

async function ended({ child, output }: { child: ChildProcess; output: () => string }): Promise<WineRun> {
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  return { code, output: output() };
}
