/**
 * Frames around what is hidden: one surface for each, above the windows of programs, through which every click goes. The
 * banner comes in front of them by itself.
 */
import { LatestOnly } from '../latest-only.ts';
import { fitOutlines, OUTLINE_SIZE, paintLabel, paintStripes } from '../paint/outlines.layout.ts';
import type { Outline } from '../paint/outlines.layout.ts';
import type { Outlines } from '../platform.ts';
import { outlinePicture } from './surface.picture.ts';
import type { SurfaceHost } from './surface.host.ts';

export class OutlineSurfaces implements Outlines {
  readonly #host: SurfaceHost;
  readonly #onError: (error: unknown) => void;
  readonly #update = new LatestOnly(() => this.#draw());
  readonly #stopNews: () => void;
  #wanted: readonly Outline[] = [];
  /** Ids of surfaces by outline. */
  #shown: ReadonlyMap<string, number> = new Map();

  constructor(host: SurfaceHost, onError: (error: unknown) => void) {
    this.#host = host;
    this.#onError = onError;
    this.#stopNews = host.onNews(({ type }) => {
      if (type === 'screens') this.#update.run().catch(onError);
    });
  }

  show(outlines: readonly Outline[]): void {
    // The desktop is told of every change, and would ask for the outlines again.
    if (JSON.stringify(outlines) === JSON.stringify(this.#wanted)) return;
    this.#wanted = structuredClone(outlines);
    this.#update.run().catch(this.#onError);
  }

  close(): void {
    this.#stopNews();
    this.#wanted = [];
    this.#update.run().catch(this.#onError);
  }

  /** New ones are there before old ones go; one that has not changed stays as it is. */
  async #draw(): Promise<void> {
    const outlines = fitOutlines(this.#wanted, this.#host.desktop());
    const shown = new Map<string, number>();
    for (const outline of outlines) {
      const key = JSON.stringify(outline);
      if (!shown.has(key)) shown.set(key, this.#shown.get(key) ?? (await this.#put(outline)));
    }
    for (const [key, id] of this.#shown) if (!shown.has(key)) await this.#host.takeAway(id);
    this.#shown = shown;
  }

  async #put({ rect, label }: Outline): Promise<number> {
    const scale = this.#host.scale();
    const style = { sizePx: Math.round(OUTLINE_SIZE.text * scale), isBold: true };
    const text =
      label === ''
        ? undefined
        : await this.#host.text.render(label, { ...style, maxWidthPx: Math.round(OUTLINE_SIZE.maxText * scale) });
    const picture = outlinePicture(rect, {
      stripes: paintStripes(scale),
      bar: Math.round(OUTLINE_SIZE.bar * scale),
      label: text && paintLabel(text, scale),
    });
    const id = this.#host.nextId();
    await this.#host.put({ id, place: rect, picture, title: '' });
    return id;
  }
}
