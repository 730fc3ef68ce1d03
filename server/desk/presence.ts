import type { DeskAgent, Presence } from '../../protocol/api/queues.ts';
import { listActiveWithRoles, readPersonRefs } from '../access/people.repository.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import type { LiveHub } from '../platform/live.ts';
import type { Timers } from '../platform/timers.ts';
import type { DeskNews } from './desk.news.ts';
import { DESK_ROLES, isOnDesk } from './request-rights.ts';
import type { RequestSessions } from './request-sessions.ts';
import { listDesk } from './requests.repository.ts';

/** A reload, a changed network: short of this nobody has left. */
const GRACE_MS = 20_000;

/** Who is on the desk, and what they are on. In memory: after a restart everybody comes back and says it again. */
export interface PresenceBook {
  say(personId: string, presence: Presence): void;
  agents(): DeskAgent[];
}

export interface PresenceDeps {
  database: Database;
  clock: Clock;
  hub: LiveHub;
  news: DeskNews;
  timers: Timers;
  sessions: RequestSessions;
}

interface Seen {
  isConnected: boolean;
  since: number;
  /** What the person said since they came; leaving forgets it. */
  said: Presence | null;
  stopLeaving?: () => void;
}

export function createPresenceBook(deps: PresenceDeps): PresenceBook {
  const { clock, hub, news, timers } = deps;
  const seen = new Map<string, Seen>();

  function left(personId: string): void {
    seen.set(personId, { isConnected: false, since: clock.now(), said: null });
    news.presenceChanged();
  }

  function comesOrGoes(personId: string): void {
    const before = seen.get(personId);
    before?.stopLeaving?.();
    if (!hub.isPersonConnected(personId)) {
      if (before?.isConnected === true) before.stopLeaving = timers.after(GRACE_MS, () => left(personId));
      return;
    }
    if (before?.isConnected === true) return;
    seen.set(personId, { isConnected: true, since: clock.now(), said: null });
    news.presenceChanged();
  }

  hub.onConnection(({ personId, roles }) => {
    if (personId !== null && isOnDesk(roles)) comesOrGoes(personId);
  });

  return {
    say: (personId, presence) => {
      const before = seen.get(personId);
      seen.set(personId, { ...(before ?? { isConnected: false, since: clock.now() }), said: presence });
      news.presenceChanged();
    },
    agents: () => describeAgents(deps, seen),
  };
}

/** What colleagues see. A hand-set "away" counts even in a session; without a page nobody is there. */
export function shownPresence(at: { isConnected: boolean; isInSession: boolean; said: Presence | null }): Presence {
  if (!at.isConnected || at.said === 'away') return 'away';
  return at.isInSession ? 'busy' : (at.said ?? 'available');
}

const IN_SESSION = new Set(['connecting', 'active', 'paused']);
const ORDER: readonly Presence[] = ['available', 'busy', 'away'];

function describeAgents({ database, sessions }: PresenceDeps, seen: ReadonlyMap<string, Seen>): DeskAgent[] {
  const tx: Tx = database.db;
  const people = listActiveWithRoles(tx, DESK_ROLES);
  const taken = listDesk(tx).open.filter((row) => row.agentId !== null);
  const newest = sessions.newest(
    tx,
    taken.map(({ id }) => id),
  );
  const employees = readPersonRefs(
    tx,
    taken.map(({ employeeId }) => employeeId),
  );
  const agents = people.map((person): DeskAgent => {
    const { isConnected = false, since = null, said = null } = seen.get(person.id) ?? {};
    const requests = taken
      .filter(({ agentId }) => agentId === person.id)
      .map(({ id, symptom, employeeId }) => {
        const isInSession = IN_SESSION.has(newest.get(id)?.state ?? '');
        return { id, symptom: symptom.slice(0, 120), employee: employees.get(employeeId)?.name ?? '', isInSession };
      });
    const presence = shownPresence({ isConnected, said, isInSession: requests.some((one) => one.isInSession) });
    return { person, presence, said, isConnected, since, requests };
  });
  return agents.sort((a, b) => ORDER.indexOf(a.presence) - ORDER.indexOf(b.presence));
}
