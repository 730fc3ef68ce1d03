/**
 * The relay and the sharer's device as an agent's page meets them, played by a test: their words are made up, certificate,
 * key agreement and seals are real, so that every state of the page can be brought about at once.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { Page, WebSocketRoute } from 'playwright-core';
import { enrol } from '../helper/enrol/enrol.ts';
import { fromBase64, pemToDer, randomBytes, toBase64Url, type Bytes } from '../protocol/bytes.ts';
import type { ConnectionKind } from '../protocol/frame.ts';
import {
  DeviceHandshake,
  SIGNATURE_ALGORITHM,
  handshakeAnswer,
  type HandshakeAnswer,
  type HandshakeParty,
} from '../protocol/handshake.ts';
import type { SessionState } from '../protocol/lifecycle.ts';
import { encodePicture, type FillRegion } from '../protocol/picture.ts';
import { agentJoin, agentToRelay, type AgentToRelay, type RelayToAgent } from '../protocol/relay.ts';
import { SealedLink } from '../protocol/sealed-link.ts';
import {
  controlFromAgent,
  decodeMessage,
  encodeMessage,
  inputMessage,
  type ControlFromAgent,
  type ControlFromDevice,
  type InputMessage,
} from '../protocol/stream.ts';
import { eventually } from './processes.ts';
import type { Appliance } from './product.ts';

/** A device that was enrolled for a session. */
export interface SessionDevice {
  sessionId: string;
  /** PEM. */
  certificate: string;
  privateKey: CryptoKey;
}

/** Uses the token of a download up. `caFingerprint` as the organisation states it. */
export async function enrolDevice(
  product: Appliance,
  { caFingerprint, token }: { caFingerprint: string; token: string },
): Promise<SessionDevice> {
  const prefix = caFingerprint.replaceAll(':', '').toLowerCase().slice(0, 32);
  const address = { host: 'localhost', port: product.devicePort, caFingerprint: prefix, token };
  const { sessionId, certificate, key } = await enrol(address, {
    helperVersion: '0.1.0',
    helperFile: null,
    platform: 'linux-x64',
  });
  const pkcs8 = createPrivateKey(key.privateKeyPem).export({ type: 'pkcs8', format: 'der' });
  const algorithm = SIGNATURE_ALGORITHM;
  const privateKey = await crypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), algorithm, false, ['sign']);
  return { sessionId, certificate, privateKey };
}

type SessionWord = Extract<RelayToAgent, { type: 'session' }>;
type SessionDetail = Partial<Omit<SessionWord, 'type' | 'state'>>;

const GRANT = 1n;
const SENDER = 1;

async function keyOf(certificatePem: string): Promise<CryptoKey> {
  const spki = new X509Certificate(certificatePem).publicKey.export({ type: 'spki', format: 'der' });
  return crypto.subtle.importKey('spki', new Uint8Array(spki), SIGNATURE_ALGORITHM, false, ['verify']);
}

export class ScriptedDevice {
  readonly input: InputMessage[] = [];
  readonly control: ControlFromAgent[] = [];
  readonly signals: AgentToRelay[] = [];
  readonly #device: SessionDevice;
  readonly #sockets: Partial<Record<ConnectionKind, WebSocketRoute>> = {};
  readonly #nonce = randomBytes(16);
  #agentNonce: Bytes | undefined;
  #handshake: DeviceHandshake | undefined;
  #link: SealedLink | undefined;
  #epoch = 0;
  #frame = 0;
  #connections = 0;

  private constructor(device: SessionDevice) {
    this.#device = device;
  }

  /** Stands where the relay would, for whatever this page dials from now on. `session` is what the API says of it. */
  static async open(page: Page, device: SessionDevice, session: object): Promise<ScriptedDevice> {
    const scripted = new ScriptedDevice(device);
    const path = `**/api/sessions/${device.sessionId}`;
    await page.route(path, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...((await response.json()) as object), ...session } });
    });
    const ticket = { ticket: toBase64Url(randomBytes(32)), expiresAt: Date.now() + 60_000 };
    await page.route(`${path}/ticket`, (route) => route.fulfill({ json: ticket }));
    await page.routeWebSocket('**/relay/*', (socket) => scripted.#accept(socket));
    return scripted;
  }

  /** How often the page has joined. */
  get connections(): number {
    return this.#connections;
  }

  /** Both connections of the page are there. Returns the nonce of this connection. */
  async joined(): Promise<Bytes> {
    return eventually('the page to join', () => this.#sockets.bulk && this.#agentNonce);
  }

  /** The device joins and both agree on keys. Returns the match code, whether or not it is asked for. */
  async join(): Promise<string> {
    const agentNonce = await this.joined();
    const { sessionId, certificate, privateKey } = this.#device;
    const self: HandshakeParty = { certificatePem: certificate, certificateDer: pemToDer(certificate), privateKey };
    const handshake = new DeviceHandshake({ sessionId, agentConnectionNonce: agentNonce }, self);
    this.#handshake = handshake;
    this.#epoch = 0;
    const before = this.signals.length;
    this.relay({ type: 'device/joined' });
    this.relay({ type: 'peer', body: await handshake.commit() });
    const answer = await eventually('an answer', () => this.#answerAfter(before));
    const agent = { certificateDer: pemToDer(answer.certificate), publicKey: await keyOf(answer.certificate) };
    this.relay({ type: 'peer', body: await handshake.reveal(answer, agent) });
    return handshake.matchCode();
  }

  /** A new epoch: from now on there are seals. */
  async openLink(): Promise<void> {
    const [handshake, agentNonce] = [this.#handshake, this.#agentNonce];
    if (handshake === undefined || agentNonce === undefined) throw new Error('nobody has joined');
    const secrets = { epoch: randomBytes(32), pair: randomBytes(32) };
    const epoch = ++this.#epoch;
    const link = await SealedLink.create({
      transport: {
        sendChunk: (kind, chunk) => this.#sockets[kind]?.send(Buffer.from(chunk)),
        waitingBytes: () => 0,
        onChunk: () => undefined,
        onClose: () => undefined,
        close: () => undefined,
      },
      sessionId: this.#device.sessionId,
      epoch,
      secrets,
      party: 'device',
      self: { sender: 0, connectionNonce: this.#nonce },
      peer: { sender: SENDER, connectionNonce: agentNonce },
      onRefused: (reason) => {
        throw new Error(`the page sent what does not open: ${reason}`);
      },
    });
    link.listen('input', (payload) => this.input.push(parsed(decodeMessage(inputMessage, payload))));
    link.listen('control', (payload) => this.control.push(parsed(decodeMessage(controlFromAgent, payload))));
    this.#link = link;
    this.relay({ type: 'peer', body: await handshake.wrapEpoch(epoch, secrets, this.#nonce) });
  }

  /** What the relay says on its own. */
  relay(message: RelayToAgent): void {
    this.#sockets.control?.send(JSON.stringify(message));
  }

  state(state: SessionState, detail: SessionDetail = {}): void {
    const nothing = { grantedMode: null, pauseReason: null, deadlineAt: null, endReason: null };
    this.relay({ type: 'session', state, ...nothing, ...detail });
  }

  /** Sealed, in order. */
  async say(...messages: readonly ControlFromDevice[]): Promise<void> {
    for (const message of messages) await this.#link?.send('control', encodeMessage(message), { grant: GRANT });
  }

  /** A whole picture of plain rectangles. */
  async paint(size: { width: number; height: number }, regions: readonly FillRegion[]): Promise<void> {
    const frame = { isKey: true, ...size, number: this.#frame++, capturedAtMs: 0, regions: [...regions] };
    await this.#link?.send('picture', encodePicture(frame), { grant: GRANT, isKey: true });
  }

  #answerAfter(count: number): HandshakeAnswer | undefined {
    const signal = this.signals.slice(count).find(({ type }) => type === 'peer');
    return signal?.type === 'peer' ? handshakeAnswer.parse(signal.body) : undefined;
  }

  #accept(socket: WebSocketRoute): void {
    const kind = socket.url().endsWith('/control') ? 'control' : 'bulk';
    let isJoined = false;
    socket.onMessage((message) => {
      if (typeof message !== 'string') return this.#link?.receive(kind, new Uint8Array(message));
      if (isJoined) return void this.signals.push(agentToRelay.parse(JSON.parse(message)));
      isJoined = true;
      this.#onJoin(socket, kind, message);
    });
  }

  #onJoin(socket: WebSocketRoute, kind: ConnectionKind, message: string): void {
    if (kind === 'control') {
      this.#connections += 1;
      this.#agentNonce = fromBase64(agentJoin.parse(JSON.parse(message)).nonce);
      delete this.#sockets.bulk;
      this.#link?.close();
      const bulkTicket = toBase64Url(randomBytes(32));
      socket.send(JSON.stringify({ type: 'welcome', sessionId: this.#device.sessionId, sender: SENDER, bulkTicket }));
    }
    this.#sockets[kind] = socket;
  }
}

function parsed<T>(message: T | undefined): T {
  if (message === undefined) throw new Error('the page sent a message that is none');
  return message;
}
