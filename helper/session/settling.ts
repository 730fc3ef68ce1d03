/**
 * Where a window is uncovered, the screen goes on showing the one that was over it until the program has painted, and a
 * compositor lets windows fade, shrink and slide away after they are gone. And of a window that is new it is not known at
 * once whether a password is asked for in it. So what has just become visible stays hidden a little longer. Pure; time is
 * given.
 */
import { joinNeighbours, subtract } from '../pipeline/rects.ts';
import type { DesktopWindow, Rect } from '../platform/platform.ts';
import { commonParts } from './visibility.ts';

/**
 * Programs paint within 50 ms even when the computer is busy; GNOME's longest animation, that of minimising, takes 400. The
 * password field of a new window is reported 50 to 160 ms after its window.
 */
export const SETTLE_MS = 450;

interface Fresh {
  parts: Rect[];
  until: number;
}

export class Settling {
  #visible: readonly Rect[] = [];
  /** What became visible together, oldest first. Parts of different entries do not overlap. */
  #fresh: Fresh[] = [];

  /**
   * What may be shown at `now` (milliseconds) of what is visible by the windows' places (`visibleParts`). To be called for
   * every list of windows, and again at `nextAt`. In `appeared` there is something else than before.
   */
  show(visible: readonly Rect[], now: number, appeared: readonly Rect[] = []): Rect[] {
    const before = this.#visible.flatMap((part) => subtract(part, appeared));
    const uncovered = visible.flatMap((part) => subtract(part, before));
    const waiting = this.#fresh
      .filter(({ until }) => until > now)
      .map(({ parts, until }) => ({ parts: commonParts(parts, visible), until }))
      .map(({ parts, until }) => ({ parts: parts.flatMap((part) => subtract(part, appeared)), until }));
    if (uncovered.length > 0) waiting.push({ parts: uncovered, until: now + SETTLE_MS });
    this.#fresh = waiting.filter(({ parts }) => parts.length > 0);
    this.#visible = visible;
    const hidden = this.#fresh.flatMap(({ parts }) => parts);
    if (hidden.length === 0) return [...visible];
    return joinNeighbours(visible.flatMap((part) => subtract(part, hidden)));
  }

  /** When more may be shown although no window changes; undefined when nothing waits. */
  nextAt(): number | undefined {
    return this.#fresh[0]?.until;
  }
}

/** Windows that were not there a moment ago, other than menus: a password may be asked for in each. */
export class Arrivals {
  #known: ReadonlySet<string> | undefined;
  /** By id, until when they are new. */
  readonly #fresh = new Map<string, number>();

  /** Where they can be seen. Those of the first list were there before. */
  note(windows: readonly DesktopWindow[], now: number): Rect[] {
    const known = this.#known;
    this.#known = new Set(windows.map(({ id }) => id));
    for (const [id, until] of this.#fresh) if (until <= now) this.#fresh.delete(id);
    if (known === undefined) return [];
    return windows.flatMap(({ id, bounds, isPopup, isShell }, at) => {
      if (known.has(id) || isPopup || isShell === true) return [];
      this.#fresh.set(id, now + SETTLE_MS);
      const inFront = windows.slice(0, at).flatMap(({ opaque }) => opaque);
      return subtract(bounds, inFront);
    });
  }

  isNew(id: string, now: number): boolean {
    return now < (this.#fresh.get(id) ?? 0);
  }
}
