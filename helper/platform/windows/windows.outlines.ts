/**
 * Frames around what is hidden: one surface for each, above the windows of programs, through which every click goes. The
 * banner comes in front of them by itself (thread.surfaces.ts).
 */
import { LatestOnly } from '../latest-only.ts';
import { fitOutlines, OUTLINE_SIZE, paintLabel, paintStripes } from '../paint/outlines.layout.ts';
import type { Outline } from '../paint/outlines.layout.ts';
import type { Outlines } from '../platform.ts';
import { outlinePicture } from './surface.picture.ts';
import { virtualDesktop } from './windows.screens.ts';
import { gdiText, systemScale } from './windows.text.ts';
import type { WindowThread } from './windows.thread.ts';

export class WindowsOutlines implements Outlines {
  readonly #thread: WindowThread;
  readonly #onError: (error: unknown) => void;
  readonly #update = new LatestOnly(() => this.#draw());
  readonly #stopNews: () => void;
  #wanted: readonly Outline[] = [];
  /** Ids of surfaces by outline. */
  #shown: ReadonlyMap<string, number> = new Map();

  constructor(thread: WindowThread, onError: (error: unknown) => void) {
    this.#thread = thread;
    this.#onError = onError;
    this.#stopNews = thread.onNews(({ type }) => {
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
    const outlines = fitOutlines(this.#wanted, virtualDesktop());
    const shown = new Map<string, number>();
    for (const outline of outlines) {
      const key = JSON.stringify(outline);
      if (!shown.has(key)) shown.set(key, this.#shown.get(key) ?? (await this.#put(outline)));
    }
    for (const [key, id] of this.#shown) if (!shown.has(key)) await this.#thread.ask({ type: 'take-away', id });
    this.#shown = shown;
  }

  async #put({ rect, label }: Outline): Promise<number> {
    const scale = systemScale();
    const style = { sizePx: Math.round(OUTLINE_SIZE.text * scale), isBold: true };
    const text =
      label === ''
        ? undefined
        : await gdiText.render(label, { ...style, maxWidthPx: Math.round(OUTLINE_SIZE.maxText * scale) });
    const picture = outlinePicture(rect, {
      stripes: paintStripes(scale),
      bar: Math.round(OUTLINE_SIZE.bar * scale),
      label: text && paintLabel(text, scale),
    });
    const id = this.#thread.nextId();
    await this.#thread.ask({ type: 'put', surface: { id, place: rect, picture, title: '' } });
    return id;
  }
}
