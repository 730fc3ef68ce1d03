/**
 * The banner as a surface, which hears presses and drags of the local person alone. Where it goes is decided here, since
 * each place is announced before the banner is there.
 */
import { isSameRect } from '../../pipeline/rects.ts';
import { LatestOnly } from '../latest-only.ts';
import { paintBanner } from '../paint/banner.paint.ts';
import type { PaintedBanner } from '../paint/banner.paint.ts';
import type { BannerText, Overlay, Rect } from '../platform.ts';
import { pillPicture } from './surface.picture.ts';
import type { SurfaceHost, SurfaceNews } from './surface.host.ts';

/** Distance from the top edge of the screen, in pixels. */
const TOP_MARGIN = 4;

interface Place {
  x: number;
  y: number;
}

interface PutBanner {
  text: BannerText;
  painted: PaintedBanner;
  place: Rect;
  picture?: Uint8Array;
}

export interface BannerTools {
  host: SurfaceHost;
  /** Hears every place where the banner may be, before it goes there, and the one where it is, once it is there. */
  announce: (places: readonly Rect[]) => Promise<void>;
  onError: (error: unknown) => void;
}

export class BannerSurface implements Overlay {
  readonly #tools: BannerTools;
  readonly #id: number;
  readonly #stopListeners = new Set<() => void>();
  readonly #stopNews: () => void;
  readonly #update = new LatestOnly(() => this.#show());
  readonly #move = new LatestOnly(() => this.#followHand());
  #text: BannerText | undefined;
  #painted: PaintedBanner | undefined;
  #bounds: Rect | undefined;
  /** Where the person put the banner; top centre until then. */
  #placed: Place | undefined;

  constructor(tools: BannerTools) {
    this.#tools = tools;
    this.#id = tools.host.nextId();
    this.#stopNews = tools.host.onNews((news) => this.#take(news));
  }

  showBanner(text: BannerText): void {
    this.#text = text;
    this.#background(this.#update.run());
  }

  hideBanner(): void {
    this.#text = undefined;
    this.#bounds = undefined;
    this.#background(this.#takeAway());
  }

  bannerBounds(): Rect | undefined {
    return this.#bounds;
  }

  onStop(listener: () => void): void {
    this.#stopListeners.add(listener);
  }

  close(): void {
    this.#stopNews();
    this.#stopListeners.clear();
    this.hideBanner();
  }

  async #takeAway(): Promise<void> {
    await this.#tools.host.takeAway(this.#id);
    await this.#announceWhereItIs();
  }

  async #show(): Promise<void> {
    const text = this.#text;
    if (!text) return;
    const { host } = this.#tools;
    const painted = await paintBanner(text, host.text, host.scale());
    const bounds = { ...this.#place(painted), width: painted.width, height: painted.height };
    await this.#announceMove(bounds);
    if (this.#text === undefined) return this.#announceWhereItIs(); // hidden meanwhile
    this.#painted = painted;
    this.#bounds = bounds;
    await this.#put({ text, painted, place: bounds, picture: pillPicture(painted) });
    await this.#announceWhereItIs();
  }

  async #put({ text: { who, mode }, painted, ...shown }: PutBanner): Promise<void> {
    // Without the time, which would be news every second to lists of windows and screen readers.
    const title = `Handrail: ${who} · ${mode}`;
    const surface = { id: this.#id, title, button: painted.stop, ...shown };
    await this.#tools.host.put(surface);
  }

  async #announceMove(to: Rect): Promise<void> {
    const from = this.#bounds;
    if (!isSameRect(to, from)) await this.#tools.announce(from === undefined ? [to] : [from, to]);
  }

  async #announceWhereItIs(): Promise<void> {
    await this.#tools.announce(this.#bounds === undefined ? [] : [this.#bounds]);
  }

  /** Top centre of the primary screen, or where it was dragged to, always whole inside the desktop. */
  #place(size: { width: number; height: number }): Place {
    const { host } = this.#tools;
    const desktop = host.desktop();
    if (this.#placed) return clampInto(this.#placed, size, desktop);
    const screen = host.screens()[0]?.bounds ?? desktop;
    return { x: screen.x + Math.max(0, Math.round((screen.width - size.width) / 2)), y: screen.y + TOP_MARGIN };
  }

  #take(news: SurfaceNews): void {
    if (news.type === 'screens' && this.#text) this.#background(this.#update.run());
    if (!('id' in news) || news.id !== this.#id) return;
    if (news.type === 'pressed') for (const listener of this.#stopListeners) listener();
    if (news.type === 'dragged') {
      this.#placed = news.to;
      this.#background(this.#move.run());
    }
  }

  async #followHand(): Promise<void> {
    if (!this.#bounds) return;
    const bounds = { ...this.#bounds, ...this.#place(this.#bounds) };
    await this.#announceMove(bounds);
    if (this.#bounds && this.#text && this.#painted) {
      this.#bounds = bounds;
      await this.#put({ text: this.#text, painted: this.#painted, place: bounds });
    }
    await this.#announceWhereItIs();
  }

  #background(work: Promise<unknown>): void {
    work.catch(this.#tools.onError);
  }
}

function clampInto(at: Place, size: { width: number; height: number }, bounds: Rect): Place {
  return {
    x: Math.max(bounds.x, Math.min(at.x, bounds.x + bounds.width - size.width)),
    y: Math.max(bounds.y, Math.min(at.y, bounds.y + bounds.height - size.height)),
  };
}
