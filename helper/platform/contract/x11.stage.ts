/** The contract's stage on X11: a display in a window of another one, whose mouse and keyboard are the hand's. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLinuxCapture } from '../linux/linux.capture.ts';
import { openLinuxInput } from '../linux/linux.input.ts';
import { openLinuxLocalInput } from '../linux/linux.local-input.ts';
import { openLinuxWindows } from '../linux/linux.windows.ts';
import { keycodeOf, knownCodes } from '../linux/keycodes.ts';
import { connectX } from '../linux/x11.connection.ts';
import type { XConnection } from '../linux/x11.connection.ts';
import { startProgram, startXephyr, startXvfb, stopChild, temporaryFolder } from '../linux/xvfb.testing.ts';
import type { TestDisplay } from '../linux/xvfb.testing.ts';
import type { Rect } from '../platform.ts';
import { eventually } from './stage.ts';
import type { Stage, StageWindow, TextField } from './stage.ts';

/** KeyPress, KeyRelease, ButtonPress, ButtonRelease. */
const INPUT_EVENTS = 0xf;
const SIZE = '800x600';
const POINTER_ROOT = 1;
/** X's numbers of buttons, and the wheel's as right and down. */
const BUTTONS: Readonly<Record<number, number>> = { 1: 0, 2: 1, 3: 2, 8: 3, 9: 4 };
const WHEEL: Readonly<Record<number, string>> = { 4: '0 -1', 5: '0 1', 6: '-1 0', 7: '1 0' };
/** Glyphs of the font "cursor": left_ptr and xterm. */
const GLYPHS = { arrow: 68, text: 152 } as const;
const CODES: ReadonlyMap<number | undefined, string> = new Map(knownCodes().map((code) => [keycodeOf(code), code]));

function fail(error: Error): void {
  throw error;
}

export async function openX11Stage(): Promise<Stage> {
  const outer = await startXvfb(SIZE);
  const inner = await startXephyr(outer, SIZE);
  const connections: XConnection[] = [];
  const connect = async (display: TestDisplay): Promise<XConnection> => {
    const connection = await connectX(display.name, fail);
    connections.push(connection);
    return connection;
  };
  const x = await connect(inner);
  const forWatch = await connect(inner);
  return {
    capture: await openLinuxCapture(await connect(inner)),
    captureMethod: 'x11-damage',
    input: await openLinuxInput(await connect(inner)),
    localInput: await openLinuxLocalInput(forWatch),
    windows: await openLinuxWindows(forWatch),
    hand: await openLinuxInput(await connect(outer)),
    openWindow: (bounds, colour) => X11Window.open(x, bounds, colour),
    openTextField: (bounds) => {
      // The keyboard goes to where the pointer is.
      x.client.SetInputFocus(POINTER_ROOT, 0);
      return openXterm(inner, bounds);
    },
    close: async () => {
      for (const connection of connections) connection.close();
      await inner.stop();
      await outer.stop();
    },
  };
}

class X11Window implements StageWindow {
  readonly #x: XConnection;
  readonly #wid: number;
  readonly #gc: number;
  readonly #events: string[] = [];
  readonly #stop: () => void;

  static async open(x: XConnection, bounds: Rect, colour: number): Promise<X11Window> {
    const { client } = x;
    const wid = client.AllocID();
    const values = { backgroundPixel: colour, eventMask: INPUT_EVENTS, overrideRedirect: 0 } as const;
    client.CreateWindow(wid, x.root, bounds.x, bounds.y, bounds.width, bounds.height, 0, 0, 1, 0, values);
    client.MapWindow(wid);
    client.SetInputFocus(wid, 2);
    const window = new X11Window(x, wid);
    await window.#settled();
    return window;
  }

  private constructor(x: XConnection, wid: number) {
    this.#x = x;
    this.#wid = wid;
    this.#gc = x.client.AllocID();
    x.client.CreateGC(this.#gc, wid, {});
    this.#stop = x.onEvent((event) => {
      if (!('keycode' in event) || event.wid !== wid) return;
      const text = describeEvent(event);
      if (text !== undefined) this.#events.push(text);
    });
  }

  async paint(rect: Rect, colour: number): Promise<void> {
    this.#x.client.ChangeGC(this.#gc, { foreground: colour });
    this.#x.client.PolyFillRectangle(this.#wid, this.#gc, [rect.x, rect.y, rect.width, rect.height]);
    await this.#settled();
  }

  async moveTo(x: number, y: number): Promise<void> {
    this.#x.client.ConfigureWindow(this.#wid, { x, y });
    await this.#settled();
  }

  async raise(): Promise<void> {
    this.#x.client.ConfigureWindow(this.#wid, { stackMode: 0 });
    await this.#settled();
  }

  async setPointer(shape: 'arrow' | 'text'): Promise<void> {
    const { client } = this.#x;
    const [font, cursor] = [client.AllocID(), client.AllocID()];
    const black = { R: 0, G: 0, B: 0 };
    const white = { R: 0xffff, G: 0xffff, B: 0xffff };
    client.OpenFont(font, 'cursor');
    client.CreateGlyphCursor(cursor, font, font, GLYPHS[shape], GLYPHS[shape] + 1, white, black);
    client.ChangeWindowAttributes(this.#wid, { cursor });
    await this.#settled();
  }

  takeEvents(): string[] {
    return this.#events.splice(0);
  }

  async close(): Promise<void> {
    this.#stop();
    this.#x.client.DestroyWindow(this.#wid);
    await this.#settled();
  }

  async #settled(): Promise<void> {
    await this.#x.ask<unknown>((done) => this.#x.client.GetInputFocus(done));
  }
}

function describeEvent({ name, keycode }: { name: string; keycode: number }): string | undefined {
  const direction = name.endsWith('Press') ? 'down' : 'up';
  if (name.startsWith('Key')) return `key ${CODES.get(keycode) ?? keycode} ${direction}`;
  const wheel = WHEEL[keycode];
  if (wheel === undefined) return `button ${BUTTONS[keycode]} ${direction}`;
  return direction === 'down' ? `wheel ${wheel}` : undefined;
}

async function openXterm(display: TestDisplay, { x, y }: Rect): Promise<TextField> {
  const file = join(temporaryFolder(), 'typed');
  const command = `stty -echo; printf ready > ${file}.ready; cat > ${file}`;
  const xterm = startProgram(display, 'xterm', ['-u8', '-geometry', `50x18+${x}+${y}`, '-e', 'sh', '-c', command]);
  await eventually('the shell', () => readFile(`${file}.ready`).catch(() => undefined));
  return { text: () => readFile(file, 'utf8'), close: () => stopChild(xterm) };
}
