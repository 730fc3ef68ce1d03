import { and, eq, gt, isNull } from '../platform/drizzle.ts';
import type { Tx } from '../platform/database.ts';
import { helperTokensTable, invitationsTable } from './sessions.tables.ts';

/**
 * What lets somebody in once: the link's secret, the spoken code, the helper's token. Kept as hashes, deleted or closed by
 * the statement that uses them, so that of two who come at the same time one finds nothing.
 */
export interface NewInvitation {
  sessionId: string;
  secretHash: string;
  codeHmac: string;
  expiresAt: number;
  codeExpiresAt: number;
}

export function insertInvitation(tx: Tx, invitation: NewInvitation): void {
  tx.insert(invitationsTable).values(invitation).run();
}

/** The session that a secret or a code opens at this moment. Uses nothing up. */
export function findInvitation(
  tx: Tx,
  by: { secretHash: string } | { codeHmac: string },
  now: number,
): { sessionId: string } | undefined {
  const matches =
    'secretHash' in by
      ? and(eq(invitationsTable.secretHash, by.secretHash), gt(invitationsTable.expiresAt, now))
      : and(eq(invitationsTable.codeHmac, by.codeHmac), gt(invitationsTable.codeExpiresAt, now));
  return tx.select({ sessionId: invitationsTable.sessionId }).from(invitationsTable).where(matches).get();
}

/** Compare and set: false when it was used or void already. Link and code go together. */
export function useInvitation(tx: Tx, sessionId: string, at: number): boolean {
  return (
    tx
      .update(invitationsTable)
      .set({ redeemedAt: at, secretHash: null, codeHmac: null })
      .where(and(eq(invitationsTable.sessionId, sessionId), isNull(invitationsTable.redeemedAt)))
      .run().changes === 1
  );
}

/** A new token of a session; whatever older ones it had stop working. */
export function replaceHelperToken(
  tx: Tx,
  token: { tokenHash: string; sessionId: string; expiresAt: number },
  now: number,
): void {
  closeHelperTokens(tx, token.sessionId, now);
  tx.insert(helperTokensTable).values(token).run();
}

/** The session that a token is or was for. */
export function findHelperToken(tx: Tx, tokenHash: string): { sessionId: string } | undefined {
  const { sessionId } = helperTokensTable;
  return tx.select({ sessionId }).from(helperTokensTable).where(eq(helperTokensTable.tokenHash, tokenHash)).get();
}

/** Compare and set: the session that the token was for, once. */
export function useHelperToken(tx: Tx, tokenHash: string, now: number): { sessionId: string } | undefined {
  return tx
    .update(helperTokensTable)
    .set({ closedAt: now })
    .where(
      and(
        eq(helperTokensTable.tokenHash, tokenHash),
        isNull(helperTokensTable.closedAt),
        gt(helperTokensTable.expiresAt, now),
      ),
    )
    .returning({ sessionId: helperTokensTable.sessionId })
    .get();
}

/** Whatever still opens this session opens it no more. */
export function voidSecrets(tx: Tx, sessionId: string, now: number): void {
  tx.update(invitationsTable)
    .set({ secretHash: null, codeHmac: null })
    .where(eq(invitationsTable.sessionId, sessionId))
    .run();
  closeHelperTokens(tx, sessionId, now);
}

function closeHelperTokens(tx: Tx, sessionId: string, now: number): void {
  tx.update(helperTokensTable)
    .set({ closedAt: now })
    .where(and(eq(helperTokensTable.sessionId, sessionId), isNull(helperTokensTable.closedAt)))
    .run();
}
