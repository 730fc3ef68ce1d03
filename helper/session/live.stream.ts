/** Picture out, cursor out, input in: what runs between Start and the next pause or Stop, for one agent. */
import type { Bytes } from '../../protocol/bytes.ts';
import type { Capability } from '../../protocol/capabilities.ts';
import { toBase64Url } from '../../protocol/bytes.ts';
import type { Channel, ConnectionKind } from '../../protocol/frame.ts';
import type { SealedLink } from '../../protocol/sealed-link.ts';
import { controlFromAgent, decodeMessage, encodeMessage, type ControlFromDevice } from '../../protocol/stream.ts';
import type { CaptureSession, CursorShape, Platform, Rect } from '../platform/platform.ts';
import type { AgentJoin } from './agent.join.ts';
import type { DesktopWatch } from './desktop.watch.ts';
import { InputApplier } from './input.applier.ts';
import { LOCAL_HAND_MS, type InputRefusal } from './input.gate.ts';
import { PictureStream, type FrameEncoder } from './picture.stream.ts';

export interface LiveStreamOptions {
  platform: Platform;
  watch: DesktopWatch;
  join: AgentJoin;
  link: SealedLink;
  capture: CaptureSession;
  encoder: FrameEncoder;
  waitingBytes: () => number;
  now: () => number;
  onError: (cause: unknown) => void;
}

/** A refusal is told once in this time, not for every movement. */
const REFUSAL_NOTICE_MS = 500;

export class LiveStream {
  readonly #options: LiveStreamOptions;
  readonly #pictures: PictureStream;
  readonly #input: InputApplier;
  #isStopped = false;
  /** When each reason was last told. */
  readonly #told = new Map<InputRefusal, number>();
  #localHand: NodeJS.Timeout | undefined;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
    const { platform, watch, join, link, capture, now } = options;
    const screen = (): Rect => capture.screen.bounds;
    this.#pictures = new PictureStream({
      ...options,
      masks: () => watch.masks().map((mask) => moved(mask, screen())),
      send: (frame) => this.#send('picture', frame.payload, { isKey: frame.isKey }),
    });
    this.#input = new InputApplier({
      input: platform.input,
      watch,
      isGranted: () => !this.#isStopped && join.holds('input'),
      screen,
      now,
      onRefused: (reason) => this.#onInputRefused(reason),
      onError: options.onError,
    });
    link.listen('input', (payload) => this.#input.receive(payload));
    link.listen('control', (payload) => this.#onControl(payload));
    capture.onCursorMove((x, y) =>
      this.#sendCursor({ type: 'move', x: Math.round(x), y: Math.round(y), isVisible: true }),
    );
    capture.onCursorShape((shape) => this.#sendShape(shape));
    capture.onScreenChange((change) => {
      if (change === 'resized') this.#pictures.requestKey();
    });
    watch.onLocalInput(() => this.#onLocalInput());
    // A key that is held repeats into whatever has the focus.
    watch.onConsentFocus(() => this.releaseInput());
  }

  start(): void {
    this.tellGrants();
    this.#pictures.start();
  }

  /** What the agent's frames have to name; again after every change. */
  tellGrants(): void {
    const { grants } = this.#options.join;
    const view = grants.get('view');
    if (view === undefined) return;
    const input = grants.get('input');
    this.#tell({ type: 'grants', view: tagHex(view.tag), input: input === undefined ? null : tagHex(input.tag) });
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
    this.#options.link.close();
    // Each on its own: a display that fails in one must not keep the other from stopping.
    for (const stop of [() => this.#input.release(), () => this.#pictures.stop()]) {
      try {
        stop();
      } catch (cause) {
        this.#options.onError(cause);
      }
    }
  }

  async #send(channel: Channel, payload: Bytes, how: { isKey?: boolean; capability?: Capability } = {}): Promise<void> {
    const { join, link } = this.#options;
    const grant = join.grants.get(how.capability ?? 'view');
    if (this.#isStopped || grant === undefined || !join.holds('view')) return;
    await link.send(channel, payload, { grant: grant.tag, isKey: how.isKey ?? false });
  }

  #tell(message: ControlFromDevice): void {
    void this.#send('control', encodeMessage(message)).catch(this.#options.onError);
  }

  #sendCursor(message: Parameters<typeof encodeMessage>[0]): void {
    void this.#send('cursor', encodeMessage(message)).catch(this.#options.onError);
  }

  #sendShape({ width, height, hotspotX, hotspotY, rgba }: CursorShape): void {
    if (width < 1 || height < 1 || width > 256 || height > 256) return;
    const spot = { hotspotX: Math.min(hotspotX, 255), hotspotY: Math.min(hotspotY, 255) };
    this.#sendCursor({ type: 'shape', width, height, ...spot, rgba: toBase64Url(rgba) });
  }

  #onControl(payload: Uint8Array): void {
    const message = decodeMessage(controlFromAgent, payload);
    if (message?.type === 'ack') this.#pictures.acknowledge(message.frame);
    if (message?.type === 'key-request') this.#pictures.requestKey();
    if (message?.type === 'ping') this.#tell({ type: 'pong', sentAt: message.sentAt });
  }

  #onInputRefused(reason: InputRefusal | 'invalid' | 'too-fast'): void {
    if (reason === 'invalid' || reason === 'too-fast') return;
    const now = this.#options.now();
    if (now - (this.#told.get(reason) ?? -Infinity) < REFUSAL_NOTICE_MS) return;
    this.#told.set(reason, now);
    this.#tell({ type: 'input-refused', reason });
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

function tagHex(tag: bigint): string {
  return tag.toString(16).padStart(16, '0');
}

/** From desktop to picture coordinates. */
function moved(rect: Rect, screen: Rect): Rect {
  return { ...rect, x: rect.x - screen.x, y: rect.y - screen.y };
}
