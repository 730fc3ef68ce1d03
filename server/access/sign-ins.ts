import { createHmac } from 'node:crypto';
import { and, eq, gt, lte, or } from '../platform/drizzle.ts';
import type { Language } from '../../protocol/api/shared.ts';
import type { Role } from '../../protocol/api/access.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { hashSecret, newId, newSecret, type Random } from '../platform/random.ts';
import { signInsTable } from './access.tables.ts';
import { findPerson } from './people.repository.ts';

/** Hours after which a sign-in ends, however busy, and minutes after which it ends unused. */
const ABSOLUTE_LIMIT_MS = 12 * 3_600_000;
const IDLE_LIMIT_MS = 2 * 3_600_000;
/** `last_seen_at` is written at most this often. */
const TOUCH_EVERY_MS = 60_000;

export interface SignedInPerson {
  kind: 'person';
  signInId: string;
  personId: string;
  employeeNumber: string;
  name: string;
  departmentId: string;
  department: string;
  roles: readonly Role[];
  hasPhoto: boolean;
  language: Language | null;
  liveToken: string;
}

/** Came in by a link or a spoken code; reaches this one session only. */
export interface SignedInGuest {
  kind: 'guest';
  signInId: string;
  sessionId: string;
  liveToken: string;
}

export type SignIn = SignedInPerson | SignedInGuest;

export type SignInSubject = { personId: string } | { guestSessionId: string };

export interface SignIns {
  /** The secret goes into the cookie and is kept nowhere. */
  begin(tx: Tx, subject: SignInSubject): { signInId: string; secret: string; maxAgeS: number };
  /** Who this cookie is, with the person's rights of this moment; null when it is nobody's (any more). */
  find(secret: string): SignIn | null;
  isLive(signInId: string): boolean;
  end(tx: Tx, signInId: string): void;
  endAllOf(tx: Tx, personId: string): void;
  /** Deletes what has run out. */
  sweep(): void;
}

export function createSignIns(deps: { database: Database; clock: Clock; random: Random }): SignIns {
  const { database, clock, random } = deps;
  const isCurrent = () =>
    and(gt(signInsTable.expiresAt, clock.now()), gt(signInsTable.lastSeenAt, clock.now() - IDLE_LIMIT_MS));

  return {
    begin: (tx, subject) => {
      const secret = newSecret(random);
      const signInId = newId('sgn', random);
      const now = clock.now();
      tx.insert(signInsTable)
        .values({
          id: signInId,
          secretHash: hashSecret(secret),
          personId: 'personId' in subject ? subject.personId : null,
          guestSessionId: 'guestSessionId' in subject ? subject.guestSessionId : null,
          createdAt: now,
          lastSeenAt: now,
          expiresAt: now + ABSOLUTE_LIMIT_MS,
        })
        .run();
      return { signInId, secret, maxAgeS: ABSOLUTE_LIMIT_MS / 1000 };
    },
    find: (secret) => {
      const row = database.db
        .select()
        .from(signInsTable)
        .where(and(eq(signInsTable.secretHash, hashSecret(secret)), isCurrent()))
        .get();
      if (row === undefined) return null;
      if (clock.now() - row.lastSeenAt >= TOUCH_EVERY_MS)
        database.db.update(signInsTable).set({ lastSeenAt: clock.now() }).where(eq(signInsTable.id, row.id)).run();
      return describe(database.db, row, liveTokenOf(secret));
    },
    isLive: (signInId) =>
      database.db
        .select({ id: signInsTable.id })
        .from(signInsTable)
        .where(and(eq(signInsTable.id, signInId), isCurrent()))
        .get() !== undefined,
    end: (tx, signInId) => {
      tx.delete(signInsTable).where(eq(signInsTable.id, signInId)).run();
    },
    endAllOf: (tx, personId) => {
      tx.delete(signInsTable).where(eq(signInsTable.personId, personId)).run();
    },
    sweep: () => {
      const idleSince = clock.now() - IDLE_LIMIT_MS;
      database.db
        .delete(signInsTable)
        .where(or(lte(signInsTable.expiresAt, clock.now()), lte(signInsTable.lastSeenAt, idleSince)))
        .run();
    },
  };
}

/** Derived from the cookie's secret, which a page cannot read: knowing one does not give the other. */
function liveTokenOf(secret: string): string {
  return createHmac('sha256', secret).update('handrail live socket', 'utf8').digest('base64url');
}

function describe(tx: Tx, row: typeof signInsTable.$inferSelect, liveToken: string): SignIn | null {
  if (row.guestSessionId !== null) return { kind: 'guest', signInId: row.id, sessionId: row.guestSessionId, liveToken };
  const person = row.personId === null ? null : findPerson(tx, row.personId);
  if (person === null || !person.isActive) return null;
  return {
    kind: 'person',
    signInId: row.id,
    personId: person.id,
    employeeNumber: person.employeeNumber,
    name: person.name,
    departmentId: person.departmentId,
    department: person.department,
    roles: person.roles,
    hasPhoto: person.hasPhoto,
    language: person.language,
    liveToken,
  };
}
