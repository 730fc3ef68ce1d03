/**
 * From damage to sealed picture frames: at most one frame being made, at most a few on the way, newest wins. When the
 * viewer has not painted what was sent, nothing is grabbed; damage gathers and the next grab takes all of it.
 */
import type { Bytes } from '../../protocol/bytes.ts';
import { subtract } from '../pipeline/rects.ts';
import type { CaptureSession, Picture, Rect } from '../platform/platform.ts';

/** What the stream needs of an encoder (`pipeline/picture.encoder.ts`). Calls are awaited one after the other. */
export interface FrameEncoder {
  /** Areas, in picture coordinates, that nobody may see. */
  setMasks(masks: readonly Rect[]): void;
  /** Undefined when nothing that is shown has changed. */
  encode(picture: Picture, now: number): Promise<EncodedFrame | undefined>;
  /** The next frame without a new picture: what was put off, or exact pixels for what went as video. */
  refine(budgetBytes: number, now: number): Promise<EncodedFrame | undefined>;
  /** When `refine` will have something to send; undefined when viewers lack nothing. */
  nextRefineAt(now: number): number | undefined;
  /** The next frame needs nothing before it. */
  requestKey(): void;
  /** What makes the moving pictures, as FFmpeg calls it. */
  readonly videoEncoder: string;
  close(): void;
}

export interface EncodedFrame {
  payload: Bytes;
  /** Number that the viewer acknowledges. */
  number: number;
  isKey: boolean;
}

/** What stands between the screen and the encoder. */
export interface PictureShield {
  /** What nobody may see as of now, in picture coordinates. Asked before each grab. */
  raise(): Promise<readonly Rect[]>;
  /** Whether that was true all the while since; asked after the grab. */
  stood(): Promise<boolean>;
}

export interface PictureStreamOptions {
  capture: CaptureSession;
  encoder: FrameEncoder;
  shield: PictureShield;
  send: (frame: EncodedFrame) => Promise<void>;
  /** Bytes handed to the carrier that the network has not taken. */
  waitingBytes: () => number;
  now: () => number;
  onError: (cause: unknown) => void;
}

/** Frames on the way at most; the viewer acknowledges what it has painted. */
const MAX_IN_FLIGHT = 4;
const MAX_WAITING_BYTES = 256 * 1024;
const IDLE_KEY_MS = 60_000;
const REFINE_BUDGET_BYTES = 48 * 1024;
const REFINE_RETRY_MS = 20;
/** A picture that needs nothing before it is large: requests within this time lead to one. */
const MIN_KEY_INTERVAL_MS = 500;
/** After a failure everything is tried again, complete, but not at once. */
const AFTER_FAILURE_MS = 500;

export class PictureStream {
  readonly #options: PictureStreamOptions;
  /** Numbers of frames sent and not yet painted by the viewer. */
  readonly #inFlight = new Set<number>();
  #masks: readonly Rect[] = [];
  #isDamaged = true;
  #isBusy = false;
  #isStopped = false;
  /** Something failed; nothing is tried before the complete picture that is due then. */
  #isFailing = false;
  #lastKeyAt = -Infinity;
  #keyTimer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  readonly #idle: NodeJS.Timeout;

  constructor(options: PictureStreamOptions) {
    this.#options = options;
    options.capture.onDamage(() => {
      this.#isDamaged = true;
      this.#pump();
    });
    this.#idle = setInterval(() => this.#idleTick(), 1000);
  }

  start(): void {
    this.requestKey();
  }

  /** The next picture needs nothing before it. What was on its way may be lost and is not waited for any longer. */
  requestKey(): void {
    if (this.#isStopped || this.#keyTimer !== undefined) return;
    const wait = this.#lastKeyAt + MIN_KEY_INTERVAL_MS - this.#options.now();
    if (wait <= 0) return this.#sendKey();
    this.#keyTimer = this.#keyAfter(wait);
  }

  #keyAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#keyTimer = undefined;
      this.#sendKey();
    }, ms);
  }

  #sendKey(): void {
    this.#inFlight.clear();
    this.#isFailing = false;
    this.#options.encoder.requestKey();
    this.#options.capture.invalidate();
    this.#lastKeyAt = this.#options.now();
    this.#isDamaged = true;
    this.#pump();
  }

  /** What is covered may have changed although no pixel has. */
  look(): void {
    this.#isDamaged = true;
    this.#pump();
  }

  /** The viewer has painted this frame, and with it all before. */
  acknowledge(frame: number): void {
    for (const sent of this.#inFlight) if (sent <= frame) this.#inFlight.delete(sent);
    this.#pump();
  }

  /** Frames sent and not yet painted by the viewer. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Nothing is grabbed or sent after this line. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearInterval(this.#idle);
    clearTimeout(this.#retry);
    clearTimeout(this.#keyTimer);
    this.#options.capture.close();
    // Not under the feet of a frame that is being made.
    if (!this.#isBusy) this.#options.encoder.close();
  }

  #idleTick(): void {
    if (this.#options.now() - this.#lastKeyAt > IDLE_KEY_MS && this.#inFlight.size === 0) this.requestKey();
    else this.#pump();
  }

  #pump(): void {
    if (this.#isBusy || this.#isStopped || this.#isFailing) return;
    if (this.#inFlight.size >= MAX_IN_FLIGHT) return;
    if (this.#options.waitingBytes() > MAX_WAITING_BYTES) return this.#later(5);
    this.#isBusy = true;
    void this.#makeOne()
      .catch((cause: unknown) => this.#onFailure(cause))
      .then((isMade) => {
        this.#isBusy = false;
        if (this.#isStopped) this.#options.encoder.close();
        else if (isMade || this.#isDamaged) this.#pump();
      });
  }

  /** What the failed frame had taken is lost to the next one, so that one must be complete. */
  #onFailure(cause: unknown): boolean {
    if (this.#isStopped) return false;
    this.#options.onError(cause);
    this.#isFailing = true;
    this.#keyTimer ??= this.#keyAfter(AFTER_FAILURE_MS);
    return false;
  }

  #later(ms: number): void {
    clearTimeout(this.#retry);
    if (!this.#isStopped) this.#retry = setTimeout(() => this.#pump(), Math.max(1, ms));
  }

  /** Whether there may be more to do at once. */
  async #makeOne(): Promise<boolean> {
    const { capture, encoder, shield, now } = this.#options;
    const masks = await shield.raise();
    if (this.#isStopped) return false;
    this.#uncover(masks);
    encoder.setMasks(masks);
    if (this.#isDamaged) {
      this.#isDamaged = false;
      const picture = await capture.grab();
      if (this.#isStopped) return false;
      // Something moved while pixels were taken: they are nobody's to see.
      if (picture !== undefined && !(await shield.stood())) {
        capture.invalidate(picture.damage);
        this.#isDamaged = true;
        return true;
      }
      if (this.#isStopped) return false;
      const encoded = picture && (await encoder.encode(picture, now()));
      if (encoded !== undefined) {
        await this.#send(encoded);
        return true;
      }
    }
    return this.#refine();
  }

  /** What was covered and is not any more has to be taken anew although nothing there has changed. */
  #uncover(masks: readonly Rect[]): void {
    const uncovered = this.#masks.flatMap((mask) => subtract(mask, masks));
    this.#masks = masks;
    if (uncovered.length === 0) return;
    this.#options.capture.invalidate(uncovered);
    this.#isDamaged = true;
  }

  async #refine(): Promise<boolean> {
    const { encoder, now } = this.#options;
    const at = encoder.nextRefineAt(now());
    if (at === undefined) return false;
    if (at > now()) {
      this.#later(at - now());
      return false;
    }
    const encoded = await encoder.refine(REFINE_BUDGET_BYTES, now());
    if (encoded !== undefined) await this.#send(encoded);
    // Due and yet nothing: ask again a little later, not at once.
    else this.#later(REFINE_RETRY_MS);
    return encoded !== undefined;
  }

  async #send(encoded: EncodedFrame): Promise<void> {
    if (this.#isStopped) return;
    this.#inFlight.add(encoded.number);
    await this.#options.send(encoded);
  }
}
