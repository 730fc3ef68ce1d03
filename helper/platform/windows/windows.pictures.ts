/**
 * Pictures by desktop duplication, which knows what changed, or, where that does not work and until it does, by GDI
 * (docs/decisions/0018). Duplication begins with the first wait for changes: whoever wants one picture only, as for a
 * thumbnail, has it by GDI at once. No call of the system in here.
 */
import type { CaptureMethod, Rect } from '../platform.ts';
import type { PictureWish, ScreenPictures } from '../screen.pictures.ts';

export interface PictureWays {
  size: Pick<Rect, 'width' | 'height'>;
  /** `why`: what stands against duplication. */
  gdi: (why: string | undefined) => ScreenPictures;
  duplication: () => ScreenPictures;
}

export class WindowsPictures implements ScreenPictures {
  readonly #ways: PictureWays;
  readonly #whole: Rect;
  #pictures: ScreenPictures;
  /** Takes the place of `#pictures` once it has a picture. */
  #coming: ScreenPictures | undefined;
  /** Nothing was kept of `#pictures`, but of those before. */
  #isSwitched = false;

  /** `why`: duplication was given up before. */
  constructor(ways: PictureWays, why: string | undefined) {
    this.#ways = ways;
    this.#whole = { x: 0, y: 0, ...ways.size };
    this.#pictures = ways.gdi(why);
  }

  get method(): CaptureMethod {
    return this.#pictures.method;
  }

  get looks(): ScreenPictures['looks'] {
    return this.#pictures.looks;
  }

  get previous(): Uint8Array {
    return this.#pictures.previous;
  }

  async copy(wish: PictureWish): Promise<boolean> {
    if (wish.isAwaited) await this.#tryDuplication();
    try {
      return await this.#pictures.copy(wish);
    } catch (cause) {
      if (this.#isByGdi()) throw cause;
      this.#use(this.#ways.gdi(String(cause)));
      return this.#pictures.copy(wish);
    }
  }

  changes(): readonly Rect[] {
    return this.#isSwitched ? [this.#whole] : this.#pictures.changes();
  }

  async keep(): Promise<void> {
    await this.#pictures.keep();
    this.#isSwitched = false;
  }

  close(): void {
    this.#coming?.close();
    this.#pictures.close();
  }

  /** Until the graphics card has told of the first change, pictures come by GDI. */
  async #tryDuplication(): Promise<void> {
    if (!this.#isByGdi() || this.method.why !== undefined) return;
    const coming = (this.#coming ??= this.#ways.duplication());
    try {
      if (await coming.copy({ isForGrab: false, isAwaited: true })) this.#use(coming);
    } catch (cause) {
      coming.close();
      this.#use(this.#ways.gdi(String(cause)));
    }
  }

  #isByGdi(): boolean {
    return this.method.name === 'windows-gdi';
  }

  #use(pictures: ScreenPictures): void {
    this.#coming = undefined;
    this.#pictures.close();
    this.#pictures = pictures;
    this.#isSwitched = true;
  }
}
