/**
 * The moving picture of a screen: one open encoder, reopened when its rectangle changes. It begins on the processor, which is
 * there at once; when the picture lasts, an encoder on the graphics card is looked for beside it and takes over with a key.
 */
import type { VideoRegion } from '../../protocol/picture.ts';
import type { VideoPlan } from './motion.ts';
import { isSameRect, type Rect } from './rects.ts';
import type { Pixels } from './pixels.ts';
import { PROCESSOR_CODEC } from './video.codecs.ts';
import type { AccessUnit, OpenVideoEncoder, VideoEncoder } from './video.encoder.ts';
import { withinLimit, type EncoderSearch } from './video.trial.ts';

/** Pictures after which a rectangle lasts: half a second of a film. */
const LASTING_FRAMES = 15;
/** Pixels of the shorter side. Some graphics cards refuse what is smaller, and the processor hardly feels it. */
const MIN_GRAPHICS_SIDE = 192;
/** For one picture of a graphics card: a driver that hangs must not hold the session. */
const GRAPHICS_LIMIT_MS = 1000;

interface Current {
  encoder: VideoEncoder;
  isOnGraphics: boolean;
  coded: Rect;
  frames: number;
  /** Found meanwhile, tried, and to be used from the next picture on. */
  better: VideoEncoder | undefined;
}

export interface VideoStreamOptions {
  open: OpenVideoEncoder;
  /** Default: none. */
  search?: Pick<EncoderSearch, 'find' | 'refuse'> | undefined;
}

export class VideoStream {
  readonly #open: OpenVideoEncoder;
  readonly #search: VideoStreamOptions['search'];
  #current: Current | undefined;
  #bitsPerSecond: number;
  #isKeyWanted = false;
  #encoderName = PROCESSOR_CODEC.name;

  constructor({ open, search }: VideoStreamOptions, bitsPerSecond: number) {
    this.#open = open;
    this.#search = search;
    this.#bitsPerSecond = bitsPerSecond;
  }

  get coded(): Rect | undefined {
    return this.#current?.coded;
  }

  /** What made the last picture; at first what will make the next. */
  get encoderName(): string {
    return this.#encoderName;
  }

  setBitsPerSecond(bitsPerSecond: number): void {
    const isSame = bitsPerSecond === this.#bitsPerSecond;
    this.#bitsPerSecond = bitsPerSecond;
    const current = this.#current;
    if (current === undefined || isSame) return;
    this.#leaveBetter(current);
    // Not every graphics card changes its rate while it works.
    if (current.isOnGraphics) this.close();
    else current.encoder.setBitsPerSecond(bitsPerSecond);
  }

  /** The next frame needs nothing before it. */
  requestKey(): void {
    this.#isKeyWanted = true;
  }

  /** Takes the pixels of the planned rectangle at once and resolves to the region that paints them. */
  async encode(source: Pixels, { coded, painted }: VideoPlan, atMs: number): Promise<VideoRegion> {
    if (!isSameRect(coded, this.#current?.coded)) this.close();
    const current = (this.#current ??= {
      encoder: this.#open(coded, this.#bitsPerSecond),
      isOnGraphics: false,
      coded,
      frames: 0,
      better: undefined,
    });
    const isFirst = this.#takeBetter(current) || current.frames === 0;
    const isKey = isFirst || this.#isKeyWanted;
    this.#isKeyWanted = false;
    current.frames += 1;
    if (current.frames === LASTING_FRAMES) void this.#lookForBetter(current);
    const unit = await this.#encodeWith(current, source, { isKey, atMs });
    return { kind: 'video', rect: painted, coded, isKey: unit.isKey, accessUnit: unit.bytes };
  }

  close(): void {
    if (this.#current) this.#leaveBetter(this.#current);
    this.#current?.encoder.close();
    this.#current = undefined;
  }

  async #encodeWith(
    { encoder, isOnGraphics, coded }: Current,
    source: Pixels,
    options: { isKey: boolean; atMs: number },
  ): Promise<AccessUnit> {
    this.#encoderName = encoder.name;
    const unit = encoder.encode(source, coded, options);
    if (!isOnGraphics) return unit;
    try {
      return await withinLimit(unit, GRAPHICS_LIMIT_MS);
    } catch (cause) {
      this.#search?.refuse(encoder.name, cause);
      throw cause;
    }
  }

  async #lookForBetter(current: Current): Promise<void> {
    const { width, height } = current.coded;
    const bitsPerSecond = this.#bitsPerSecond;
    if (Math.min(width, height) < MIN_GRAPHICS_SIDE) return;
    const found = await this.#search?.find({ width, height }, bitsPerSecond);
    if (current === this.#current && bitsPerSecond === this.#bitsPerSecond) current.better = found;
    else found?.close();
  }

  #leaveBetter(current: Current): void {
    current.better?.close();
    current.better = undefined;
  }

  /** Whether another encoder goes on from here. */
  #takeBetter(current: Current): boolean {
    if (current.better === undefined) return false;
    current.encoder.close();
    current.encoder = current.better;
    current.isOnGraphics = true;
    current.better = undefined;
    return true;
  }
}
