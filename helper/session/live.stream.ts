/** Picture out, cursor out, input in: what runs between Start and the next pause or Stop, for one agent. */
import type { Bytes } from '../../protocol/bytes.ts';
import type { AllowedReach } from '../../protocol/capabilities.ts';
import { toBase64Url } from '../../protocol/bytes.ts';
import type { Channel, ConnectionKind } from '../../protocol/frame.ts';
import type { SealedLink } from '../../protocol/sealed-link.ts';
import { controlFromAgent, decodeMessage, encodeMessage, type ControlFromDevice } from '../../protocol/stream.ts';
import type { FrozenBy, InputRefusal } from '../../protocol/stream.ts';
import type { CaptureMethod, CaptureSession, CursorShape, InputInjector } from '../platform/platform.ts';
import type { HeldRights } from './held.rights.ts';
import { InputApplier } from './input.applier.ts';
import { LOCAL_HAND_MS } from './input.gate.ts';
import { PictureStream, type FrameEncoder } from './picture.stream.ts';
import type { Ask } from './question.desk.ts';
import type { ScreenGuard } from './screen.guard.ts';

export interface PictureSource {
  capture: CaptureMethod;
  /** Encoder of moving pictures, as FFmpeg calls it. */
  video: string;
}

export interface LiveStreamOptions {
  input: InputInjector;
  guard: ScreenGuard;
  rights: HeldRights;
  askable: readonly AllowedReach[];
  link: SealedLink;
  capture: CaptureSession;
  encoder: FrameEncoder;
  waitingBytes: () => number;
  now: () => number;
  onError: (cause: unknown) => void;
  /** What is covered has changed. */
  onScene: () => void;
  /** How pictures are taken and encoded, at first and after each change. */
  onSource: (source: PictureSource) => void;
  /** What the agent wants. */
  onAsk: (ask: Ask) => void;
  onAskWithdrawn: (id: string) => void;
}

/** A refusal is told once in this time, not for every movement. */
const REFUSAL_NOTICE_MS = 500;
/** The agent hears of what is covered at most this often; the picture itself does not wait. */
const SCENE_NOTICE_MS = 100;

export class LiveStream {
  readonly #options: LiveStreamOptions;
  readonly #pictures: PictureStream;
  readonly #input: InputApplier;
  #isStopped = false;
  /** When each reason was last told. */
  readonly #told = new Map<InputRefusal, number>();
  #localHand: NodeJS.Timeout | undefined;
  #sceneTimer: NodeJS.Timeout | undefined;
  #scene = '';
  #source = '';

  constructor(options: LiveStreamOptions) {
    this.#options = options;
    const { guard, link, capture } = options;
    this.#pictures = new PictureStream({
      ...options,
      shield: guard,
      send: (frame) => {
        this.#tellSource();
        return this.#send('picture', frame.payload, frame.isKey);
      },
    });
    this.#input = new InputApplier({
      input: options.input,
      gate: guard,
      screen: () => capture.screen.bounds,
      onRefused: (reason) => this.#onInputRefused(reason),
      onError: options.onError,
    });
    link.listen('input', (payload) => this.#input.receive(payload));
    link.listen('control', (payload) => this.#onControl(payload));
    capture.onCursorMove((x, y) => this.#sendCursorAt(Math.round(x), Math.round(y)));
    capture.onCursorShape((shape) => this.#sendShape(shape));
    capture.onScreenChange((change) => {
      if (change === 'resized') this.#pictures.requestKey();
    });
    guard.onLocalInput(() => this.#onLocalInput());
    // A key that is held repeats into whatever has the focus.
    guard.onKeysElsewhere(() => this.releaseInput());
    guard.onChange(() => this.#onSceneChange());
  }

  start(): void {
    this.tellGrants();
    this.#tellScene();
    this.#pictures.start();
  }

  /** What the agent's frames have to name, and what may be asked for; again after every change. */
  tellGrants(): void {
    const { rights, askable } = this.#options;
    const held = [...rights.rights()].flatMap(([capability, { reach }]) => {
      const newest = rights.grantsOf(capability).at(-1);
      if (newest === undefined) return [];
      const { tag, purpose, notAfter } = newest;
      return [{ capability, tag: tag.toString(16).padStart(16, '0'), reach, purpose, notAfter }];
    });
    this.#tell({ type: 'grants', rights: held, askable: [...askable] });
    // What may be seen or used has changed with them.
    this.#options.guard.changed();
  }

  /** Holds all remote input back, or lets it go on. */
  freeze(by: FrozenBy): void {
    this.#options.guard.freeze(by !== null);
    if (by !== null) this.releaseInput();
    this.#tell({ type: 'frozen', by });
  }

  tellQuestion(id: string, state: Extract<ControlFromDevice, { type: 'question' }>['state']): void {
    this.#tell({ type: 'question', id, state });
  }

  receive(kind: ConnectionKind, chunk: Uint8Array): void {
    this.#options.link.receive(kind, chunk);
  }

  requestKey(): void {
    this.#pictures.requestKey();
  }

  releaseInput(): void {
    if (!this.#isStopped) this.#input.release();
  }

  /** Nothing is sent and nothing stays held after this line. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#localHand);
    clearTimeout(this.#sceneTimer);
    this.#options.link.close();
    // Each on its own: a display that fails in one must not keep the other from stopping.
    for (const stop of [() => this.#input.release(), () => this.#pictures.stop(), () => this.#options.guard.close()]) {
      try {
        stop();
      } catch (cause) {
        this.#options.onError(cause);
      }
    }
  }

  async #send(channel: Channel, payload: Bytes, isKey = false): Promise<void> {
    const { rights, link } = this.#options;
    const grant = rights.grantsOf('view').at(-1);
    if (this.#isStopped || grant === undefined) return;
    await link.send(channel, payload, { grant: grant.tag, isKey });
  }

  #tell(message: ControlFromDevice): void {
    void this.#send('control', encodeMessage(message)).catch(this.#options.onError);
  }

  #sendCursor(message: Parameters<typeof encodeMessage>[0]): void {
    void this.#send('cursor', encodeMessage(message)).catch(this.#options.onError);
  }

  /** Over what is covered the pointer would tell where something is. */
  #sendCursorAt(x: number, y: number): void {
    const isVisible = !this.#options.guard.isCovered(x, y);
    this.#sendCursor(isVisible ? { type: 'move', x, y, isVisible } : { type: 'move', x: 0, y: 0, isVisible });
  }

  #sendShape({ width, height, hotspotX, hotspotY, rgba }: CursorShape): void {
    if (width < 1 || height < 1 || width > 256 || height > 256) return;
    const spot = { hotspotX: Math.min(hotspotX, 255), hotspotY: Math.min(hotspotY, 255) };
    this.#sendCursor({ type: 'shape', width, height, ...spot, rgba: toBase64Url(rgba) });
  }

  #onControl(payload: Uint8Array): void {
    const message = decodeMessage(controlFromAgent, payload);
    switch (message?.type) {
      case 'ack':
        return this.#pictures.acknowledge(message.frame);
      case 'key-request':
        return this.#pictures.requestKey();
      case 'ping':
        return this.#tell({ type: 'pong', sentAt: message.sentAt });
      case 'ask':
        return this.#options.onAsk(message);
      case 'ask-withdrawn':
        return this.#options.onAskWithdrawn(message.id);
      case undefined:
        return;
    }
  }

  #onInputRefused(reason: InputRefusal | 'invalid' | 'too-fast'): void {
    if (reason === 'invalid' || reason === 'too-fast') return;
    const now = this.#options.now();
    if (now - (this.#told.get(reason) ?? -Infinity) < REFUSAL_NOTICE_MS) return;
    this.#told.set(reason, now);
    this.#tell({ type: 'input-refused', reason });
  }

  /** The picture follows at once; the words about it a little later. */
  #onSceneChange(): void {
    if (this.#isStopped) return;
    this.#pictures.look();
    this.#sceneTimer ??= setTimeout(() => {
      this.#sceneTimer = undefined;
      this.#tellScene();
    }, SCENE_NOTICE_MS);
  }

  #tellScene(): void {
    const scene = this.#options.guard.scene();
    const words = JSON.stringify(scene);
    if (words === this.#scene) return;
    this.#scene = words;
    this.#tell({ type: 'scene', ...scene });
    this.#options.onScene();
  }

  /** Both may change while pictures are made. */
  #tellSource(): void {
    const { capture, encoder } = this.#options;
    const source = { capture: capture.method, video: encoder.videoEncoder };
    const words = JSON.stringify(source);
    if (words === this.#source) return;
    this.#source = words;
    this.#tell({ type: 'source', capture: source.capture.name, video: source.video });
    this.#options.onSource(source);
  }

  #onLocalInput(): void {
    if (this.#isStopped) return;
    if (this.#localHand === undefined) {
      this.#input.release();
      this.#tell({ type: 'local-hand', isActive: true });
    }
    clearTimeout(this.#localHand);
    this.#localHand = setTimeout(() => {
      this.#localHand = undefined;
      this.#tell({ type: 'local-hand', isActive: false });
    }, LOCAL_HAND_MS);
  }
}
