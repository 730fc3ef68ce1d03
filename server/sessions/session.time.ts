import type { Clock } from '../platform/clock.ts';
import type { SessionRow } from './sessions.tables.ts';

type TimedRow = Pick<SessionRow, 'id' | 'state' | 'stateSince'>;

/**
 * Time as a session lives it: what its limits are measured with. The clock on the wall says when a state began, the
 * monotonic one how long ago that is, and whichever of them is further on counts. So no session gets longer because
 * somebody sets the clock back, nor by the machine's sleep, in which only the clock on the wall goes on.
 */
export interface SessionTimes {
  /** Milliseconds since 1970. */
  now(row: TimedRow): number;
  /** The same without a look at the database. */
  nowOf(sessionId: string): number;
  /** What a time of this session's is on the wall as it is set at the moment: for people. */
  onWall(row: TimedRow, at: number): number;
  forget(sessionId: string): void;
}

/** When the present state began, by both clocks. The next one begins at the time that is reached by then. */
interface Anchor {
  at: number;
  monotonic: number;
}

export function createSessionTimes(clock: Clock): SessionTimes {
  const anchors = new Map<string, Anchor>();

  function anchorOf({ id, stateSince: at }: TimedRow): Anchor {
    const known = anchors.get(id);
    if (known?.at === at) return known;
    // Just now; or before a restart, and how long ago that is only the clock on the wall can tell.
    const anchor = { at, monotonic: clock.monotonic() - Math.max(0, clock.now() - at) };
    anchors.set(id, anchor);
    return anchor;
  }

  const furthest = ({ at, monotonic }: Anchor): number =>
    Math.max(clock.now(), Math.floor(at + clock.monotonic() - monotonic));

  const now = (row: TimedRow): number => (row.state === 'ended' ? clock.now() : furthest(anchorOf(row)));

  return {
    now,
    nowOf: (sessionId) => {
      const anchor = anchors.get(sessionId);
      return anchor === undefined ? clock.now() : furthest(anchor);
    },
    // To the second: by less than that both clocks differ all the time.
    onWall: (row, at) => at - Math.round((now(row) - clock.now()) / 1000) * 1000,
    forget: (sessionId) => {
      anchors.delete(sessionId);
    },
  };
}
