/**
 * Where a window is uncovered, the screen goes on showing the one that was over it until the program has painted, and a
 * compositor lets windows fade, shrink and slide away after they are gone. So what has just become visible stays hidden a
 * little longer. Pure; time is given.
 */
import { joinNeighbours, subtract } from '../pipeline/rects.ts';
import type { Rect } from '../platform/platform.ts';
import { commonParts } from './visibility.ts';

/** Programs paint within 50 ms even when the computer is busy; GNOME's longest animation, that of minimising, takes 400. */
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
   * every list of windows, and again at `nextAt`.
   */
  show(visible: readonly Rect[], now: number): Rect[] {
    const uncovered = visible.flatMap((part) => subtract(part, this.#visible));
    const waiting = this.#fresh
      .filter(({ until }) => until > now)
      .map(({ parts, until }) => ({ parts: commonParts(parts, visible), until }));
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
