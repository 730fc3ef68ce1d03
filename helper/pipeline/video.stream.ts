/** The moving picture of a screen: one open encoder, reopened when its rectangle changes. */
import type { VideoRegion } from '../../protocol/picture.ts';
import type { VideoPlan } from './motion.ts';
import { isSameRect, type Rect } from './rects.ts';
import type { Pixels } from './pixels.ts';
import type { OpenVideoEncoder, VideoEncoder } from './video.encoder.ts';

export class VideoStream {
  readonly #open: OpenVideoEncoder;
  #current: { encoder: VideoEncoder; coded: Rect } | undefined;
  #bitsPerSecond: number;
  #isKeyWanted = false;

  constructor(open: OpenVideoEncoder, bitsPerSecond: number) {
    this.#open = open;
    this.#bitsPerSecond = bitsPerSecond;
  }

  get coded(): Rect | undefined {
    return this.#current?.coded;
  }

  setBitsPerSecond(bitsPerSecond: number): void {
    this.#bitsPerSecond = bitsPerSecond;
    this.#current?.encoder.setBitsPerSecond(bitsPerSecond);
  }

  /** The next frame needs nothing before it. */
  requestKey(): void {
    this.#isKeyWanted = true;
  }

  /** Takes the pixels of the planned rectangle at once and resolves to the region that paints them. */
  async encode(source: Pixels, { coded, painted }: VideoPlan, atMs: number): Promise<VideoRegion> {
    const isSame = isSameRect(coded, this.#current?.coded);
    if (!isSame) this.close();
    this.#current ??= { encoder: this.#open(coded, this.#bitsPerSecond), coded };
    const isKey = !isSame || this.#isKeyWanted;
    this.#isKeyWanted = false;
    const unit = await this.#current.encoder.encode(source, coded, { isKey, atMs });
    return { kind: 'video', rect: painted, coded, isKey: unit.isKey, accessUnit: unit.bytes };
  }

  close(): void {
    this.#current?.encoder.close();
    this.#current = undefined;
  }
}
