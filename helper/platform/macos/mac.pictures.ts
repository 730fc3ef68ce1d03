/** Pictures of one display, see screenshots.ts. Icons on the desktop are names of files, so no picture has them. */
import { findChanges } from '../picture.changes.ts';
import type { Rect, Screen } from '../platform.ts';
import type { ScreenPictures } from '../screen.pictures.ts';
import { Bitmap } from './bitmaps.ts';
import { release } from './core.foundation.ts';
import type { Ref } from './frameworks.ts';
import { displayFilter, pictureSettings, screenshot } from './screenshots.ts';
import { listedWindows, windowLevels } from './window.list.ts';

export class MacPictures implements ScreenPictures {
  readonly method = { name: 'macos-screenshots', why: undefined } as const;
  readonly looks = { firstMs: 25, lastMs: 150 } as const;
  readonly #bounds: Rect;
  readonly #displayId: number;
  readonly #settings: Ref;
  #latest: Bitmap;
  #previous: Bitmap;
  /** What is captured, and which windows it leaves out. */
  #filter: { object: Ref; icons: string } | undefined;

  constructor({ id, bounds }: Screen) {
    this.#bounds = bounds;
    this.#displayId = Number(id);
    this.#settings = pictureSettings(bounds);
    this.#latest = new Bitmap(bounds, 'none');
    this.#previous = new Bitmap(bounds, 'none');
  }

  get previous(): Uint8Array {
    return this.#previous.bytes;
  }

  changes(): Rect[] {
    const { width, height } = this.#bounds;
    return findChanges({ latest: this.#latest.bytes, previous: this.#previous.bytes, width, height });
  }

  keep(): Promise<void> {
    [this.#latest, this.#previous] = [this.#previous, this.#latest];
    return Promise.resolve();
  }

  /** Icons that came while the picture was made are in it: then there is none. */
  async copy(): Promise<boolean> {
    const icons = iconWindows();
    const filter = await this.#filterWithout(icons);
    const image = filter === undefined ? null : await screenshot(filter, this.#settings);
    if (image === null) return false;
    try {
      await this.#latest.draw(image);
    } finally {
      release(image);
    }
    return keyOf(iconWindows()) === keyOf(icons);
  }

  close(): void {
    release(this.#filter?.object ?? null);
    release(this.#settings);
    this.#latest.close();
    this.#previous.close();
  }

  async #filterWithout(icons: ReadonlySet<number>): Promise<Ref | undefined> {
    if (this.#filter?.icons === keyOf(icons)) return this.#filter.object;
    release(this.#filter?.object ?? null);
    this.#filter = undefined;
    const object = await displayFilter({ id: this.#displayId, hidden: icons });
    if (object !== undefined) this.#filter = { object, icons: keyOf(icons) };
    return object;
  }
}

function iconWindows(): Set<number> {
  const { desktopIcons } = windowLevels();
  return new Set(listedWindows().flatMap(({ number, layer }) => (layer === desktopIcons ? [number] : [])));
}

function keyOf(icons: ReadonlySet<number>): string {
  return [...icons].sort((a, b) => a - b).join();
}
