import type { GatewaySessions } from '../sessions/sessions.gateway.ts';
import type { RelayFigures } from '../relay/relay.room.ts';

/** What has passed all relays since the start, and what was refused by reason: numbers alone, nobody's in particular. */
export interface RelayTally {
  figures: RelayFigures;
  refusals: Map<string, number>;
}

type Counting = Pick<GatewaySessions, 'recordFigures' | 'recordRefusals'>;

const NOTHING: RelayFigures = { bytes: 0, chunks: 0, pictureFrames: 0, inputFrames: 0 };

export function createRelayTally(): RelayTally {
  return { figures: { ...NOTHING }, refusals: new Map() };
}

/** The same sessions, with what the gateway reports counted on its way. */
export function countRelay<S extends GatewaySessions>(sessions: S, tally: RelayTally): S {
  /** By the room's own object, whose numbers only grow: a new room of the same session has another one. */
  const counted = new WeakMap<RelayFigures, RelayFigures>();
  const counting: Counting = {
    recordFigures: (sessionId, figures) => {
      const before = counted.get(figures) ?? NOTHING;
      for (const name of ['bytes', 'chunks', 'pictureFrames', 'inputFrames'] as const)
        tally.figures[name] += figures[name] - before[name];
      counted.set(figures, { ...figures });
      sessions.recordFigures(sessionId, figures);
    },
    recordRefusals: (sessionId, who, refusals) => {
      for (const { reason, count } of refusals) tally.refusals.set(reason, (tally.refusals.get(reason) ?? 0) + count);
      sessions.recordRefusals(sessionId, who, refusals);
    },
  };
  return { ...sessions, ...counting };
}
