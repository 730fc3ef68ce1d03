/**
 * Key agreement of one agent with the device, and the match code (REQUIREMENTS B3). Commit, then reveal:
 *
 *     device → agent   commit   SHA-256 over the device's nonce and certificate
 *     agent  → device  answer   identity certificate, ephemeral KEM key, nonce; signed with the identity key
 *     device → agent   reveal   session certificate, nonce; signed with the session key over the whole transcript
 *     both             match code from the transcript; the agent reads it out, the sharer picks it
 *     device → agent   epoch    content keys, HPKE-sealed to the KEM key (RFC 9180), signed with the session key
 *
 * Whoever stands in the middle, the server included, has one guess at a seven-digit number: after the commitment the
 * device cannot adapt its nonce, and before the reveal the middle does not know it. A guess that failed can be hidden
 * by starting again, so both ends count: no more than MAX_AGREEMENTS on one connection.
 */
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { z } from './zod.ts';
import { concat, frameParts, fromBase64, randomBytes, sha256, toBase64Url, u32, utf8, type Bytes } from './bytes.ts';
import type { EpochSecrets } from './seal.ts';

/** Exactly so many bytes, base64url without padding. */
const bytesOf = (length: number) =>
  z
    .string()
    .length(Math.ceil((length * 4) / 3))
    .regex(/^[A-Za-z0-9_-]*$/);
const hash = bytesOf(32);
const nonce = bytesOf(32);
/** Uncompressed point of P-256 (SEC 1 §2.3.3). */
const point = bytesOf(65);
/** RSA, up to 6144 bits. */
const signature = z
  .string()
  .max(1024)
  .regex(/^[A-Za-z0-9_-]+$/);
const pem = z.string().max(8192);

/** Key agreements that an end takes part in on one connection; honest ones need one for each time the other rejoins. */
export const MAX_AGREEMENTS = 32;

export const handshakeCommit = z.strictObject({ type: z.literal('handshake/commit'), commitment: hash });
export const handshakeAnswer = z.strictObject({
  type: z.literal('handshake/answer'),
  certificate: pem,
  kemPublicKey: point,
  nonce,
  signature,
});
export const handshakeReveal = z.strictObject({
  type: z.literal('handshake/reveal'),
  certificate: pem,
  nonce,
  signature,
});
export const handshakeEpoch = z.strictObject({
  type: z.literal('handshake/epoch'),
  epoch: z.number().int().min(1).max(0xffffffff),
  enc: point,
  /** Two secrets of 32 bytes and a tag. */
  sealed: bytesOf(80),
  /** The device's nonce of this connection. */
  connectionNonce: bytesOf(16),
  signature,
});
export const handshakeFromDevice = z.discriminatedUnion('type', [handshakeCommit, handshakeReveal, handshakeEpoch]);
export type HandshakeCommit = z.infer<typeof handshakeCommit>;
export type HandshakeAnswer = z.infer<typeof handshakeAnswer>;
export type HandshakeReveal = z.infer<typeof handshakeReveal>;
export type HandshakeEpoch = z.infer<typeof handshakeEpoch>;

/** RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2): what the internal CA's RSA keys and browsers share. */
export const SIGNATURE_ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;

/** A certificate as its DER, for the transcript; who checked it and how is the caller's affair. */
export interface HandshakeParty {
  certificatePem: string;
  certificateDer: Bytes;
  privateKey: CryptoKey;
}

/** What both ends have agreed on so far; `hash` is what a signature covers. */
export interface Transcript {
  sessionId: string;
  hash: Bytes;
}

/** The other end does not follow the protocol, or somebody stands between. The session must not go on. */
export class HandshakeError extends Error {
  override name = 'HandshakeError';
}

function decode(text: string): Bytes {
  try {
    return fromBase64(text);
  } catch (cause) {
    throw new HandshakeError('not base64url', { cause });
  }
}

/** What the other end's bytes make fail is that end's doing. */
async function orRefuse<T>(step: Promise<T>, complaint: string): Promise<T> {
  try {
    return await step;
  } catch (cause) {
    throw new HandshakeError(complaint, { cause });
  }
}

async function commitmentOf(nonce: Bytes, certificateDer: Bytes): Promise<Bytes> {
  return sha256(frameParts(utf8('handrail/1 commit'), nonce, certificateDer));
}

/** What both agree on before the agent answers: the session and the connections they speak over. */
export interface HandshakeScope {
  sessionId: string;
  /** 16 bytes: the agent's nonce of this connection. */
  agentConnectionNonce: Bytes;
}

async function answerHash(
  scope: HandshakeScope,
  parts: { commitment: Bytes; certificateDer: Bytes; kemPublicKey: Bytes; nonce: Bytes },
): Promise<Bytes> {
  return sha256(
    frameParts(
      utf8('handrail/1 answer'),
      utf8(scope.sessionId),
      scope.agentConnectionNonce,
      parts.commitment,
      await sha256(parts.certificateDer),
      parts.kemPublicKey,
      parts.nonce,
    ),
  );
}

async function revealHash(
  answered: Bytes,
  parts: { answerSignature: Bytes; certificateDer: Bytes; nonce: Bytes },
): Promise<Bytes> {
  const certificateHash = await sha256(parts.certificateDer);
  return sha256(frameParts(utf8('handrail/1 reveal'), answered, parts.answerSignature, certificateHash, parts.nonce));
}

export async function sign(key: CryptoKey, hash: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign(SIGNATURE_ALGORITHM.name, key, hash));
}

export async function isSignedBy(key: CryptoKey, signature: Bytes, hash: Bytes): Promise<boolean> {
  return crypto.subtle.verify(SIGNATURE_ALGORITHM.name, key, signature, hash);
}

/**
 * Seven decimal digits, 23.25 bits, as `482 1937`. Taken from 64 bits of HKDF output, so the bias of the remainder is
 * below 2⁻⁴⁰.
 */
export async function matchCodeOf(transcript: Transcript): Promise<string> {
  const ikm = await crypto.subtle.importKey('raw', transcript.hash, 'HKDF', false, ['deriveBits']);
  const params = {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: utf8(transcript.sessionId),
    info: utf8('handrail/1 match code'),
  };
  const bits = new DataView(await crypto.subtle.deriveBits(params, ikm, 64));
  return formatMatchCode(bits.getBigUint64(0) % 10_000_000n);
}

export function formatMatchCode(value: bigint): string {
  const digits = value.toString().padStart(7, '0');
  return `${digits.slice(0, 3)} ${digits.slice(3)}`;
}

const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

async function epochInfo(transcript: Transcript, epoch: number): Promise<Bytes> {
  return frameParts(utf8('handrail/1 epoch'), utf8(transcript.sessionId), transcript.hash, u32(epoch));
}

async function epochHash(transcript: Transcript, message: Omit<HandshakeEpoch, 'type' | 'signature'>): Promise<Bytes> {
  const parts = [decode(message.enc), decode(message.sealed), decode(message.connectionNonce)];
  return sha256(concat(await epochInfo(transcript, message.epoch), frameParts(...parts)));
}

/** The device's side of one key agreement; one object for each join of an agent. */
export class DeviceHandshake {
  readonly #scope: HandshakeScope;
  readonly #self: HandshakeParty;
  readonly #nonce: Bytes;
  #commitment: Bytes | undefined;
  #isAnswered = false;
  #agreement: { transcript: Transcript; kemPublicKey: CryptoKey } | undefined;
  #lastEpoch = 0;

  constructor(scope: HandshakeScope, self: HandshakeParty, nonce: Bytes = randomBytes(32)) {
    this.#scope = scope;
    this.#self = self;
    this.#nonce = nonce;
  }

  async commit(): Promise<HandshakeCommit> {
    this.#commitment = await commitmentOf(this.#nonce, this.#self.certificateDer);
    return { type: 'handshake/commit', commitment: toBase64Url(this.#commitment) };
  }

  /**
   * `agent` is what the verified identity certificate says. Throws HandshakeError when the signature is not its key's.
   * One answer is looked at and no other, whatever becomes of it: two of them must never mix in one agreement.
   */
  async reveal(
    answer: HandshakeAnswer,
    agent: { certificateDer: Bytes; publicKey: CryptoKey },
  ): Promise<HandshakeReveal> {
    const commitment = this.#commitment;
    if (commitment === undefined || this.#isAnswered) throw new HandshakeError('answer out of turn');
    // Before the first await, so that a second answer cannot slip in while this one is being checked.
    this.#isAnswered = true;
    const kemBytes = decode(answer.kemPublicKey);
    const nonce = decode(answer.nonce);
    const answerSignature = decode(answer.signature);
    const { certificateDer: agentDer, publicKey } = agent;
    const parts = { commitment, certificateDer: agentDer, kemPublicKey: kemBytes, nonce };
    const answered = await answerHash(this.#scope, parts);
    if (!(await isSignedBy(publicKey, answerSignature, answered)))
      throw new HandshakeError('answer not signed by the identity key');
    const kemPublicKey = await orRefuse(suite.kem.deserializePublicKey(kemBytes.buffer), 'not a point of the curve');
    const certificateDer = this.#self.certificateDer;
    const hash = await revealHash(answered, { answerSignature, certificateDer, nonce: this.#nonce });
    this.#agreement = { transcript: { sessionId: this.#scope.sessionId, hash }, kemPublicKey };
    const signature = toBase64Url(await sign(this.#self.privateKey, hash));
    return {
      type: 'handshake/reveal',
      certificate: this.#self.certificatePem,
      nonce: toBase64Url(this.#nonce),
      signature,
    };
  }

  async matchCode(): Promise<string> {
    return matchCodeOf(this.#agreed().transcript);
  }

  /**
   * Wraps the epoch's secrets for the agent: only to be called once the sharer picked the match code. Each epoch has a
   * higher number than the one before and secrets of its own; throws RangeError otherwise.
   */
  async wrapEpoch(epoch: number, secrets: EpochSecrets, connectionNonce: Bytes): Promise<HandshakeEpoch> {
    const { transcript, kemPublicKey } = this.#agreed();
    if (epoch <= this.#lastEpoch) throw new RangeError(`epoch ${epoch} does not follow ${this.#lastEpoch}`);
    this.#lastEpoch = epoch;
    const info = await epochInfo(transcript, epoch);
    const { enc, ct } = await suite.seal(
      { recipientPublicKey: kemPublicKey, info: info.buffer },
      concat(secrets.epoch, secrets.pair).buffer,
    );
    const message = {
      epoch,
      enc: toBase64Url(new Uint8Array(enc)),
      sealed: toBase64Url(new Uint8Array(ct)),
      connectionNonce: toBase64Url(connectionNonce),
    };
    const signature = toBase64Url(await sign(this.#self.privateKey, await epochHash(transcript, message)));
    return { type: 'handshake/epoch', ...message, signature };
  }

  #agreed(): { transcript: Transcript; kemPublicKey: CryptoKey } {
    if (this.#agreement === undefined) throw new HandshakeError('no agreement yet');
    return this.#agreement;
  }
}

/** What the agent makes anew for each agreement; given from outside only to reproduce test vectors. */
export interface AgentEphemerals {
  nonce: Bytes;
  kem: CryptoKeyPair;
}

async function newEphemerals(): Promise<AgentEphemerals> {
  // The private half never leaves the handshake and cannot be exported.
  const kem = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);
  return { nonce: randomBytes(32), kem };
}

/** The agent's side of one key agreement. */
export class AgentHandshake {
  readonly #scope: HandshakeScope;
  readonly #self: HandshakeParty;
  #ephemerals: AgentEphemerals | undefined;
  #commitment: Bytes | undefined;
  #answered: { hash: Bytes; signature: Bytes } | undefined;
  #isRevealed = false;
  #agreed: { transcript: Transcript; devicePublicKey: CryptoKey } | undefined;
  #lastEpoch = 0;

  constructor(scope: HandshakeScope, self: HandshakeParty, ephemerals?: AgentEphemerals) {
    this.#scope = scope;
    this.#self = self;
    this.#ephemerals = ephemerals;
  }

  async answer(commit: HandshakeCommit): Promise<HandshakeAnswer> {
    if (this.#commitment !== undefined) throw new HandshakeError('commitment out of turn');
    const commitment = decode(commit.commitment);
    this.#commitment = commitment;
    this.#ephemerals ??= await newEphemerals();
    const { kem, nonce } = this.#ephemerals;
    const kemPublicKey = new Uint8Array(await crypto.subtle.exportKey('raw', kem.publicKey));
    const parts = { commitment, certificateDer: this.#self.certificateDer, kemPublicKey, nonce };
    const hash = await answerHash(this.#scope, parts);
    const signature = await sign(this.#self.privateKey, hash);
    this.#answered = { hash, signature };
    return {
      type: 'handshake/answer',
      certificate: this.#self.certificatePem,
      kemPublicKey: toBase64Url(kemPublicKey),
      nonce: toBase64Url(nonce),
      signature: toBase64Url(signature),
    };
  }

  /** `device` is what the verified session certificate says. Returns the match code to read out. */
  async accept(reveal: HandshakeReveal, device: { certificateDer: Bytes; publicKey: CryptoKey }): Promise<string> {
    if (this.#answered === undefined || this.#commitment === undefined || this.#isRevealed) {
      throw new HandshakeError('reveal out of turn');
    }
    this.#isRevealed = true;
    const nonce = decode(reveal.nonce);
    const signature = decode(reveal.signature);
    const promised = await commitmentOf(nonce, device.certificateDer);
    if (toBase64Url(promised) !== toBase64Url(this.#commitment))
      throw new HandshakeError('reveal is not what was committed to');
    const parts = { answerSignature: this.#answered.signature, certificateDer: device.certificateDer, nonce };
    const hash = await revealHash(this.#answered.hash, parts);
    if (!(await isSignedBy(device.publicKey, signature, hash))) {
      throw new HandshakeError('reveal not signed by the session key');
    }
    const transcript = { sessionId: this.#scope.sessionId, hash };
    this.#agreed = { transcript, devicePublicKey: device.publicKey };
    return matchCodeOf(transcript);
  }

  /**
   * Unwraps the secrets of an epoch. Throws HandshakeError when it was not the device that sent them, and when the epoch
   * is not a new one: sealing under the keys of a repeated epoch would use their nonces twice.
   */
  async unwrapEpoch(
    message: HandshakeEpoch,
  ): Promise<{ epoch: number; secrets: EpochSecrets; deviceConnectionNonce: Bytes }> {
    if (this.#agreed === undefined || this.#ephemerals === undefined) throw new HandshakeError('epoch out of turn');
    const { transcript, devicePublicKey } = this.#agreed;
    const hash = await epochHash(transcript, message);
    if (!(await isSignedBy(devicePublicKey, decode(message.signature), hash))) {
      throw new HandshakeError('epoch not signed by the session key');
    }
    if (message.epoch <= this.#lastEpoch) throw new HandshakeError('epoch seen before');
    this.#lastEpoch = message.epoch;
    const info = await epochInfo(transcript, message.epoch);
    const enc = decode(message.enc);
    const sealed = decode(message.sealed);
    const recipient = { recipientKey: this.#ephemerals.kem, enc: enc.buffer, info: info.buffer };
    const opened = new Uint8Array(await orRefuse(suite.open(recipient, sealed.buffer), 'epoch does not open'));
    if (opened.length !== 64) throw new HandshakeError('epoch secrets have the wrong length');
    const secrets = { epoch: opened.slice(0, 32), pair: opened.slice(32) };
    return { epoch: message.epoch, secrets, deviceConnectionNonce: decode(message.connectionNonce) };
  }
}
