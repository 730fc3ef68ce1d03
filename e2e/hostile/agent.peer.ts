/** An agent without a browser: signed in, with an identity certificate for a key of its own, on real sockets. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { toBase64Url, randomBytes, pemToDer, utf8, type Bytes } from '../../protocol/bytes.ts';
import { parseChunk, chunksOf, type Channel, type ConnectionKind } from '../../protocol/frame.ts';
import {
  AgentHandshake,
  SIGNATURE_ALGORITHM,
  handshakeCommit,
  handshakeEpoch,
  handshakeReveal,
  type HandshakeAnswer,
} from '../../protocol/handshake.ts';
import { RELAY_PATHS, joinStatement } from '../../protocol/relay.ts';
import { FrameOpener, FrameSealer, type EpochSecrets } from '../../protocol/seal.ts';
import { controlFromDevice, decodeMessage, encodeMessage, type ControlFromDevice } from '../../protocol/stream.ts';
import type { Appliance } from '../product.ts';
import type { Credentials } from './device.peer.ts';
import { HttpPeer } from './http-peer.ts';
import { dialOpen, type StreamSocket } from './stream-socket.ts';

interface Identity {
  certificate: string;
  ca: string;
  serialNumber: string;
}

export async function newRsaKeys(): Promise<CryptoKeyPair> {
  const algorithm = { ...SIGNATURE_ALGORITHM, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function signText(key: CryptoKey, text: string): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign(SIGNATURE_ALGORITHM.name, key, utf8(text)));
}

const base64 = (bytes: ArrayBuffer | Uint8Array): string => Buffer.from(new Uint8Array(bytes)).toString('base64');

export class AgentPeer {
  readonly product: Appliance;
  readonly http: HttpPeer;
  readonly personId: string;
  readonly identity: Identity;
  readonly #keys: CryptoKeyPair;

  private constructor(
    product: Appliance,
    http: HttpPeer,
    own: { keys: CryptoKeyPair; id: string; identity: Identity },
  ) {
    this.product = product;
    this.http = http;
    this.personId = own.id;
    this.identity = own.identity;
    this.#keys = own.keys;
  }

  static async signIn(
    product: Appliance,
    { employeeNumber, password }: { employeeNumber: string; password: string },
  ): Promise<AgentPeer> {
    const http = new HttpPeer(product);
    const { id } = await http.post<{ id: string }>('/api/sign-in', { employeeNumber, password });
    const keys = await newRsaKeys();
    const { challenge } = await http.post<{ challenge: string }>('/api/identity/challenge');
    const identity = await http.post<Identity>('/api/identity', {
      challenge,
      publicKey: base64(await crypto.subtle.exportKey('spki', keys.publicKey)),
      signature: base64(await signText(keys.privateKey, `handrail identity ${challenge}`)),
    });
    return new AgentPeer(product, http, { keys, id, identity });
  }

  async ticket(sessionId: string): Promise<string> {
    return (await this.http.post<{ ticket: string }>(`/api/sessions/${sessionId}/ticket`)).ticket;
  }

  /** The message that uses a ticket; `lie` says what is not as it should be. */
  async joinMessage(
    ticket: string,
    lie: { key?: CryptoKey; signedTicket?: string; signedNonce?: string; nonce?: string } = {},
  ): Promise<{ type: 'join'; ticket: string; nonce: string; signature: string }> {
    const { key = this.#keys.privateKey, signedTicket = ticket, nonce = toBase64Url(randomBytes(16)) } = lie;
    const statement = joinStatement(signedTicket, lie.signedNonce ?? nonce);
    return { type: 'join', ticket, nonce, signature: toBase64Url(await signText(key, statement)) };
  }

  /** Both connections. */
  async join(sessionId: string): Promise<AgentStream> {
    const message = await this.joinMessage(await this.ticket(sessionId));
    const control = await dialOpen(this.product, RELAY_PATHS.agent.control);
    control.send(message);
    const welcome = await control.hears('a welcome', ({ type }) => type === 'welcome');
    const bulk = await dialOpen(this.product, RELAY_PATHS.agent.bulk);
    bulk.send({ type: 'join', ticket: welcome['bulkTicket'] });
    await control.hears('the second connection', ({ type }) => type === 'bulk-ready');
    const scope = { sessionId, sender: Number(welcome['sender']), nonce: message.nonce };
    return new AgentStream({ control, bulk }, scope, this.handshake(sessionId, message.nonce));
  }

  handshake(sessionId: string, nonce: string): AgentHandshake {
    const { certificate: certificatePem } = this.identity;
    const self = { certificatePem, certificateDer: pemToDer(certificatePem), privateKey: this.#keys.privateKey };
    return new AgentHandshake(
      { sessionId, agentConnectionNonce: new Uint8Array(Buffer.from(nonce, 'base64url')) },
      self,
    );
  }

  /** Shown in a TLS handshake, where it has no business. */
  async credentials(): Promise<Credentials> {
    const pkcs8 = base64(await crypto.subtle.exportKey('pkcs8', this.#keys.privateKey));
    return {
      cert: this.identity.certificate,
      key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
    };
  }
}

interface StreamScope {
  sessionId: string;
  sender: number;
  nonce: string;
  /** Texts and chunks that had come before this handshake, of each connection. */
  from?: { heard: number; chunks: Record<ConnectionKind, number> };
}

interface Epoch {
  number: number;
  secrets: EpochSecrets;
  deviceNonce: Bytes;
}

export class AgentStream {
  readonly control: StreamSocket;
  readonly bulk: StreamSocket;
  readonly sender: number;
  readonly #scope: StreamScope;
  readonly #handshake: AgentHandshake;
  #answer: HandshakeAnswer | undefined;
  #epoch: Epoch | undefined;
  readonly #sealers = new Map<Channel, FrameSealer>();

  constructor(sockets: Record<ConnectionKind, StreamSocket>, scope: StreamScope, handshake: AgentHandshake) {
    this.control = sockets.control;
    this.bulk = sockets.bulk;
    this.sender = scope.sender;
    this.#scope = scope;
    this.#handshake = handshake;
  }

  /** Chunks that have reached this agent since the handshake began. */
  get reached(): number {
    const { control = 0, bulk = 0 } = this.#scope.from?.chunks ?? {};
    return this.control.chunks.length - control + this.bulk.chunks.length - bulk;
  }

  /** A handshake on the same sockets, for a device that has joined again; `heard` texts are of the one before. */
  again(agent: AgentPeer, heard: number): AgentStream {
    const { control, bulk } = this;
    const chunks = { control: control.chunks.length, bulk: bulk.chunks.length };
    const { sessionId, nonce } = this.#scope;
    const scope = { ...this.#scope, from: { heard, chunks } };
    return new AgentStream({ control, bulk }, scope, agent.handshake(sessionId, nonce));
  }

  /** Honestly, up to the match code. */
  async agree(): Promise<string> {
    const commit = await this.#peerSays('a commitment', handshakeCommit);
    this.#answer = await this.#handshake.answer(commit);
    this.sendAnswer();
    const reveal = await this.#peerSays('a reveal', handshakeReveal);
    const { raw, publicKey } = new X509Certificate(reveal.certificate);
    const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    const key = await crypto.subtle.importKey('spki', spki, SIGNATURE_ALGORITHM, false, ['verify']);
    return this.#handshake.accept(reveal, { certificateDer: new Uint8Array(raw), publicKey: key });
  }

  /** The answer of the agreement; a second time it is out of turn. */
  sendAnswer(): void {
    assert.ok(this.#answer, 'nothing was answered yet');
    this.control.send({ type: 'peer', body: this.#answer });
  }

  /** The keys of the epoch, once the sharer has agreed. */
  async takeKeys(): Promise<void> {
    const message = await this.#peerSays('an epoch', handshakeEpoch);
    const { epoch, secrets, deviceConnectionNonce } = await this.#handshake.unwrapEpoch(message);
    this.#epoch = { number: epoch, secrets, deviceNonce: deviceConnectionNonce };
  }

  /** One message as the viewer would seal it. */
  async seal(
    channel: 'control' | 'input',
    message: Parameters<typeof encodeMessage>[0],
    grant: bigint,
  ): Promise<Uint8Array> {
    const { sessionId, sender, nonce } = this.#scope;
    const { number: epoch, secrets } = this.#keys();
    const connectionNonce = new Uint8Array(Buffer.from(nonce, 'base64url'));
    const sealer =
      this.#sealers.get(channel) ??
      (await FrameSealer.create(secrets, { sessionId, epoch, channel, sender, connectionNonce }));
    this.#sealers.set(channel, sealer);
    return chunksOf(await sealer.seal(encodeMessage(message), { grant })).next().value ?? new Uint8Array();
  }

  /** Everything that the device has said on the channel `control`. */
  async told(): Promise<ControlFromDevice[]> {
    const { sessionId } = this.#scope;
    const { number: epoch, secrets, deviceNonce: connectionNonce } = this.#keys();
    const opener = await FrameOpener.create(secrets, {
      sessionId,
      epoch,
      channel: 'control',
      sender: 0,
      connectionNonce,
    });
    const messages: ControlFromDevice[] = [];
    for (const bytes of this.control.chunks) {
      const chunk = parseChunk(bytes);
      // Small enough to be one chunk each.
      if (typeof chunk === 'string' || chunk.header.channel !== 'control') continue;
      const { header, headerBytes, slice } = chunk;
      const frame = { header, headerBytes: headerBytes.slice(), sealed: slice.slice() };
      const payload = await opener.open(frame);
      const message = typeof payload === 'string' ? undefined : decodeMessage(controlFromDevice, payload);
      if (message !== undefined) messages.push(message);
    }
    return messages;
  }

  drop(): void {
    this.control.drop();
    this.bulk.drop();
  }

  #keys(): Epoch {
    assert.ok(this.#epoch, 'no keys yet');
    return this.#epoch;
  }

  async #peerSays<T>(what: string, schema: { safeParse(value: unknown): { data?: T } }): Promise<T> {
    const bodyOf = (message: { [field: string]: unknown }): T | undefined => schema.safeParse(message['body']).data;
    const isIt = (each: { type: string }): boolean => each.type === 'peer' && bodyOf(each) !== undefined;
    const message = await this.control.hears(what, isIt, this.#scope.from?.heard);
    const body = bodyOf(message);
    if (body === undefined) throw new Error(`${what} came and went`);
    return body;
  }
}
