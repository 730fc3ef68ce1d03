/** The relay and the device as the viewer meets them: WebSockets that the test holds the other end of, and a real device's side of the key agreement. */
import forge from 'node-forge';
import { pemToDer, randomBytes, toBase64Url, type Bytes } from '../../../../protocol/bytes.ts';
import { DeviceHandshake, SIGNATURE_ALGORITHM, type HandshakeParty } from '../../../../protocol/handshake.ts';
import type { RelayToAgent } from '../../../../protocol/relay.ts';
import { FrameSealer, type EpochSecrets } from '../../../../protocol/seal.ts';
import { chunksOf, type Channel } from '../../../../protocol/frame.ts';

export const SESSION_ID = `ses_${'a'.repeat(26)}`;

/** A socket as the page sees it; what it sent is kept, what comes is said by the test. */
export class FakeWebSocket extends EventTarget {
  static readonly OPEN = 1;
  static all: FakeWebSocket[] = [];
  readyState = 0;
  bufferedAmount = 0;
  binaryType = 'blob';
  readonly url: string;
  readonly sent: string[] = [];
  readonly chunks: Uint8Array[] = [];

  constructor(url: string) {
    super();
    this.url = url;
    FakeWebSocket.all.push(this);
  }
  send(message: string | Uint8Array): void {
    if (typeof message === 'string') this.sent.push(message);
    else this.chunks.push(message);
  }
  close(): void {
    this.closes(1005, '');
  }

  opens(): void {
    this.readyState = FakeWebSocket.OPEN;
    this.dispatchEvent(new Event('open'));
  }
  says(message: RelayToAgent | string | Bytes): void {
    if (this.readyState !== FakeWebSocket.OPEN) return;
    const isChunk = message instanceof Uint8Array;
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    this.dispatchEvent(Object.assign(new Event('message'), { data: isChunk ? message.buffer : text }));
  }
  closes(code: number, reason: string): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event('close'), { code, reason }));
  }
}

export async function until(what: string, isSo: () => boolean): Promise<void> {
  const startedAt = performance.now();
  while (!isSo()) {
    if (performance.now() - startedAt > 10_000) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Keys {
  publicPem: string;
  private: CryptoKey;
  public: CryptoKey;
}

async function newKeys(): Promise<Keys> {
  const algorithm = { ...SIGNATURE_ALGORITHM, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
  const der = forge.util.createBuffer(spki);
  const publicPem = forge.pki.publicKeyToPem(forge.pki.publicKeyFromAsn1(forge.asn1.fromDer(der)));
  return { publicPem, private: pair.privateKey, public: pair.publicKey };
}

export const deviceKeys = await newKeys();
export const agentKeys = await newKeys();

export interface TestCa {
  pem: string;
  issue(of: { publicPem: string; uri: string; notAfter?: number }): string;
}

export function createTestCa(name = 'Handrail internal CA'): TestCa {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const issuer = [{ shortName: 'CN', value: name }];
  const make = (publicKey: forge.pki.PublicKey, uri: string | undefined, notAfter = Date.now() + 3_600_000): string => {
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = publicKey;
    certificate.serialNumber = '4001';
    certificate.validity.notBefore = new Date(Date.now() - 3_600_000);
    certificate.validity.notAfter = new Date(notAfter);
    certificate.setSubject(uri === undefined ? issuer : [{ shortName: 'CN', value: 'device' }]);
    certificate.setIssuer(issuer);
    const names = uri === undefined ? [] : [{ name: 'subjectAltName', altNames: [{ type: 6, value: uri }] }];
    certificate.setExtensions([{ name: 'basicConstraints', cA: uri === undefined }, ...names]);
    certificate.sign(keys.privateKey, forge.md.sha256.create());
    return forge.pki.certificateToPem(certificate);
  };
  return {
    pem: make(keys.publicKey, undefined),
    issue: ({ publicPem, uri, notAfter }) => make(forge.pki.publicKeyFromPem(publicPem), uri, notAfter),
  };
}

/** The device's end of one join: real key agreement, real seals. */
export class TestDevice {
  readonly handshake: DeviceHandshake;
  readonly nonce = randomBytes(16);
  readonly #agentDer: Bytes;

  constructor(options: { certificatePem: string; agentNonce: Bytes; agentPem: string }) {
    const { certificatePem, agentNonce } = options;
    const self: HandshakeParty = {
      certificatePem,
      certificateDer: pemToDer(certificatePem),
      privateKey: deviceKeys.private,
    };
    this.handshake = new DeviceHandshake({ sessionId: SESSION_ID, agentConnectionNonce: agentNonce }, self);
    this.#agentDer = pemToDer(options.agentPem);
  }

  reveal(answer: Parameters<DeviceHandshake['reveal']>[0]): ReturnType<DeviceHandshake['reveal']> {
    return this.handshake.reveal(answer, { certificateDer: this.#agentDer, publicKey: agentKeys.public });
  }

  /** Keys of an epoch, and the chunks of frames sealed under them. */
  async epoch(number: number) {
    const secrets: EpochSecrets = { epoch: randomBytes(32), pair: randomBytes(32) };
    const message = await this.handshake.wrapEpoch(number, secrets, this.nonce);
    const sealers = new Map<Channel, FrameSealer>();
    const seal = async (channel: Channel, payload: Bytes): Promise<Bytes[]> => {
      const context = { sessionId: SESSION_ID, epoch: number, channel, sender: 0, connectionNonce: this.nonce };
      const sealer = sealers.get(channel) ?? (await FrameSealer.create(secrets, context));
      sealers.set(channel, sealer);
      return [...chunksOf(await sealer.seal(payload, { grant: 1n, isKey: false }))];
    };
    return { message, seal };
  }
}

export const BULK_TICKET = toBase64Url(randomBytes(32));
export const TICKET = toBase64Url(randomBytes(32));
