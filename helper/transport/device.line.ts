/**
 * The device's way to the relay over the whole of a session: one connection after the other. When one is lost the next is
 * dialled with the same certificate; every connection is a new join with a new nonce, and nothing of the old one goes on.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Bytes } from '../../protocol/bytes.ts';
import type { ConnectionKind } from '../../protocol/frame.ts';
import type { DeviceToRelay, RelayToDevice } from '../../protocol/relay.ts';
import type { Transport } from '../../protocol/transport.ts';

/** One connection, `RelayConnection` in the product. */
export interface LineConnection extends Transport {
  readonly nonce: string;
  open(): Promise<unknown>;
  signal(message: DeviceToRelay): void;
  onSignal(listener: (signal: RelayToDevice) => void): void;
  closeGently(): Promise<void>;
}

export interface DeviceLineOptions {
  connect: () => LineConnection;
  /** Milliseconds until the next attempt; the first is number 0. */
  backoffMs: (attempt: number) => number;
  /** Whether a failure of an attempt says that the relay will not have this device any more. */
  isFinal: (cause: unknown) => boolean;
  onError: (cause: unknown) => void;
}

/** How long the end of a session, said while there was no connection, is carried after it. */
const LAST_ATTEMPT_MS = 3000;

export class DeviceLine implements Transport {
  readonly #options: DeviceLineOptions;
  #connection: LineConnection;
  #state: 'opening' | 'up' | 'down' | 'closed' = 'opening';
  #farewell: DeviceToRelay | undefined;
  #onSignal: (signal: RelayToDevice) => void = () => undefined;
  #onChunk: (kind: ConnectionKind, chunk: Bytes) => void = () => undefined;
  #onDown: () => void = () => undefined;
  #onClose: () => void = () => undefined;
  readonly #stop = new AbortController();

  constructor(options: DeviceLineOptions) {
    this.#options = options;
    this.#connection = this.#attach(options.connect());
  }

  /** The nonce of the present connection. */
  get nonce(): string {
    return this.#connection.nonce;
  }
  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** Rejects when there is no first connection. */
  async open(): Promise<void> {
    await this.#connection.open();
    if (this.#state === 'opening') this.#state = 'up';
  }

  onSignal(listener: (signal: RelayToDevice) => void): void {
    this.#onSignal = listener;
  }
  onChunk(listener: (kind: ConnectionKind, chunk: Bytes) => void): void {
    this.#onChunk = listener;
  }
  /** The connection is lost; the next is being tried. */
  onDown(listener: () => void): void {
    this.#onDown = listener;
  }
  /** There will be no further connection. */
  onClose(listener: () => void): void {
    this.#onClose = listener;
  }

  /** What is said while there is no connection is lost, except the end. */
  signal(message: DeviceToRelay): void {
    if (this.#state === 'down' && message.type === 'end') this.#farewell = message;
    else this.#connection.signal(message);
  }

  sendChunk(kind: ConnectionKind, chunk: Bytes): void {
    this.#connection.sendChunk(kind, chunk);
  }

  waitingBytes(kind: ConnectionKind): number {
    return this.#connection.waitingBytes(kind);
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stop.abort();
    this.#connection.close();
    this.#onClose();
  }

  /** Lets what was said last reach the relay. */
  async closeGently(): Promise<void> {
    const farewell = this.#farewell;
    const isDown = this.#state === 'down';
    if (this.#state !== 'closed') {
      this.#state = 'closed';
      this.#stop.abort();
    }
    if (isDown && farewell !== undefined) await this.#sayLast(farewell);
    await this.#connection.closeGently();
  }

  async #sayLast(farewell: DeviceToRelay): Promise<void> {
    const last = this.#options.connect();
    this.#connection = last;
    last.signal(farewell);
    // Whoever cannot be reached learns it by the deadline of the pause.
    await Promise.race([last.open().catch(this.#options.onError), wait(LAST_ATTEMPT_MS, undefined, { ref: false })]);
  }

  #attach(connection: LineConnection): LineConnection {
    connection.onSignal((signal) => {
      if (this.#connection === connection) this.#onSignal(signal);
    });
    connection.onChunk((kind, chunk) => {
      if (this.#connection === connection) this.#onChunk(kind, chunk);
    });
    connection.onClose(() => {
      if (this.#connection === connection) this.#lost();
    });
    return connection;
  }

  #lost(): void {
    // A first connection that cannot be had is `open`'s to tell.
    if (this.#state === 'opening') return this.close();
    if (this.#state !== 'up') return;
    this.#state = 'down';
    this.#onDown();
    void this.#redial();
  }

  async #redial(): Promise<void> {
    for (let attempt = 0; this.#state === 'down'; attempt++) {
      try {
        await wait(this.#options.backoffMs(attempt), undefined, { signal: this.#stop.signal });
        if (await this.#dialOnce()) return;
      } catch (cause) {
        if (this.#stop.signal.aborted) return;
        this.#options.onError(cause);
        if (this.#options.isFinal(cause)) return this.close();
      }
    }
  }

  async #dialOnce(): Promise<boolean> {
    const connection = this.#attach(this.#options.connect());
    this.#connection = connection;
    await connection.open();
    if (this.#state !== 'down') {
      connection.close();
      return true;
    }
    this.#state = 'up';
    return true;
  }
}
