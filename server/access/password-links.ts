import { and, eq, gt } from '../platform/drizzle.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database.ts';
import { hashSecret, newSecret, type Random } from '../platform/random.ts';
import { passwordLinksTable } from './access.tables.ts';

const LINK_LIFE_MS = 72 * 3_600_000;

export interface PasswordLinks {
  /** Replaces the person's earlier link. The secret is in the fragment, which browsers do not send. */
  issue(tx: Tx, personId: string): { url: string; expiresAt: number };
  /** For people who have no link yet; in the order of the ids. */
  issueAll(tx: Tx, personIds: readonly string[]): { urls: string[]; expiresAt: number };
  /** Whose link this is; null when it is unknown, used or too old. */
  find(tx: Tx, token: string): string | null;
  remove(tx: Tx, personId: string): void;
}

export function createPasswordLinks(deps: { clock: Clock; random: Random; publicUrl: string }): PasswordLinks {
  const remove = (tx: Tx, personId: string): void => {
    tx.delete(passwordLinksTable).where(eq(passwordLinksTable.personId, personId)).run();
  };
  const issueAll = (tx: Tx, personIds: readonly string[]): { urls: string[]; expiresAt: number } => {
    const expiresAt = deps.clock.now() + LINK_LIFE_MS;
    const links = personIds.map((personId) => ({ personId, token: newSecret(deps.random) }));
    const rows = links.map(({ personId, token }) => ({ tokenHash: hashSecret(token), personId, expiresAt }));
    if (rows.length > 0) tx.insert(passwordLinksTable).values(rows).run();
    return { urls: links.map(({ token }) => `${deps.publicUrl}/welcome#${token}`), expiresAt };
  };
  return {
    issue: (tx, personId) => {
      remove(tx, personId);
      const { urls, expiresAt } = issueAll(tx, [personId]);
      return { url: urls[0] ?? '', expiresAt };
    },
    issueAll,
    find: (tx, token) =>
      tx
        .select({ personId: passwordLinksTable.personId })
        .from(passwordLinksTable)
        .where(
          and(eq(passwordLinksTable.tokenHash, hashSecret(token)), gt(passwordLinksTable.expiresAt, deps.clock.now())),
        )
        .get()?.personId ?? null,
    remove,
  };
}
