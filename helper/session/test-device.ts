/** A device session with everything around it: a relay, a consent window and an agent, all played by the test. */
import { Buffer } from 'node:buffer';
import { X509Certificate } from 'node:crypto';
import { fromBase64, pemToDer, randomBytes, toBase64Url, type Bytes } from '../../protocol/bytes.ts';
import type { Capability, Mode } from '../../protocol/capabilities.ts';
import type { ConnectionKind } from '../../protocol/frame.ts';
import { openGrant, type GrantStatement } from '../../protocol/grant.ts';
import { calm } from '../../protocol/calm.fixture.ts';
import { AgentHandshake, SIGNATURE_ALGORITHM, type HandshakeAnswer } from '../../protocol/handshake.ts';
import type { EndReason, SessionState } from '../../protocol/lifecycle.ts';
import type { DeviceToRelay, RelayToDevice } from '../../protocol/relay.ts';
import { SealedLink } from '../../protocol/sealed-link.ts';
import type { Scope } from '../../protocol/scope.ts';
import type { Transport } from '../../protocol/transport.ts';
import type { ConsentAction, ConsentView } from '../consent/consent.views.ts';
import type { ConsentWindow } from '../consent/consent.window.ts';
import type { Enrolment } from '../enrol/enrol.ts';
import {
  createTestAuthority,
  deviceOf,
  identityOf,
  importPublicKey,
  newTestKey,
  type TestKey,
} from '../enrol/test-authority.ts';
import { importSessionKey } from './agent.join.ts';
import { DesktopWatch } from './desktop.watch.ts';
import type { DeviceSessionOptions, SessionEnd, SignalPath, Surroundings } from './device.parts.ts';
import type { DevicePhase } from './device.phases.ts';
import { DeviceSession } from './device.session.ts';
import type { SessionHandover } from './handover.ts';
import { LiveStream, type PictureSource } from './live.stream.ts';
import { askableReaches } from './question.desk.ts';
import { ScreenGuard } from './screen.guard.ts';
import type { Moment } from './session.clock.ts';
import { FakeEncoder, SCREEN, createTestDesktop, type TestDesktop } from './test-desktop.ts';

export const POLICY = {
  capabilities: ['view', 'input', 'files', 'elevated'],
  limitedOnly: [],
  idleLimitS: 900,
  masks: [],
};
export const SESSION_ID = `ses_${'a'.repeat(26)}`;
export const authority = createTestAuthority();
export const agentKey = newTestKey();
export const otherKey = newTestKey();
const deviceKey = newTestKey();

export const AGENT = { name: 'Li Wei', employeeNumber: 'E1024', department: 'Service desk' };

/** An identity certificate of the internal CA, unless told otherwise. */
export function identityCertificate(
  changes: { name?: string; employeeNumber?: string; key?: TestKey; notAfter?: number } = {},
): string {
  const { key = agentKey, notAfter, ...person } = changes;
  const period = notAfter === undefined ? {} : { notAfter };
  return authority.issue({ ...identityOf({ ...AGENT, ...person }), publicKeyPem: key.publicKeyPem, ...period });
}

export const invitedCertificate = identityCertificate();
const deviceCertificate = authority.issue({ ...deviceOf(SESSION_ID), publicKeyPem: deviceKey.publicKeyPem });
const devicePublicKey = await importPublicKey(deviceKey.publicKeyPem);
const sessionKey = await importSessionKey(deviceKey.privateKeyPem);

/** The device's path to the relay; the test is the relay. */
export class FakeRelay implements SignalPath {
  nonce = toBase64Url(randomBytes(16));
  readonly signals: DeviceToRelay[] = [];
  readonly chunks: { kind: ConnectionKind; chunk: Bytes }[] = [];
  #onSignal: (signal: RelayToDevice) => void = () => undefined;
  #onChunk: (kind: ConnectionKind, chunk: Bytes) => void = () => undefined;
  #onClose: () => void = () => undefined;
  #onDown: () => void = () => undefined;
  onDeviceChunk: (kind: ConnectionKind, chunk: Bytes) => void = () => undefined;

  signal(message: DeviceToRelay): void {
    this.signals.push(message);
  }
  sendChunk(kind: ConnectionKind, chunk: Bytes): void {
    this.chunks.push({ kind, chunk });
    this.onDeviceChunk(kind, chunk);
  }
  waitingBytes(): number {
    return 0;
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
  close(): void {
    this.#onClose();
  }
  closeGently(): Promise<void> {
    return Promise.resolve();
  }

  /** What the relay says. */
  async says(...signals: RelayToDevice[]): Promise<void> {
    for (const signal of signals) this.#onSignal(signal);
    await calm();
  }
  passes(kind: ConnectionKind, chunk: Bytes): void {
    this.#onChunk(kind, chunk);
  }
  onDown(listener: () => void): void {
    this.#onDown = listener;
  }
  /** The connection is gone; the next one comes with `return`. */
  lose(): void {
    this.#onDown();
  }
  async return(): Promise<void> {
    this.nonce = toBase64Url(randomBytes(16));
    await calm();
  }
  /** There will be no other connection. */
  refuse(): void {
    this.#onClose();
  }
  /** Kinds of what the device has said, messages to the agent by their own. */
  said(): string[] {
    return this.signals.map((signal) => (signal.type === 'peer' ? signal.body.type : signal.type));
  }
}

export class FakeConsent implements ConsentWindow {
  readonly views: ConsentView[] = [];
  #onAction: (action: ConsentAction) => void = () => undefined;
  #onClosed: () => void = () => undefined;

  show(view: ConsentView): void {
    this.views.push(view);
  }
  onAction(listener: (action: ConsentAction) => void): void {
    this.#onAction = listener;
  }
  onClosed(listener: () => void): void {
    this.#onClosed = listener;
  }
  pids(): ReadonlySet<number> {
    return new Set([7]);
  }
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** What the person does, without waiting for what follows. */
  does(action: ConsentAction): void {
    this.#onAction(action);
  }
  dismiss(): void {
    this.#onClosed();
  }
  steps(): string[] {
    return this.views.map((view) => view.step);
  }
  last(): ConsentView | undefined {
    return this.views.at(-1);
  }
  question(): Extract<ConsentView, { step: 'ask' }> | undefined {
    return this.views.findLast((view) => view.step === 'ask');
  }
}

/** Waits for what is sure to come. */
async function until(what: string, isSo: () => boolean): Promise<void> {
  const startedAt = performance.now();
  while (!isSo()) {
    if (performance.now() - startedAt > 10_000) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export interface TestDevice {
  session: DeviceSession;
  relay: FakeRelay;
  consent: FakeConsent;
  desktop: TestDesktop;
  encoders: FakeEncoder[];
  phases: string[];
  /** How it ended; undefined while it goes on. */
  ended(): EndReason | undefined;
  /** What it gave to the process that goes on with it. */
  handover(): SessionHandover | undefined;
  /** What the device takes the time to be; set by the test. */
  clock: Moment;
  log: string[];
}

export async function startDevice(
  changes: {
    enrolment?: Partial<Enrolment>;
    options?: Partial<DeviceSessionOptions>;
    surroundings?: Partial<Surroundings>;
  } = {},
): Promise<TestDevice> {
  const [relay, consent, desktop] = [new FakeRelay(), new FakeConsent(), createTestDesktop()];
  const { platform } = desktop;
  const encoders: FakeEncoder[] = [];
  const phases: string[] = [];
  const log: string[] = [];
  const enrolment = { ...enrolmentOf(), ...changes.enrolment };
  const clock: Moment = { wall: Date.now(), mono: 1000 };
  const onError = (cause: unknown): unknown => log.push(String(cause));
  const watch = new DesktopWatch(platform, { consentPids: () => consent.pids(), now: () => clock.mono, onError });
  const { id, name, bounds } = SCREEN;
  const choices = { screens: [{ id, name, width: bounds.width, height: bounds.height, thumbnail: null }], windows: [] };
  const surroundings: Surroundings = {
    hotkeyLabel: 'Ctrl+Alt+Shift+Q',
    hideHotkeyLabel: 'Ctrl+Alt+Shift+H',
    canFindPasswords: () => true,
    lastLocalInputAt: () => watch.view().lastLocalInputAt,
    lock: () => platform.lock.reason(),
    elevation: () => 'impossible',
    masks: () => [],
    choices: () => Promise.resolve(choices),
    ...changes.surroundings,
  };
  const session = new DeviceSession({
    enrolment,
    sessionKey,
    connection: relay,
    consent,
    surroundings,
    startStream: async ({ join, screenId, epoch, masks, events }) => {
      const { link, message } = await join.openLink(epoch, relay, (reason) => log.push(reason));
      const capture = await platform.capture.open(screenId);
      relay.signal({ type: 'peer', sender: join.sender, body: message });
      const encoder = new FakeEncoder();
      encoders.push(encoder);
      const { rights } = join;
      const { input, fields, terminals, lock } = platform;
      const screen = (): typeof SCREEN.bounds => capture.screen.bounds;
      const common = { rights, now: () => clock.mono, onError };
      const onMasked = (rule: string): void => relay.signal({ type: 'masked', rule });
      const guard = new ScreenGuard({
        ...common,
        watch,
        screen,
        rules: [],
        own: masks,
        fields,
        terminals,
        lock,
        onMasked,
      });
      const askable = askableReaches(enrolment.policy, surroundings.elevation());
      const stream = { ...common, ...events, input, guard, askable, link, capture, encoder };
      const onSource = ({ capture, video }: PictureSource): void => void log.push(`source ${capture.name} ${video}`);
      return new LiveStream({ ...stream, waitingBytes: () => 0, onScene: () => undefined, onSource });
    },
    consentText: (about) => `text of ${about.kind === 'mode' ? about.mode : about.capability}`,
    onPhase: (phase: DevicePhase) => phases.push(phase.name === 'live' ? `live ${phase.mode}` : phase.name),
    restartElevated: () => Promise.reject(new Error('not asked for')),
    clock: () => ({ ...clock }),
    log: (event) => log.push(event),
    ...changes.options,
  });
  let end: SessionEnd | undefined;
  void session.run().then((ended) => (end = ended));
  await calm();
  const ended = (): EndReason | undefined => (end !== undefined && 'reason' in end ? end.reason : undefined);
  const handover = (): SessionHandover | undefined =>
    end !== undefined && 'handover' in end ? end.handover : undefined;
  return { session, relay, consent, desktop, encoders, phases, ended, handover, log, clock };
}

function enrolmentOf(): Enrolment {
  return {
    sessionId: SESSION_ID,
    certificate: deviceCertificate,
    ca: authority.pem,
    pinnedCa: authority.pem,
    notAfter: Date.now() + 3_600_000,
    organisation: 'Example',
    sharerName: 'Wang Fang',
    reason: 'Look at the printer',
    requestedMode: 'control',
    agentCertificate: invitedCertificate,
    agentPhoto: null,
    language: 'en',
    policy: POLICY,
    sessionLimitS: 7200,
    key: { privateKeyPem: deviceKey.privateKeyPem, csrPem: '' },
  };
}

export interface TestAgentOptions {
  sender?: number;
  certificate?: string;
  key?: TestKey;
}

/** The agent's end, with the real key agreement and the real link. */
export class TestAgent {
  readonly sender: number;
  readonly nonce = randomBytes(16);
  matchCode = '';
  link: SealedLink | undefined;
  /** `picture: …`, `control: …` as they were opened, and refusals. */
  readonly heard: string[] = [];
  readonly #device: TestDevice;
  readonly #certificate: string;
  readonly #key: TestKey;
  #handshake: AgentHandshake | undefined;
  #taken = 0;

  constructor(device: TestDevice, options: TestAgentOptions = {}) {
    this.#device = device;
    this.sender = options.sender ?? 1;
    this.#certificate = options.certificate ?? invitedCertificate;
    this.#key = options.key ?? agentKey;
  }

  /** Joins and answers the commitment; what the answer is may be changed on the way. */
  async join(change: (answer: HandshakeAnswer) => HandshakeAnswer = (answer) => answer): Promise<void> {
    const { relay } = this.#device;
    const pkcs8 = Buffer.from(this.#key.privateKeyPem.replace(/-----[^-]+-----/g, ''), 'base64');
    const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, SIGNATURE_ALGORITHM, false, ['sign']);
    const certificatePem = this.#certificate;
    this.#handshake = new AgentHandshake(
      { sessionId: SESSION_ID, agentConnectionNonce: this.nonce },
      { certificatePem, certificateDer: pemToDer(certificatePem), privateKey },
    );
    this.#taken = relay.signals.length;
    const { serialNumber } = new X509Certificate(invitedCertificate);
    const who = { sender: this.sender, serialNumber: serialNumber.toLowerCase(), nonce: toBase64Url(this.nonce) };
    await relay.says({ type: 'agent/joined', ...who });
    await this.#expect('handshake/commit');
    const commit = this.#next('handshake/commit');
    if (commit?.type !== 'handshake/commit') return;
    const answer = await this.#handshake.answer(commit);
    await relay.says({ type: 'peer', sender: this.sender, body: change(answer) });
    await this.#expect('handshake/reveal');
    const reveal = this.#next('handshake/reveal');
    if (reveal?.type !== 'handshake/reveal') return;
    const device = { certificateDer: pemToDer(reveal.certificate), publicKey: devicePublicKey };
    this.matchCode = await this.#handshake.accept(reveal, device);
    await calm();
  }

  /** Opens the link with the keys that the device has sent. */
  async listen(): Promise<void> {
    const { relay } = this.#device;
    await this.#expect('handshake/epoch');
    const message = this.#next('handshake/epoch');
    if (message?.type !== 'handshake/epoch' || this.#handshake === undefined) throw new Error('no keys have come');
    const { epoch, secrets, deviceConnectionNonce } = await this.#handshake.unwrapEpoch(message);
    const transport: Transport = {
      sendChunk: (kind, chunk) => relay.passes(kind, chunk),
      waitingBytes: () => 0,
      onChunk: () => undefined,
      onClose: () => undefined,
      close: () => undefined,
    };
    const link = await SealedLink.create({
      transport,
      sessionId: SESSION_ID,
      epoch,
      secrets,
      party: 'agent',
      self: { sender: this.sender, connectionNonce: this.nonce },
      peer: { sender: 0, connectionNonce: deviceConnectionNonce },
      onRefused: (reason) => this.heard.push(reason),
    });
    this.link = link;
    for (const channel of ['picture', 'control', 'cursor'] as const)
      link.listen(channel, (payload) => this.heard.push(`${channel} ${Buffer.from(payload).toString()}`));
    for (const { kind, chunk } of relay.chunks) link.receive(kind, chunk);
    relay.onDeviceChunk = (kind, chunk) => link.receive(kind, chunk);
    await until('the first picture', () => this.heard.some((each) => each.startsWith('picture')));
    await calm();
  }

  /** Sends input under a grant. */
  async operates(message: object, grant: bigint): Promise<void> {
    await this.link?.send('input', new TextEncoder().encode(JSON.stringify(message)), { grant });
    await calm();
  }

  /** Waits for a message of the key agreement, or the end. */
  async #expect(type: string): Promise<void> {
    await until(type, () => this.#next(type) !== undefined || this.#device.ended() !== undefined);
  }

  #next(type: string) {
    const { signals } = this.#device.relay;
    const found = signals.slice(this.#taken).find((signal) => signal.type === 'peer' && signal.body.type === type);
    return found?.type === 'peer' ? found.body : undefined;
  }
}

/** Statements of the grants that the device has signed, in order. Throws when one is not signed by its session key. */
export async function grantsOf(relay: FakeRelay): Promise<GrantStatement[]> {
  const signed = relay.signals.flatMap((signal) => (signal.type === 'grant' ? [signal.grant] : []));
  return Promise.all(
    signed.map(async (grant) => {
      const statement = await openGrant(grant, devicePublicKey);
      if (statement === undefined) throw new Error('a grant that is not signed by the session key');
      return statement;
    }),
  );
}

export const tagOf = (statements: readonly GrantStatement[], capability: Capability): bigint =>
  BigInt(`0x${statements.findLast((each) => each.capability === capability)?.id.slice(0, 16) ?? '0'}`);

/** What the relay says of the session's state. */
export function sessionSignal(
  state: SessionState,
  change: Partial<Extract<RelayToDevice, { type: 'session' }>> = {},
): RelayToDevice {
  return { type: 'session', state, grantedMode: null, pauseReason: null, deadlineAt: null, endReason: null, ...change };
}

/** The answer of a person who picks this code. */
export function startOf(
  code: string,
  mode: Mode,
  { see = 'all', operate = 'all' }: { see?: Scope; operate?: Scope } = {},
): Extract<ConsentAction, { type: 'start' }> {
  return { type: 'start', code, mode, screenId: SCREEN.id, see, operate, hide: [], hideAreas: [] };
}

/** The sharer picks the code that the agent reads out, and starts. The relay confirms. */
export async function agreeAndStart(
  device: TestDevice,
  agent: TestAgent,
  choice: Mode | { mode: Mode; see?: Scope; operate?: Scope },
): Promise<void> {
  const { mode, ...scopes } = typeof choice === 'string' ? { mode: choice } : choice;
  const granted = device.relay.said().filter((each) => each === 'grant').length;
  device.consent.does(startOf(agent.matchCode, mode, scopes));
  const isGranted = (): boolean => device.relay.said().filter((each) => each === 'grant').length > granted;
  await until('a grant', isGranted);
  await calm();
  await device.relay.says(sessionSignal('active', { grantedMode: mode }));
  await agent.listen();
}

/** Bytes of one certificate, with a text in it replaced by another of the same length. */
export function tamper(pem: string, was: string, becomes: string): string {
  const der = Buffer.from(fromBase64(pem.replace(/-----[^-]+-----|\s/g, '')));
  const at = der.indexOf(was);
  if (at < 0 || was.length !== becomes.length) throw new Error('nothing to tamper with');
  der.write(becomes, at);
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
