/** Runs a program of ours under Wine, with a folder and a display of its own. */
import { writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openLinuxInput } from '../linux/linux.input.ts';
import { connectX } from '../linux/x11.connection.ts';
import { bundleForWine, windowsParts } from '../windows/wine.parts.ts';
import { desktopOf, WinePrefix, type WineRun } from '../windows/wine.prefix.testing.ts';
import { missing, startXvfb } from '../linux/xvfb.testing.ts';
import type { TestDisplay } from '../linux/xvfb.testing.ts';
import type { InputInjector } from '../platform.ts';

const SIZE = '1280x800';

/** Why nothing runs under Wine here, or false. */
export function reasonToSkipWine(): string | false {
  return missing('wine', 'wineserver', 'Xvfb');
}

export class Wine {
  readonly #display: TestDisplay;
  readonly #prefix: WinePrefix;

  private constructor(display: TestDisplay, prefix: WinePrefix) {
    this.#display = display;
    this.#prefix = prefix;
  }

  static async start(): Promise<Wine> {
    const display = await startXvfb(SIZE);
    return new Wine(display, await WinePrefix.start({ display: display.name, settings: desktopOf(SIZE) }));
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
    await this.#prefix.stop();
    await this.#display.stop();
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

  async #runFile(entry: URL, { options, args }: { options: string[]; args: string[] }): Promise<WineRun> {
    const program = join(this.#prefix.aside, 'program.cjs');
    writeFileSync(program, await bundleForWine(fileURLToPath(entry)));
    return this.#prefix.run(windowsParts().node, [...options, program, ...args]);
  }
}

/** One line of what the stage on Windows sends. */
function actBy(input: InputInjector, line: string): void {
  const [method, ...args] = JSON.parse(line) as ['movePointer' | 'pressButton' | 'pressKey', ...never[]];
  Reflect.apply(input[method], input, args);
}
