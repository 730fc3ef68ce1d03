/** Runs a program of ours under Wine, with a folder and a display of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openLinuxInput } from '../linux/linux.input.ts';
import { connectX } from '../linux/x11.connection.ts';
import { bundleForWine, windowsParts } from '../windows/wine.parts.ts';
import { missing, startXvfb, temporaryFolder } from '../linux/xvfb.testing.ts';
import type { TestDisplay } from '../linux/xvfb.testing.ts';
import type { InputInjector } from '../platform.ts';

const DESKTOP = '1280x800';
/** For one program. */
const DEADLINE_MS = 120_000;
/** Node 22 asks for Windows 10; one window of Wine's is the whole desktop, so that no window manager is needed. */
const REGISTRY = [
  ['HKCU\\Software\\Wine', 'Version', 'win10'],
  ['HKCU\\Software\\Wine\\Explorer', 'Desktop', 'Default'],
  ['HKCU\\Software\\Wine\\Explorer\\Desktops', 'Default', DESKTOP],
] as const;

/** Why nothing runs under Wine here, or false. */
export function reasonToSkipWine(): string | false {
  return missing('wine', 'wineserver', 'Xvfb');
}

export class Wine {
  readonly #display: TestDisplay;
  readonly #folder = temporaryFolder();
  readonly #env: NodeJS.ProcessEnv;

  private constructor(display: TestDisplay) {
    this.#display = display;
    this.#env = {
      ...process.env,
      DISPLAY: display.name,
      WINEPREFIX: join(this.#folder, 'prefix'),
      WINEDEBUG: '-all',
      // Neither .NET nor a browser engine is offered for installation.
      WINEDLLOVERRIDES: 'mscoree,mshtml=',
      NODE_SKIP_PLATFORM_CHECK: '1',
      // Else it reports to the runner of these tests, in that one's own format.
      NODE_TEST_CONTEXT: undefined,
    };
  }

  static async start(): Promise<Wine> {
    const wine = new Wine(await startXvfb(DESKTOP));
    try {
      await wine.#prepare('wineboot', '--init');
      for (const [key, name, value] of REGISTRY) await wine.#prepare('reg', 'add', key, '/v', name, '/d', value, '/f');
      // The desktop that is there now does not know of it.
      wine.#end();
      return wine;
    } catch (error) {
      await wine.stop();
      throw error;
    }
  }

  /** Runs the tests of a file as a program for Windows; returns what it wrote, in TAP. Arguments come behind the hand's port. */
  async runTests(entry: URL, ...args: string[]): Promise<string> {
    const hand = await this.#openHand();
    try {
      const { port } = hand.address() as AddressInfo; // it listens on TCP
      const options = ['--test-reporter=tap', '--test-force-exit'];
      return (await this.#runFile(entry, { options, args: [String(port), ...args] })).output;
    } finally {
      hand.close();
    }
  }

  /** Runs a file as a program for Windows; returns its exit code. */
  async runToEnd(entry: URL): Promise<number | null> {
    return (await this.#runFile(entry, { options: [], args: [] })).code;
  }

  async stop(): Promise<void> {
    this.#end();
    await this.#display.stop();
  }

  /** Ends all programs of this folder. */
  #end(): void {
    for (const command of ['--kill', '--wait']) spawnSync('wineserver', [command], { env: this.#env });
  }

  /** Mouse and keyboard of Wine's X server: hardware for all that Wine knows. */
  async #openHand(): Promise<Server> {
    const fail = (error: Error): void => {
      throw error;
    };
    const input = await openLinuxInput(await connectX(this.#display.name, fail));
    const server = createServer((socket) => {
      socket.on('error', () => undefined); // the program ended
      createInterface({ input: socket }).on('line', (line) => actBy(input, line));
    });
    server.on('close', () => input.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }

  async #runFile(entry: URL, { options, args }: { options: string[]; args: string[] }): Promise<Ended> {
    const program = join(this.#folder, 'program.cjs');
    writeFileSync(program, await bundleForWine(fileURLToPath(entry)));
    return this.#run(windowsParts().node, ...options, program, ...args);
  }

  /** Its output goes to a file: Node under Wine cannot write to pipes. */
  async #run(...args: string[]): Promise<Ended> {
    const file = join(this.#folder, 'output');
    const output = openSync(file, 'w');
    const child = spawn('wine', args, { env: this.#env, stdio: ['ignore', output, output], timeout: DEADLINE_MS });
    const [code] = (await once(child, 'exit')) as [number | null];
    closeSync(output);
    return { code, output: readFileSync(file, 'utf8') };
  }

  async #prepare(...args: string[]): Promise<void> {
    const { code, output } = await this.#run(...args);
    if (code !== 0) throw new Error(`wine ${args.join(' ')} ended with ${code}: ${output}`);
  }
}

interface Ended {
  code: number | null;
  output: string;
}

/** One line of what the stage on Windows sends. */
function actBy(input: InputInjector, line: string): void {
  const [method, ...args] = JSON.parse(line) as ['movePointer' | 'pressButton' | 'pressKey', ...never[]];
  Reflect.apply(input[method], input, args);
}
