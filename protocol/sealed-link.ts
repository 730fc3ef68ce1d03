/**
 * One end of the sealed stream between an agent and the device for one epoch: frames in, frames out, in order on each
 * connection, over any Transport. What does not open is counted by reason and otherwise ignored.
 */
import type { Bytes } from './bytes.ts';
import {
  CHANNEL_NAMES,
  FrameAssembler,
  channelRule,
  chunksOf,
  parseChunk,
  type Channel,
  type ChunkRefusal,
  type ConnectionKind,
  type Party,
} from './frame.ts';
import { FrameOpener, FrameSealer, type EpochSecrets, type OpenRefusal } from './seal.ts';
import type { Transport } from './transport.ts';

export type LinkRefusal = ChunkRefusal | OpenRefusal | 'wrong-connection' | 'no-listener';

export interface LinkOptions {
  transport: Transport;
  sessionId: string;
  epoch: number;
  secrets: EpochSecrets;
  party: Party;
  /** Sender number and connection nonce of this end and of the other. */
  self: { sender: number; connectionNonce: Bytes };
  peer: { sender: number; connectionNonce: Bytes };
  onRefused: (reason: LinkRefusal) => void;
}

type Listener = (payload: Bytes) => void;

export class SealedLink {
  readonly #transport: Transport;
  readonly #onRefused: (reason: LinkRefusal) => void;
  readonly #sealers = new Map<Channel, FrameSealer>();
  readonly #openers = new Map<Channel, FrameOpener>();
  readonly #listeners = new Map<Channel, Listener>();
  readonly #assemblers = { control: new FrameAssembler(), bulk: new FrameAssembler() };
  /** Sealing and opening are asynchronous; these chains keep the order of each connection and direction. */
  readonly #outgoing: Record<ConnectionKind, Promise<void>> = { control: Promise.resolve(), bulk: Promise.resolve() };
  readonly #incoming: Record<ConnectionKind, Promise<void>> = { control: Promise.resolve(), bulk: Promise.resolve() };
  #isClosed = false;

  private constructor(options: LinkOptions) {
    this.#transport = options.transport;
    this.#onRefused = options.onRefused;
  }

  static async create(options: LinkOptions): Promise<SealedLink> {
    const link = new SealedLink(options);
    const { sessionId, epoch, secrets, self, peer } = options;
    for (const channel of CHANNEL_NAMES) {
      const senders = channelRule(channel).from;
      if (senders.includes(options.party)) {
        link.#sealers.set(channel, await FrameSealer.create(secrets, { sessionId, epoch, channel, ...self }));
      }
      if (senders.includes(options.party === 'device' ? 'agent' : 'device')) {
        link.#openers.set(channel, await FrameOpener.create(secrets, { sessionId, epoch, channel, ...peer }));
      }
    }
    return link;
  }

  /** Who gets the opened frames of a channel, in order. */
  listen(channel: Channel, listener: Listener): void {
    this.#listeners.set(channel, listener);
  }

  /** Seals and sends; resolves when the bytes are with the carrier. Nothing is sent after `close`. */
  async send(channel: Channel, payload: Bytes, how: { grant: bigint; isKey?: boolean }): Promise<void> {
    const sealer = this.#sealers.get(channel);
    if (sealer === undefined) throw new Error(`this end does not send on ${channel}`);
    const kind = channelRule(channel).connection;
    const frame = sealer.seal(payload, how);
    const sent = Promise.all([frame, this.#outgoing[kind]]).then(([sealed]) => {
      if (this.#isClosed) return;
      for (const chunk of chunksOf(sealed)) this.#transport.sendChunk(kind, chunk);
    });
    this.#outgoing[kind] = sent.catch(() => undefined);
    return sent;
  }

  /** Takes a chunk that the carrier delivered. */
  receive(kind: ConnectionKind, bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const chunk = parseChunk(bytes);
    if (typeof chunk === 'string') return this.#onRefused(chunk);
    if (channelRule(chunk.header.channel).connection !== kind) return this.#onRefused('wrong-connection');
    const { channel } = chunk.header;
    const opener = this.#openers.get(channel);
    // Before anything is put together: a first chunk makes room for the whole frame that its header announces.
    if (opener === undefined) return this.#onRefused('wrong-channel');
    const frame = this.#assemblers[kind].push(chunk);
    if (frame === undefined) return;
    const opened = opener.open(frame);
    this.#incoming[kind] = Promise.all([opened, this.#incoming[kind]]).then(([payload]) => {
      if (typeof payload === 'string') this.#onRefused(payload);
      else this.#deliver(channel, payload);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#listeners.clear();
  }

  #deliver(channel: Channel, payload: Bytes): void {
    if (this.#isClosed) return;
    const listener = this.#listeners.get(channel);
    if (listener === undefined) return this.#onRefused('no-listener');
    try {
      listener(payload);
    } catch (cause) {
      // A defect of ours: it surfaces as uncaught, and does not keep the frames behind it from being delivered.
      queueMicrotask(() => {
        throw cause;
      });
    }
  }
}
