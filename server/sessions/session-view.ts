import type { PersonRef } from '../../protocol/api/desk.ts';
import type { AgentCard, Session } from '../../protocol/api/sessions.ts';
import { CAPABILITY_NAMES, allowedModes, modeOf, type EffectiveRights } from '../../protocol/capabilities.ts';
import { personPhotosTable } from '../access/access.tables.ts';
import { readPersonRef } from '../access/people.repository.ts';
import { readCertificate, type IdentityCard } from '../authority/read-certificate.ts';
import type { Tx } from '../platform/database.ts';
import { and, eq } from '../platform/drizzle.ts';
import { isSessionAvailable } from './session-availability.ts';
import type { SessionsCore } from './sessions.core.ts';
import { listGrants, type StoredGrant } from './sessions.repository.ts';
import type { SessionRow } from './sessions.tables.ts';

/** What both sides' pages show of a session. */
export function viewSession(
  tx: Tx,
  row: SessionRow,
  { core, caCertificate }: { core: SessionsCore; caCertificate: string },
): Session {
  const presence = core.presence.of(row.id);
  const stored = { bytes: row.bytes, pictureFrames: row.pictureFrames, inputFrames: row.inputFrames };
  const card = identityAtInvitation(row, caCertificate);
  const rights = core.rights(tx, row);
  return {
    id: row.id,
    requestId: row.requestId,
    state: row.state,
    reason: row.reason,
    requestedMode: row.requestedMode,
    grantedMode: modeOf(rights),
    rights: viewRights(listGrants(tx, row.id), rights),
    policy: { modes: allowedModes(row.policy) },
    sharer: sharerOf(tx, row),
    agent: promisedRef(tx, row.agentId),
    card: viewCard(tx, row, card),
    createdAt: row.createdAt,
    stateSince: row.stateSince,
    deadlineAt: core.deadlineAt(tx, row),
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    endReason: row.endReason,
    pauseReason: row.pauseReason,
    isAgentConnected: presence.isAgentConnected,
    isDeviceConnected: presence.isDeviceConnected,
    isAssistanceAvailable: isSessionAvailable(tx, row),
    figures: presence.figures.bytes > 0 ? presence.figures : stored,
  };
}

/** Of several grants that cover a right, the one that lasts longest. */
function viewRights(grants: readonly StoredGrant[], rights: EffectiveRights): Session['rights'] {
  return CAPABILITY_NAMES.flatMap((capability) => {
    const right = rights.get(capability);
    const [longest] = grants
      .filter(({ id }) => right?.grantIds.includes(id) === true)
      .toSorted((a, b) => b.notAfter - a.notAfter);
    if (right === undefined || longest === undefined) return [];
    const { purpose, notAfter } = longest;
    return [{ capability, reach: right.reach, purpose, notAfter }];
  });
}

/**
 * Who the certificate names, verified against the internal CA as of the invitation: the card of a session that ended long
 * ago is still the card that the sharer saw, although the certificate has run out since.
 */
export function identityAtInvitation(row: SessionRow, caCertificate: string): IdentityCard {
  const trust = { ca: caCertificate, now: row.createdAt, isRevoked: () => false };
  const identity = readCertificate(row.agentCertificate, trust)?.identity ?? null;
  if (identity === null) throw new Error(`session ${row.id} holds a certificate that is not an agent's`);
  return identity;
}

/** The agent's photo, only while it is the one that the certificate names. */
export function readCardPhoto(
  tx: Tx,
  row: SessionRow,
  card: IdentityCard,
): { mediaType: string; bytes: Buffer } | undefined {
  return tx
    .select({ mediaType: personPhotosTable.mediaType, bytes: personPhotosTable.bytes })
    .from(personPhotosTable)
    .where(and(eq(personPhotosTable.personId, row.agentId), eq(personPhotosTable.sha256, card.photoSha256)))
    .get();
}

function viewCard(tx: Tx, row: SessionRow, card: IdentityCard): AgentCard {
  const { name, employeeNumber, department, photoSha256, serialNumber, notAfter } = card;
  const hasPhoto = readCardPhoto(tx, row, card) !== undefined;
  const photoUrl = hasPhoto ? `/api/sessions/${row.id}/agent-photo` : null;
  return { name, employeeNumber, department, photoSha256, photoUrl, serialNumber, notAfter };
}

/** A guest bears the name of whom the agent invited, and no more than that: nobody has proven it. */
function sharerOf(tx: Tx, row: SessionRow): PersonRef {
  const ref = promisedRef(tx, row.sharerId);
  return row.isGuest ? { ...ref, id: 'guest', hasPhoto: false } : ref;
}

/** Somebody whom a row refers to: there is no session of nobody. */
export function promisedRef(tx: Tx, personId: string): PersonRef {
  const ref = readPersonRef(tx, personId);
  if (ref === null) throw new Error(`person ${personId} is referred to and does not exist`);
  return ref;
}
