import type { Clock } from '../platform/clock.ts';
import type { SessionTimes } from './session.time.ts';
import type { RoomFigures } from '../relay/relay.room.ts';

/** Who is connected to a session now and what has passed through it. In memory: a restart disconnects everybody anyway. */
export interface Presence {
  isAgentConnected: boolean;
  isDeviceConnected: boolean;
  /** Since when a device that had been here is gone, by the session's time; null while it is here or never was. */
  deviceLostAt: number | null;
  figures: RoomFigures;
  /** When the relay last told them; null before it has. */
  figuresAt: number | null;
}

export interface PresenceBook {
  of(sessionId: string): Presence;
  /** False when nothing changed. */
  setConnected(sessionId: string, who: 'agent' | 'device', isConnected: boolean): boolean;
  /** After a restart: the device may have been here and has not come back yet, and so much had passed. */
  resume(sessionId: string, before: { deviceLostAt: number; figures: RoomFigures }): void;
  /** Figures of the present room: they start again from zero when everybody had left and came back. */
  recordFigures(sessionId: string, figures: RoomFigures): void;
  /** What changed since it was last asked. */
  takeChangedFigures(): Map<string, RoomFigures>;
  forget(sessionId: string): void;
  sessionIds(): string[];
}

interface Entry extends Presence {
  earlierRooms: RoomFigures;
  room: RoomFigures;
  isDirty: boolean;
}

const NOTHING: RoomFigures = { bytes: 0, pictureFrames: 0, inputFrames: 0 };

const sum = (a: RoomFigures, b: RoomFigures): RoomFigures => ({
  bytes: a.bytes + b.bytes,
  pictureFrames: a.pictureFrames + b.pictureFrames,
  inputFrames: a.inputFrames + b.inputFrames,
});

export function createPresenceBook(clock: Clock, times: Pick<SessionTimes, 'nowOf'>): PresenceBook {
  const entries = new Map<string, Entry>();

  function entryOf(sessionId: string): Entry {
    const known = entries.get(sessionId);
    if (known !== undefined) return known;
    const absent = {
      isAgentConnected: false,
      isDeviceConnected: false,
      deviceLostAt: null,
      figuresAt: null,
      isDirty: false,
    };
    const entry = { ...absent, figures: NOTHING, earlierRooms: NOTHING, room: NOTHING };
    entries.set(sessionId, entry);
    return entry;
  }

  return {
    of: entryOf,
    setConnected: (sessionId, who, isConnected) => {
      const entry = entryOf(sessionId);
      const key = who === 'agent' ? 'isAgentConnected' : 'isDeviceConnected';
      if (entry[key] === isConnected) return false;
      entry[key] = isConnected;
      if (who === 'device') entry.deviceLostAt = isConnected ? null : times.nowOf(sessionId);
      return true;
    },
    resume: (sessionId, { deviceLostAt, figures }) => {
      Object.assign(entryOf(sessionId), { deviceLostAt, figures, earlierRooms: figures });
    },
    recordFigures: (sessionId, figures) => {
      const entry = entryOf(sessionId);
      if (figures.bytes < entry.room.bytes) entry.earlierRooms = entry.figures;
      entry.isDirty ||= figures.bytes !== entry.room.bytes;
      entry.room = { ...figures };
      entry.figuresAt = clock.now();
      entry.figures = sum(entry.earlierRooms, entry.room);
    },
    takeChangedFigures: () => {
      const changed = [...entries].filter(([, entry]) => entry.isDirty);
      for (const [, entry] of changed) entry.isDirty = false;
      return new Map(changed.map(([sessionId, { figures }]) => [sessionId, figures]));
    },
    forget: (sessionId) => {
      entries.delete(sessionId);
    },
    sessionIds: () => [...entries.keys()],
  };
}
