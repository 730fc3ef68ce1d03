/** The agent's two connections to the relay over WebSocket: JSON signals on control, sealed chunks on both. */
import { randomBytes, toBase64Url, utf8, type Bytes } from '../../../../protocol/bytes.ts';
import type { ConnectionKind } from '../../../../protocol/frame.ts';
import { SIGNATURE_ALGORITHM } from '../../../../protocol/handshake.ts';
import {
  RELAY_PATHS,
  joinStatement,
  relayToAgent,
  type AgentToRelay,
  type RelayToAgent,
} from '../../../../protocol/relay.ts';
import type { Transport } from '../../../../protocol/transport.ts';

export interface JoinProof {
  ticket: string;
  /** The agent's identity key: proves that the ticket is used by the one it was made for. */
  privateKey: CryptoKey;
}

export class RelayConnection implements Transport {
  /** 16 random bytes for this connection, and the same in base64url. */
  readonly connectionNonce: Bytes = randomBytes(16);
  readonly #nonce = toBase64Url(this.connectionNonce);
  readonly #sockets: Partial<Record<ConnectionKind, WebSocket>> = {};
  #onSignal: (signal: RelayToAgent) => void = () => undefined;
  #onChunk: (kind: ConnectionKind, chunk: Bytes) => void = () => undefined;
  #onClose: (code?: number) => void = () => undefined;
  #isClosed = false;
  #receivedBytes = 0;

  /** Bytes of sealed chunks that have arrived so far. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Opens both connections; resolves with the sender number that the relay gave us. */
  async open(proof: JoinProof): Promise<{ sender: number; sessionId: string }> {
    const statement = utf8(joinStatement(proof.ticket, this.#nonce));
    const signature = new Uint8Array(await crypto.subtle.sign(SIGNATURE_ALGORITHM.name, proof.privateKey, statement));
    this.#assertOpen();
    const join = { type: 'join', ticket: proof.ticket, nonce: this.#nonce, signature: toBase64Url(signature) };
    const welcome = await new Promise<Extract<RelayToAgent, { type: 'welcome' }>>((resolve, reject) => {
      this.#dial('control', join, reject).addEventListener('message', ({ data }) => {
        if (typeof data !== 'string') return this.#chunk('control', data);
        const signal = parseSignal(data);
        if (signal?.type === 'welcome') resolve(signal);
        else if (signal !== undefined) this.#onSignal(signal);
      });
    });
    this.#assertOpen();
    await new Promise<void>((resolve, reject) => {
      const socket = this.#dial('bulk', { type: 'join', ticket: welcome.bulkTicket }, reject);
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('message', ({ data }) => {
        if (typeof data !== 'string') this.#chunk('bulk', data);
      });
    });
    return { sender: welcome.sender, sessionId: welcome.sessionId };
  }

  onSignal(listener: (signal: RelayToAgent) => void): void {
    this.#onSignal = listener;
  }
  onChunk(listener: (kind: ConnectionKind, chunk: Bytes) => void): void {
    this.#onChunk = listener;
  }
  /** `code` is the WebSocket close code when a socket was closed by the server. */
  onClose(listener: (code?: number) => void): void {
    this.#onClose = listener;
  }

  signal(message: AgentToRelay): void {
    const socket = this.#sockets.control;
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  sendChunk(kind: ConnectionKind, chunk: Bytes): void {
    const socket = this.#sockets[kind];
    if (socket?.readyState === WebSocket.OPEN) socket.send(chunk);
  }

  waitingBytes(kind: ConnectionKind): number {
    return this.#sockets[kind]?.bufferedAmount ?? 0;
  }

  close(code?: number): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const socket of Object.values(this.#sockets)) socket.close();
    this.#onClose(code);
  }

  /** Between two steps of opening; a socket dialled after `close` would be nobody's. */
  #assertOpen(): void {
    if (this.#isClosed) throw new Error('the connection was closed while it was being opened');
  }

  #dial(kind: ConnectionKind, join: object, reject: (cause: Error) => void): WebSocket {
    const socket = new WebSocket(`wss://${location.host}${RELAY_PATHS.agent[kind]}`);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => socket.send(JSON.stringify(join)));
    socket.addEventListener('close', ({ code, reason }) => {
      reject(new Error(`the relay closed the connection: ${code} ${reason}`));
      this.close(code);
    });
    this.#sockets[kind] = socket;
    return socket;
  }

  #chunk(kind: ConnectionKind, data: ArrayBuffer): void {
    this.#receivedBytes += data.byteLength;
    this.#onChunk(kind, new Uint8Array(data));
  }
}

function parseSignal(text: string): RelayToAgent | undefined {
  try {
    return relayToAgent.safeParse(JSON.parse(text)).data;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
