/** What the relay refused, by reason: as it should be, as a peer is told, and as the audit chain has it. */
import assert from 'node:assert/strict';
import { auditPage } from '../../protocol/api/audit.ts';
import { eventually } from '../processes.ts';
import type { Caller } from '../session.ts';
import type { StreamSocket } from './stream-socket.ts';

export type Counts = ReadonlyMap<string, number>;

function addCounts(...all: readonly Counts[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const counts of all) for (const [reason, count] of counts) sum.set(reason, (sum.get(reason) ?? 0) + count);
  return sum;
}

/** In an order of their own, for comparison and for the message when they differ. */
function listed(counts: Counts): string[] {
  return [...counts].map(([reason, count]) => `${reason} ${count}`).sort();
}

/** Reports come once a second. */
const TOLD_WITHIN_MS = 4000;
/** The chain gets them every ten seconds. */
const AUDITED_WITHIN_MS = 13_000;

/** What must have been refused so far, on the present connection and in all. */
export class Tally {
  #all = new Map<string, number>();
  #present = new Map<string, number>();

  /** A new connection: it is told of its own refusals only. */
  beginConnection(): void {
    this.#present = new Map();
  }

  expect(counts: Counts | Record<string, number>): void {
    const more = counts instanceof Map ? counts : new Map(Object.entries(counts));
    this.#all = addCounts(this.#all, more);
    this.#present = addCounts(this.#present, more);
  }

  async assertTold(control: StreamSocket): Promise<void> {
    const isTold = (): boolean => listed(control.refusals()).join() === listed(this.#present).join();
    // Not in time: the comparison says what is missing.
    await eventually('the refusals', isTold, TOLD_WITHIN_MS).catch(() => undefined);
    assert.deepEqual(listed(control.refusals()), listed(this.#present));
  }

  /** `fold`: reasons between which a flood divides as time has it; only their sum is certain. */
  async assertAudited(read: () => Promise<Counts>, fold: readonly string[] = []): Promise<void> {
    const folded = (counts: Counts): string[] =>
      listed(
        addCounts(
          ...[...counts].map(
            ([reason, count]) => new Map([[fold.includes(reason) ? fold.join(' or ') : reason, count]]),
          ),
        ),
      );
    const wanted = folded(this.#all);
    let audited: string[] = [];
    await eventually(
      'the refusals in the audit chain',
      async () => {
        audited = folded(await read());
        return audited.join() === wanted.join();
      },
      AUDITED_WITHIN_MS,
    ).catch(() => undefined);
    assert.deepEqual(audited, wanted);
  }
}

/** Of one session, by whoever is the actor: an agent by their id, a sharer by theirs. */
export async function auditedRefusals(admin: Caller, of: { sessionId: string; actorId: string }): Promise<Counts> {
  const answer: unknown = await admin.get('/api/audit?action=relay%2Frefused&limit=200');
  const { events } = auditPage.parse(answer);
  const own = events.filter(({ actor, target }) => actor.id === of.actorId && target?.id === of.sessionId);
  return addCounts(...own.map(({ detail }) => new Map([[String(detail['reason']), Number(detail['count'])]])));
}
