/** A real desktop for tests of windows: a display, a window manager, and programs of which the list of windows tells. */
import assert from 'node:assert/strict';
import { windowAt } from '../../session/visibility.ts';
import type { DesktopWindow, WindowList } from '../platform.ts';
import { openLinuxWindows } from './linux.windows.ts';
import { connectX } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';
import { eventually, runProgram, startProgram, startXvfb, stopChild } from './xvfb.testing.ts';
import type { TestDisplay } from './xvfb.testing.ts';

type Program = ReturnType<typeof startProgram>;

const fail = (error: Error): void => assert.fail(error);

/** The server's number of the program's window. */
export const widOf = ({ id }: DesktopWindow): number => Number(id.split('@')[0]);

export interface TestWindow {
  x?: number;
  y?: number;
  width?: number;
  height?: number;
  parent?: number;
  isPopup?: boolean;
  isInputOnly?: boolean;
}

export interface PropertyValues {
  values: number[];
  /** CARDINAL by default. */
  type?: string;
}

export class TestWindows {
  readonly display: TestDisplay;
  /** A connection of this process. */
  readonly x: XConnection;
  readonly windows: WindowList;
  readonly #ofWindows: XConnection;
  readonly #programs: Program[] = [];
  #manager: Program | undefined;

  constructor(
    display: TestDisplay,
    { x, windows, ofWindows }: { x: XConnection; windows: WindowList; ofWindows: XConnection },
  ) {
    this.display = display;
    this.x = x;
    this.windows = windows;
    this.#ofWindows = ofWindows;
  }

  /** `manager` is a window manager and its arguments; without one windows have no frames. */
  static async start(size: string, manager?: [string, ...string[]]): Promise<TestWindows> {
    const display = await startXvfb(size);
    const x = await connectX(display.name, fail);
    const ofWindows = await connectX(display.name, fail);
    const desktop = new TestWindows(display, { x, windows: await openLinuxWindows(ofWindows), ofWindows });
    try {
      if (manager !== undefined) await desktop.#startManager(manager);
      return desktop;
    } catch (error) {
      await desktop.stop();
      throw error;
    }
  }

  async #startManager([program, ...args]: [string, ...string[]]): Promise<void> {
    this.#manager = startProgram(this.display, program, args);
    const { x } = this;
    const probe = this.create({ x: 300, y: 300 });
    // A window manager is there once it has given a window a frame.
    await eventually('the window manager', async () => {
      const { parent } = await x.ask<{ parent: number }>((done) => x.client.QueryTree(probe, done));
      return parent === x.root ? undefined : true;
    });
    x.client.DestroyWindow(probe);
    await this.untilGone(probe);
  }

  start(program: string, args: string[]): Program {
    const child = startProgram(this.display, program, args);
    this.#programs.push(child);
    return child;
  }

  run(program: string, args: string[]): Promise<void> {
    return runProgram(this.display, program, args);
  }

  async startXterm(
    title: string,
    geometry: string,
    ...more: string[]
  ): Promise<{ window: DesktopWindow; program: Program }> {
    const args = ['-u8', '-T', title, '-geometry', geometry, ...more];
    const program = this.start('xterm', more.includes('-e') ? args : [...args, '-e', 'cat']);
    return {
      program,
      window: await this.find(title, (window) => window.pid === program.pid && window.title !== 'xterm'),
    };
  }

  find(what: string, isIt: (window: DesktopWindow) => boolean): Promise<DesktopWindow> {
    return eventually(what, async () => (await this.windows.list()).find(isIt));
  }

  /** The window as it is now; undefined when it is not in the list. */
  async now({ id }: DesktopWindow): Promise<DesktopWindow | undefined> {
    return (await this.windows.list()).find((window) => window.id === id);
  }

  async ofWid(wid: number): Promise<DesktopWindow> {
    return this.find(`window ${wid}`, (window) => widOf(window) === wid);
  }

  /** A window of this process, mapped. */
  create({ x: left = 0, y: top = 0, width = 100, height = 80, ...options }: TestWindow = {}): number {
    const { client, root } = this.x;
    const wid = client.AllocID();
    const values = { overrideRedirect: options.isPopup === true ? 1 : 0, eventMask: 0 } as const;
    const windowClass = options.isInputOnly === true ? 2 : 1;
    client.CreateWindow(wid, options.parent ?? root, left, top, width, height, 0, 0, windowClass, 0, values);
    client.MapWindow(wid);
    return wid;
  }

  /** Waits until the server has done everything that `x` asked for. */
  async settled(): Promise<void> {
    await this.x.ask<unknown>((done) => this.x.client.GetInputFocus(done));
  }

  async setProperty(wid: number, name: string, { values, type = 'CARDINAL' }: PropertyValues): Promise<void> {
    const { x } = this;
    const [atom, typeAtom] = [await x.internAtom(name), await x.internAtom(type)];
    const bytes = Buffer.alloc(values.length * 4);
    values.forEach((value, at) => bytes.writeUInt32LE(value, at * 4));
    x.client.ChangeProperty(0, wid, atom, typeAtom, 32, bytes);
    await this.settled();
  }

  async untilGone(wid: number): Promise<void> {
    await eventually(`the end of window ${wid}`, async () =>
      (await this.windows.list()).some((window) => widOf(window) === wid) ? undefined : true,
    );
  }

  /** Title of the window that a click at this place would reach. */
  async titleAt(left: number, top: number): Promise<string | undefined> {
    return windowAt(await this.windows.list(), left, top)?.title;
  }

  async stopProgram(program: Program): Promise<void> {
    await stopChild(program);
  }

  /** Ends the programs, and with them their windows. */
  async clear(): Promise<void> {
    for (const program of this.#programs.splice(0)) await stopChild(program);
  }

  async stop(): Promise<void> {
    this.windows.close();
    this.x.close();
    this.#ofWindows.close();
    await this.clear();
    if (this.#manager) await stopChild(this.#manager);
    await this.display.stop();
  }
}
