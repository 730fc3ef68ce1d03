/**
 * The frame: one sealed message on one channel, and the chunks it travels in.
 *
 *     header, 28 bytes, readable by the relay, associated data of the seal       big-endian
 *      0  u8   version (1)
 *      1  u8   channel (CHANNELS)
 *      2  u8   sender: 0 device, 1 … 255 agents in the order they joined
 *      3  u8   flags: bit 0 key (needs nothing before it); other bits 0
 *      4  u32  epoch
 *      8  u64  sequence number within epoch, sender and channel, from 0
 *     16  u64  grant: first 8 bytes of the id of the grant that covers this frame
 *     24  u32  bytes of the sealed payload (ciphertext and 16-byte tag)
 *
 *     chunk = header ‖ u16 index ‖ u16 count ‖ slice of the sealed payload, at most 16 KiB in all
 *
 * Every chunk repeats the header, so that the relay decides on each one without state.
 */
import type { Bytes } from './bytes.ts';
import type { Capability } from './capabilities.ts';

export const FRAME_VERSION = 1;
export const HEADER_BYTES = 28;
export const CHUNK_PREFIX_BYTES = HEADER_BYTES + 4;
export const MAX_CHUNK_BYTES = 16 * 1024;
export const TAG_BYTES = 16;
const SLICE_BYTES = MAX_CHUNK_BYTES - CHUNK_PREFIX_BYTES;

export type ConnectionKind = 'control' | 'bulk';
export type Party = 'device' | 'agent';

interface ChannelRule {
  id: number;
  /** Control frames never share a connection with bulk. */
  connection: ConnectionKind;
  from: readonly Party[];
  /** The grant a frame needs. */
  capability: Capability;
  /** `epoch`: everybody admitted can read it; `pair`: this agent and the device alone. */
  secret: 'epoch' | 'pair';
  maxBytes: number;
}

export const CHANNELS = {
  control: {
    id: 1,
    connection: 'control',
    from: ['device', 'agent'],
    capability: 'view',
    secret: 'pair',
    maxBytes: 8192,
  },
  input: { id: 2, connection: 'control', from: ['agent'], capability: 'input', secret: 'pair', maxBytes: 8192 },
  cursor: { id: 3, connection: 'control', from: ['device'], capability: 'view', secret: 'epoch', maxBytes: 1 << 19 },
  picture: { id: 4, connection: 'bulk', from: ['device'], capability: 'view', secret: 'epoch', maxBytes: 1 << 24 },
} as const satisfies Record<string, ChannelRule>;
export type Channel = keyof typeof CHANNELS;
export const CHANNEL_NAMES = Object.keys(CHANNELS) as Channel[];

export function channelRule(channel: Channel): ChannelRule {
  return CHANNELS[channel];
}

const CHANNEL_BY_ID = new Map<number, Channel>(CHANNEL_NAMES.map((name) => [CHANNELS[name].id, name]));

export interface FrameHeader {
  channel: Channel;
  sender: number;
  isKey: boolean;
  epoch: number;
  seq: bigint;
  grant: bigint;
  sealedBytes: number;
}

export interface Chunk {
  header: FrameHeader;
  /** The 28 header bytes as they came: associated data. */
  headerBytes: Uint8Array;
  index: number;
  count: number;
  slice: Uint8Array;
}

/** Why a chunk is dropped without an answer. */
export type ChunkRefusal =
  'too-short' | 'too-long' | 'unknown-version' | 'unknown-channel' | 'bad-flags' | 'bad-length' | 'bad-count';

export function encodeHeader(header: FrameHeader): Bytes {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, FRAME_VERSION);
  view.setUint8(1, CHANNELS[header.channel].id);
  view.setUint8(2, header.sender);
  view.setUint8(3, header.isKey ? 1 : 0);
  view.setUint32(4, header.epoch);
  view.setBigUint64(8, header.seq);
  view.setBigUint64(16, header.grant);
  view.setUint32(24, header.sealedBytes);
  return bytes;
}

/** Reads one chunk; whatever is wrong with it comes back as a reason, never as an exception. */
export function parseChunk(bytes: Uint8Array): Chunk | ChunkRefusal {
  if (bytes.length <= CHUNK_PREFIX_BYTES) return 'too-short';
  if (bytes.length > MAX_CHUNK_BYTES) return 'too-long';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint8(0) !== FRAME_VERSION) return 'unknown-version';
  const channel = CHANNEL_BY_ID.get(view.getUint8(1));
  if (channel === undefined) return 'unknown-channel';
  const flags = view.getUint8(3);
  if (flags > 1) return 'bad-flags';
  const header: FrameHeader = {
    channel,
    sender: view.getUint8(2),
    isKey: flags === 1,
    epoch: view.getUint32(4),
    seq: view.getBigUint64(8),
    grant: view.getBigUint64(16),
    sealedBytes: view.getUint32(24),
  };
  if (header.sealedBytes <= TAG_BYTES || header.sealedBytes > CHANNELS[channel].maxBytes) return 'bad-length';
  const index = view.getUint16(28);
  const count = view.getUint16(30);
  if (count !== Math.ceil(header.sealedBytes / SLICE_BYTES) || index >= count) return 'bad-count';
  const slice = bytes.subarray(CHUNK_PREFIX_BYTES);
  const expected = index === count - 1 ? header.sealedBytes - SLICE_BYTES * (count - 1) : SLICE_BYTES;
  if (slice.length !== expected) return 'bad-length';
  return { header, headerBytes: bytes.subarray(0, HEADER_BYTES), index, count, slice };
}

/** A sealed frame as it leaves: header bytes and ciphertext with tag. */
export interface SealedFrame {
  channel: Channel;
  seq: bigint;
  isKey: boolean;
  headerBytes: Bytes;
  sealed: Bytes;
}

export function* chunksOf(frame: SealedFrame): Generator<Bytes> {
  const count = Math.ceil(frame.sealed.length / SLICE_BYTES);
  for (let index = 0; index < count; index++) {
    const slice = frame.sealed.subarray(index * SLICE_BYTES, (index + 1) * SLICE_BYTES);
    const chunk = new Uint8Array(CHUNK_PREFIX_BYTES + slice.length);
    chunk.set(frame.headerBytes);
    const view = new DataView(chunk.buffer);
    view.setUint16(28, index);
    view.setUint16(30, count);
    chunk.set(slice, CHUNK_PREFIX_BYTES);
    yield chunk;
  }
}

/** A whole frame put together from its chunks, still sealed. */
export interface ArrivedFrame {
  header: FrameHeader;
  headerBytes: Bytes;
  sealed: Bytes;
}

/**
 * Puts frames of one connection together. Chunks of a frame arrive in order (carriers are reliable and ordered); a new
 * header before the last chunk means that the rest was dropped on the way, and the incomplete frame with it.
 */
export class FrameAssembler {
  #current: (ArrivedFrame & { next: number; filled: number }) | undefined;

  /** The finished frame, or undefined while chunks are missing. */
  push(chunk: Chunk): ArrivedFrame | undefined {
    if (chunk.index === 0) {
      const headerBytes = chunk.headerBytes.slice();
      this.#current = {
        header: chunk.header,
        headerBytes,
        sealed: new Uint8Array(chunk.header.sealedBytes),
        next: 0,
        filled: 0,
      };
    }
    const current = this.#current;
    if (current === undefined || current.next !== chunk.index || !isSame(current.headerBytes, chunk.headerBytes)) {
      this.#current = undefined;
      return undefined;
    }
    current.sealed.set(chunk.slice, current.filled);
    current.filled += chunk.slice.length;
    current.next += 1;
    if (current.next < chunk.count) return undefined;
    this.#current = undefined;
    return { header: current.header, headerBytes: current.headerBytes, sealed: current.sealed };
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, at) => byte === b[at]);
}
