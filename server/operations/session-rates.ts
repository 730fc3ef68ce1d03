import type { OpenSession } from '../sessions/sessions.overview.ts';

interface Sample {
  at: number;
  bytes: number;
  pictureFrames: number;
}

export interface SessionRate {
  bytesPerS: number | null;
  framesPerS: number | null;
}

/** Two figures closer than this say little, two farther apart say nothing of now. Milliseconds. */
const LEAST_MS = 1000;
const MOST_MS = 60_000;

/** Rates from what the page asks anyway: between the last two figures of the relay that were looked at. */
export class SessionRates {
  readonly #samples = new Map<string, { older: Sample | null; newer: Sample }>();

  /** Call for all open sessions at once: the others are forgotten. */
  read(sessions: readonly OpenSession[]): Map<string, SessionRate> {
    const open = new Set(sessions.map(({ id }) => id));
    for (const id of this.#samples.keys()) if (!open.has(id)) this.#samples.delete(id);
    return new Map(sessions.map((session) => [session.id, this.#rateOf(session)]));
  }

  #rateOf({ id, figures, figuresAt }: OpenSession): SessionRate {
    if (figuresAt === null) return { bytesPerS: null, framesPerS: null };
    const sample = { at: figuresAt, bytes: figures.bytes, pictureFrames: figures.pictureFrames };
    const known = this.#samples.get(id);
    const isNews = known === undefined || sample.at - known.newer.at >= LEAST_MS;
    const pair = isNews ? { older: known?.newer ?? null, newer: sample } : known;
    this.#samples.set(id, pair);
    const { older, newer } = pair;
    if (older === null || newer.at - older.at > MOST_MS) return { bytesPerS: null, framesPerS: null };
    const perS = (before: number, after: number): number => ((after - before) * 1000) / (newer.at - older.at);
    return {
      bytesPerS: perS(older.bytes, newer.bytes),
      framesPerS: perS(older.pictureFrames, newer.pictureFrames),
    };
  }
}
