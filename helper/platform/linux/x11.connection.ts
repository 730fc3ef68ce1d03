/**
 * The only file that touches the npm package `x11`. It adds what a long-running program needs: promises that fail when
 * the display goes away (the package leaves its callbacks waiting for ever), one place for errors, and requests that the
 * package does not know.
 */
import { readFile } from 'node:fs/promises';
import x11 from 'x11';
import type { XCallback, XClient, XDisplay, XDone, XEvent, XExtensions, XScreen } from 'x11';

/** The package's copy of keysymdef.h. */
export const keySyms: Readonly<Record<string, { code: number; description: string | null }>> = x11.keySyms;

/** Names the X error and the request that caused it; 'X error 8 (Bad match), request 130.4'. */
export class XRequestError extends Error {
  override readonly name = 'XRequestError';
}

export interface XErrorReport {
  (error: Error): void;
}

/** Event masks of the core protocol (X11 protocol, SETofEVENT). */
export const EVENT_MASK = {
  enterWindow: 0x10,
  structureNotify: 0x20000,
  substructureNotify: 0x80000,
  visibilityChange: 0x10000,
  focusChange: 0x200000,
  propertyChange: 0x400000,
} as const;

/** One connection to one display. Its requests are processed in order; other connections do not wait for it. */
export class XConnection {
  /** Such as ":0". */
  readonly displayName: string;
  readonly display: XDisplay;
  readonly client: XClient;
  readonly screen: XScreen;
  readonly root: number;
  readonly #report: XErrorReport;
  readonly #listeners = new Set<(event: XEvent & { type: number }) => void>();
  readonly #lostListeners = new Set<(reason: string) => void>();
  readonly #waiting = new Set<(reason: Error) => void>();
  #ended: string | undefined;
  #rootMask = 0;
  #isClosing = false;

  constructor(display: XDisplay, at: { displayName: string; screen: XScreen }, report: XErrorReport) {
    const { displayName, screen } = at;
    this.displayName = displayName;
    this.display = display;
    this.client = display.client;
    this.screen = screen;
    this.root = screen.root;
    this.#report = report;
    // The package keeps numbers of atoms for all displays in one place, though each display has its own.
    this.client.atoms = { ...this.client.atoms };
    this.client.on('event', (event) => this.#dispatch(event));
    this.client.stream.on('close', () => this.#end('the connection to the display was closed'));
  }

  get isOpen(): boolean {
    return this.#ended === undefined && !this.#isClosing;
  }

  /** Sends a request that has a reply (or a void request whose success matters) and waits for it. */
  ask<T = void>(send: (done: XCallback<T> & XDone) => void): Promise<T> {
    if (!this.isOpen) return Promise.reject(new Error(this.#ended ?? 'the connection to the display is closed'));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      // `value` is absent for void requests only, where T is void.
      const done = (error: Error | null | undefined, value?: T): boolean => {
        this.#waiting.delete(reject);
        if (error) reject(describeError(error));
        else resolve(value as T);
        return true;
      };
      send(done);
    });
  }

  /** A request that the package does not have: `packet` without its length and opcode checks, `unpack` of the body after 8 bytes. */
  askPacket<T>(packet: Buffer, unpack: (body: Buffer, option: number) => T): Promise<T> {
    return this.ask<T>((done) => {
      const { client } = this;
      client.seq_num += 1;
      client.replies[client.seq_num] = [unpack, done];
      client.pack_stream.put(packet);
      client.pack_stream.submit(true);
    });
  }

  /** The same for a request without a reply: failure is heard of, success only with the reply to a later request. */
  sendPacket(packet: Buffer): Promise<void> {
    return this.ask((done) => {
      const { client } = this;
      client.seq_num += 1;
      client.replies[client.seq_num] = [undefined, done];
      client.pack_stream.put(packet);
      client.pack_stream.submit(false);
    });
  }

  /** Undefined when the server lacks it. */
  async extension<N extends keyof XExtensions>(name: N): Promise<XExtensions[N] | undefined> {
    try {
      return await this.ask<XExtensions[N]>((done) => this.client.require(name, done));
    } catch (error) {
      if (!this.isOpen) throw error;
      return undefined;
    }
  }

  async requireExtension<N extends keyof XExtensions>(name: N): Promise<XExtensions[N]> {
    const extension = await this.extension(name);
    if (!extension) throw new Error(`the display server lacks the extension ${name}`);
    return extension;
  }

  internAtom(name: string): Promise<number> {
    return this.ask<number>((done) => this.client.InternAtom(false, name, done));
  }

  /** Numbers of windows carry the number of the connection that made them. */
  connectionOf(wid: number): number {
    return wid & ~this.display.resource_mask & 0x1fffffff;
  }

  /** The server's own windows are those of connection 0. */
  isServerOwned(wid: number): boolean {
    return this.connectionOf(wid) === 0;
  }

  /** Selects core events of the root window, beside those selected before: a connection has one mask per window. */
  selectRootEvents(mask: number): void {
    this.#rootMask |= mask;
    this.client.ChangeWindowAttributes(this.root, { eventMask: this.#rootMask });
  }

  onEvent(listener: (event: XEvent & { type: number }) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called once when the server or the network ends the connection, not after `close`. */
  onLost(listener: (reason: string) => void): void {
    this.#lostListeners.add(listener);
  }

  /** Lets work go on without waiting for it; its failure is reported, unless the display is gone anyway. */
  background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (this.isOpen) this.#report(toError(error));
    });
  }

  report(error: unknown): void {
    if (this.isOpen) this.#report(toError(error));
  }

  /** Sends what is buffered and ends the connection. */
  close(): void {
    if (!this.isOpen) return;
    this.#isClosing = true;
    this.client.terminate();
    this.#failWaiting('the connection to the display is closed');
  }

  /** For errors of the package's 'error' event: those of the socket end the connection, those of X do not. */
  takeError(error: Error & { code?: string }): void {
    if (error.code === undefined) this.report(describeError(error));
    else this.#end(`the connection to the display failed: ${error.message}`);
  }

  #dispatch(event: XEvent & { type: number }): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.report(error);
      }
    }
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#failWaiting(reason);
    if (this.#isClosing) return;
    for (const listener of this.#lostListeners) listener(reason);
  }

  #failWaiting(reason: string): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const reject of waiting) reject(new Error(reason));
  }
}

/**
 * Opens a connection. Authentication is the user's: XAUTHORITY or ~/.Xauthority, none when there is no such file.
 * `report` receives X errors that nobody waits for; they never end the process.
 */
export async function connectX(displayName: string, report: XErrorReport): Promise<XConnection> {
  await checkAuthorityFile();
  const state: { connection?: XConnection } = {};
  return new Promise<XConnection>((resolve, reject) => {
    const client = x11.createClient({ display: displayName, shm: false }, (error, display) => {
      const screen = error ? undefined : display.screen[screenNumber(displayName)];
      if (error) reject(new Error(`cannot open display ${displayName}: ${error.message}`, { cause: error }));
      else if (!screen) reject(new Error(`display ${displayName} has no such screen`));
      else resolve((state.connection = new XConnection(display, { displayName, screen }, report)));
    });
    client.on('error', (error) => {
      if (state.connection) state.connection.takeError(error);
      else reject(new Error(`cannot open display ${displayName}: ${error.message}`, { cause: error }));
    });
  });
}

/** The package throws out of a callback, where nobody can catch it, when the file exists and cannot be read. */
async function checkAuthorityFile(): Promise<void> {
  const path = process.env['XAUTHORITY'];
  if (!path) return;
  try {
    await readFile(path);
  } catch (error) {
    if (!isMissingFile(error)) throw new Error(`XAUTHORITY names ${path}, which cannot be read`, { cause: error });
  }
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function screenNumber(displayName: string): number {
  return Number(/:\d+\.(\d+)$/.exec(displayName)?.[1] ?? 0);
}

function describeError(error: Error & { error?: number; majorOpcode?: number; minorOpcode?: number }): Error {
  if (error.error === undefined) return error;
  const request = `${error.majorOpcode ?? '?'}.${error.minorOpcode ?? '?'}`;
  return new XRequestError(`X error ${error.error} (${error.message || 'of an extension'}), request ${request}`, {
    cause: error,
  });
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
