/**
 * Sealing and opening of frames: AES-256-GCM (NIST SP 800-38D), one subkey for each epoch, sender, connection and
 * channel, derived by HKDF-SHA-256 (RFC 5869). The nonce is the sequence number, which counts up from zero under a
 * subkey that lives in memory only, so no pair of key and nonce is ever used twice. The header is associated data.
 */
import { frameParts, u32, utf8, type Bytes } from './bytes.ts';
import {
  CHANNELS,
  TAG_BYTES,
  channelRule,
  encodeHeader,
  type ArrivedFrame,
  type Channel,
  type SealedFrame,
} from './frame.ts';

/** 32 bytes each; made by the device, wrapped for one agent by HPKE. */
export interface EpochSecrets {
  /** Shared by the device and everybody admitted to the epoch. */
  epoch: Bytes;
  /** Shared by the device and this agent alone. */
  pair: Bytes;
}

export interface SubkeyContext {
  sessionId: string;
  epoch: number;
  sender: number;
  channel: Channel;
  /** 16 bytes chosen by the sender for this connection. */
  connectionNonce: Bytes;
}

/**
 * The subkey's raw 32 bytes: HKDF(secret, salt = session id, info = label ‖ epoch ‖ sender ‖ channel ‖ nonce). Throws
 * RangeError on a context that the info could not tell from another, or a secret or nonce that is short of its length.
 */
export async function deriveSubkeyBytes(secret: Bytes, context: SubkeyContext): Promise<Bytes> {
  const { epoch, sender, connectionNonce } = context;
  if (secret.length !== 32 || connectionNonce.length !== 16)
    throw new RangeError('not 32 bytes of secret and 16 of nonce');
  if (!isUnsigned(epoch, 0xffffffff) || !isUnsigned(sender, 0xff)) throw new RangeError('no such epoch or sender');
  const info = frameParts(
    utf8('handrail/1 frame'),
    u32(epoch),
    Uint8Array.of(sender),
    Uint8Array.of(CHANNELS[context.channel].id),
    connectionNonce,
  );
  const ikm = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const params = { name: 'HKDF', hash: 'SHA-256', salt: utf8(context.sessionId), info };
  return new Uint8Array(await crypto.subtle.deriveBits(params, ikm, 256));
}

function isUnsigned(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

async function deriveSubkey(
  secrets: EpochSecrets,
  context: SubkeyContext,
  usage: 'encrypt' | 'decrypt',
): Promise<CryptoKey> {
  const secret = secrets[channelRule(context.channel).secret];
  return crypto.subtle.importKey('raw', await deriveSubkeyBytes(secret, context), 'AES-GCM', false, [usage]);
}

/** 4 zero bytes and the sequence number: 96 bits (SP 800-38D §8.2.1, deterministic construction). */
function nonceOf(seq: bigint): Bytes {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, seq);
  return nonce;
}

/** Seals the frames that one sender puts on one channel in one epoch. */
export class FrameSealer {
  readonly #key: CryptoKey;
  readonly #context: SubkeyContext;
  #next = 0n;

  private constructor(key: CryptoKey, context: SubkeyContext) {
    this.#key = key;
    this.#context = context;
  }

  static async create(secrets: EpochSecrets, context: SubkeyContext): Promise<FrameSealer> {
    return new FrameSealer(await deriveSubkey(secrets, context, 'encrypt'), context);
  }

  /** Throws RangeError when the payload is empty or over the channel's limit. */
  async seal(payload: Bytes, how: { grant: bigint; isKey?: boolean }): Promise<SealedFrame> {
    const { channel, sender, epoch } = this.#context;
    const sealedBytes = payload.length + TAG_BYTES;
    if (payload.length === 0 || sealedBytes > CHANNELS[channel].maxBytes) {
      throw new RangeError(`a ${channel} frame of ${payload.length} bytes cannot be sent`);
    }
    const seq = this.#next;
    this.#next += 1n;
    const isKey = how.isKey ?? false;
    const headerBytes = encodeHeader({ channel, sender, isKey, epoch, seq, grant: how.grant, sealedBytes });
    const params = { name: 'AES-GCM', iv: nonceOf(seq), additionalData: headerBytes };
    const sealed = new Uint8Array(await crypto.subtle.encrypt(params, this.#key, payload));
    return { channel, seq, isKey, headerBytes, sealed };
  }
}

/** Why a frame is dropped by the one who opens it. */
export type OpenRefusal = 'wrong-epoch' | 'wrong-sender' | 'wrong-channel' | 'replayed' | 'too-old' | 'not-authentic';

const WINDOW = 64n;

/** Opens the frames of one sender on one channel in one epoch, each sequence number once, within a window of 64. */
export class FrameOpener {
  readonly #key: CryptoKey;
  readonly #context: SubkeyContext;
  #highest = -1n;
  #seen = 0n;

  private constructor(key: CryptoKey, context: SubkeyContext) {
    this.#key = key;
    this.#context = context;
  }

  static async create(secrets: EpochSecrets, context: SubkeyContext): Promise<FrameOpener> {
    return new FrameOpener(await deriveSubkey(secrets, context, 'decrypt'), context);
  }

  async open(frame: ArrivedFrame): Promise<Bytes | OpenRefusal> {
    const { header } = frame;
    if (header.epoch !== this.#context.epoch) return 'wrong-epoch';
    if (header.sender !== this.#context.sender) return 'wrong-sender';
    if (header.channel !== this.#context.channel) return 'wrong-channel';
    const early = this.#judge(header.seq);
    if (early !== undefined) return early;
    const params = { name: 'AES-GCM', iv: nonceOf(header.seq), additionalData: frame.headerBytes };
    let payload: Bytes;
    try {
      payload = new Uint8Array(await crypto.subtle.decrypt(params, this.#key, frame.sealed));
    } catch {
      // WebCrypto says no more than that the tag did not match.
      return 'not-authentic';
    }
    // Judged again: another copy may have been opened while this one was being decrypted.
    const late = this.#judge(header.seq);
    if (late !== undefined) return late;
    this.#mark(header.seq);
    return payload;
  }

  /** The anti-replay window of RFC 4303 §3.4.3; it moves only for frames that proved authentic. */
  #judge(seq: bigint): 'replayed' | 'too-old' | undefined {
    if (seq > this.#highest) return undefined;
    const behind = this.#highest - seq;
    if (behind >= WINDOW) return 'too-old';
    return (this.#seen >> behind) & 1n ? 'replayed' : undefined;
  }

  #mark(seq: bigint): void {
    if (seq > this.#highest) {
      const ahead = seq - this.#highest;
      this.#seen = ahead >= WINDOW ? 1n : BigInt.asUintN(64, (this.#seen << ahead) | 1n);
      this.#highest = seq;
    } else {
      this.#seen |= 1n << (this.#highest - seq);
    }
  }
}
