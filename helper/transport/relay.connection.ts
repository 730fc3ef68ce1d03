/**
 * The device's two connections to the relay (control and bulk) over WebSocket and mutual TLS: JSON signals on control,
 * sealed chunks on both, as a Transport.
 */
import { randomBytes as nodeRandom } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { WebSocket, type ClientOptions, type RawData } from 'ws';
import type { Bytes } from '../../protocol/bytes.ts';
import type { ConnectionKind } from '../../protocol/frame.ts';
import { CHUNK_PREFIX_BYTES, MAX_CHUNK_BYTES } from '../../protocol/frame.ts';
import {
  CLOSE_CODES,
  HELPER_PROTOCOL,
  MAX_SIGNAL_BYTES,
  RELAY_PATHS,
  relayToDevice,
  type DeviceToRelay,
  type RelayToDevice,
} from '../../protocol/relay.ts';
import type { Transport } from '../../protocol/transport.ts';
import { originOf } from '../enrol/enrol.ts';

/**
 * The relay pings every 500 ms. Silence is counted in looks and not in time: a computer that slept or was busy looks once
 * and then hears what has come. The path counts as lost after 2 s; a relay that has yet to answer gets 12 s.
 */
const LOOK_EVERY_MS = 500;
const SILENT_LOOKS = { opening: 24, open: 4 };

/** How to reach the relay: address, the pinned CA and the session certificate, all PEM. */
export interface DeviceEndpoint {
  host: string;
  port: number;
  ca: string;
  certificate: string;
  privateKey: string;
}

/** The relay is there and does not let this device join: its session is over, or its certificate revoked. */
export class RelayRefusal extends Error {
  override name = 'RelayRefusal';
}

export class RelayConnection implements Transport {
  readonly nonce: string;
  readonly #endpoint: DeviceEndpoint;
  readonly #sockets: Partial<Record<ConnectionKind, WebSocket>> = {};
  #onSignal: (signal: RelayToDevice) => void = () => undefined;
  #onChunk: (kind: ConnectionKind, chunk: Bytes) => void = () => undefined;
  #onClose: () => void = () => undefined;
  #isClosed = false;
  #isWelcome = false;
  /** Said before the relay knew us, such as a no while the connection is being opened. */
  readonly #early: DeviceToRelay[] = [];
  #silentLooks = 0;
  #watch: NodeJS.Timeout | undefined;

  constructor(endpoint: DeviceEndpoint, nonce: string = nodeRandom(16).toString('base64url')) {
    this.#endpoint = endpoint;
    this.nonce = nonce;
  }

  /** Opens both connections; resolves once the second one asks to join. Rejects when the relay refuses or is silent. */
  async open(): Promise<{ sessionId: string }> {
    this.#watchSilence();
    const welcome = await this.#openControl();
    this.#isWelcome = true;
    this.#silentLooks = 0;
    for (const message of this.#early.splice(0)) this.signal(message);
    if (this.#isClosed) throw new Error('the connection was closed while it was being opened');
    await this.#openBulk(welcome.bulkTicket);
    return { sessionId: welcome.sessionId };
  }

  onSignal(listener: (signal: RelayToDevice) => void): void {
    this.#onSignal = listener;
  }
  onChunk(listener: (kind: ConnectionKind, chunk: Bytes) => void): void {
    this.#onChunk = listener;
  }
  onClose(listener: () => void): void {
    this.#onClose = listener;
  }

  signal(message: DeviceToRelay): void {
    const socket = this.#sockets.control;
    if (!this.#isWelcome && !this.#isClosed) this.#early.push(message);
    else if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  sendChunk(kind: ConnectionKind, chunk: Bytes): void {
    const socket = this.#sockets[kind];
    if (socket?.readyState === WebSocket.OPEN) socket.send(chunk);
  }

  waitingBytes(kind: ConnectionKind): number {
    return this.#sockets[kind]?.bufferedAmount ?? 0;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#watch);
    for (const socket of Object.values(this.#sockets)) socket.terminate();
    this.#onClose();
  }

  /** Like `close`, but lets what was handed over, such as the reason for the end, reach the relay first. */
  async closeGently(): Promise<void> {
    const sockets = Object.values(this.#sockets).filter((socket) => socket.readyState === WebSocket.OPEN);
    await Promise.all(
      sockets.map(
        (socket) =>
          new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, 1000);
            socket.once('close', () => {
              clearTimeout(timer);
              resolve();
            });
            socket.close(1000);
          }),
      ),
    );
    this.close();
  }

  #watchSilence(): void {
    this.#watch = setInterval(() => {
      this.#silentLooks += 1;
      if (this.#silentLooks >= SILENT_LOOKS[this.#isWelcome ? 'open' : 'opening']) this.close();
    }, LOOK_EVERY_MS);
  }

  async #openControl(): Promise<Extract<RelayToDevice, { type: 'welcome' }>> {
    const socket = this.#dial(RELAY_PATHS.device.control);
    this.#sockets.control = socket;
    return new Promise((resolve, reject) => {
      socket.once('open', () => socket.send(JSON.stringify({ type: 'join', nonce: this.nonce })));
      this.#rejectOnFailure(socket, reject);
      socket.on('message', (data, isBinary) => {
        this.#silentLooks = 0;
        if (isBinary) return this.#onChunk('control', bytesOf(data));
        const signal = parseSignal(data);
        if (signal?.type === 'welcome') resolve(signal);
        else if (signal !== undefined) this.#onSignal(signal);
      });
    });
  }

  async #openBulk(ticket: string): Promise<void> {
    const socket = this.#dial(RELAY_PATHS.device.bulk);
    this.#sockets.bulk = socket;
    return new Promise((resolve, reject) => {
      socket.once('open', () => {
        socket.send(JSON.stringify({ type: 'join', ticket }));
        resolve();
      });
      this.#rejectOnFailure(socket, reject);
      socket.on('message', (data, isBinary) => {
        this.#silentLooks = 0;
        if (isBinary) this.#onChunk('bulk', bytesOf(data));
      });
    });
  }

  #dial(path: string): WebSocket {
    const { ca, certificate, privateKey } = this.#endpoint;
    const origin = originOf(this.#endpoint);
    const options: ClientOptions & ConnectionOptions = {
      ca,
      cert: certificate,
      key: privateKey,
      minVersion: 'TLSv1.3',
      ALPNProtocols: [HELPER_PROTOCOL, 'http/1.1'],
      origin,
      maxPayload: Math.max(MAX_SIGNAL_BYTES, MAX_CHUNK_BYTES + CHUNK_PREFIX_BYTES),
      perMessageDeflate: false,
      handshakeTimeout: 10_000,
    };
    const socket = new WebSocket(`${origin.replace('https:', 'wss:')}${path}`, options);
    socket.on('ping', () => (this.#silentLooks = 0));
    return socket;
  }

  #rejectOnFailure(socket: WebSocket, reject: (cause: Error) => void): void {
    let cause: Error | undefined;
    let isRefused = false;
    socket.on('unexpected-response', (request, { statusCode }) => {
      isRefused = statusCode === 403;
      cause = new Error(`the relay answered ${statusCode}`);
      request.destroy();
      socket.terminate();
    });
    socket.on('error', (error) => (cause ??= error));
    socket.on('close', (code, reason) => {
      const text = `the relay closed the connection: ${code} ${reason.toString()}`;
      const isOver = isRefused || code === CLOSE_CODES.refused;
      reject(isOver ? new RelayRefusal(text, { cause }) : new Error(text, { cause }));
      this.close();
    });
  }
}

function bytesOf(data: RawData): Bytes {
  if (Array.isArray(data)) return new Uint8Array(Buffer.concat(data));
  return data instanceof ArrayBuffer ? new Uint8Array(data) : (data as Bytes);
}

/** What the relay says is parsed like anything from outside; a message that is none of ours is ignored. */
function parseSignal(data: RawData): RelayToDevice | undefined {
  try {
    const result = relayToDevice.safeParse(JSON.parse(Buffer.from(bytesOf(data)).toString('utf8')));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
