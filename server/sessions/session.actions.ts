/** Executes what the machine decided, inside one transaction, and gathers what must wait for its commit. */
import type { SystemMessage } from '../../protocol/api/desk.ts';
import type { AuditAction } from '../../protocol/audit.ts';
import type { EndReason } from '../../protocol/lifecycle.ts';
import { readPersonRef } from '../access/people.repository.ts';
import { SYSTEM, type Audit, type AuditEntry, type AuditParty } from '../audit/audit.ts';
import type { Authority } from '../authority/authority.ts';
import type { Desk } from '../desk/desk.ts';
import type { AfterCommit } from '../desk/request-sessions.ts';
import type { Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { voidSecrets } from './invitations.repository.ts';
import type { AuditFact, Party, SessionAction } from './session.machine.ts';
import { insertGrant, moveSession, revokeGrants, updateSession } from './sessions.repository.ts';
import type { SessionRow } from './sessions.tables.ts';

export interface ActionDeps {
  audit: Audit;
  authority: Authority;
  desk: Pick<Desk, 'messages'>;
  /** Told after the commit, in the order of registration. */
  onEnded: (sessionId: string, reason: EndReason) => void;
}

interface Running {
  tx: Tx;
  deps: ActionDeps;
  /** As it is after the actions so far. */
  row: SessionRow;
  at: number;
  /** Who brought the session to its end or onward, for the message in the chat. */
  by: Party;
  after: AfterCommit[];
}

/** The row as it is afterwards. A `refuse` is not this function's business and is skipped. */
export function executeActions(
  tx: Tx,
  { row, actions, at }: { row: SessionRow; actions: readonly SessionAction[]; at: number },
  deps: ActionDeps,
): { row: SessionRow; after: AfterCommit[] } {
  const by = actions.find((action) => action.type === 'audit')?.by ?? 'server';
  const running: Running = { tx, deps, row, at, by, after: [] };
  for (const action of actions) execute(running, action);
  return { row: running.row, after: running.after };
}

function execute(running: Running, action: SessionAction): void {
  const { tx, deps, row, at } = running;
  switch (action.type) {
    case 'move':
      move(running, action);
      return;
    case 'store-grant':
      insertGrant(tx, row.id, { grant: action.grant, at });
      return;
    case 'revoke-grants':
      revokeGrants(tx, row.id, { ids: action.grantIds, at });
      return;
    case 'store-device': {
      const { serialNumber: deviceSerial, platform: devicePlatform, helperVersion } = action;
      updateSession(tx, row.id, { deviceSerial, devicePlatform, helperVersion });
      return;
    }
    case 'store-guest':
      updateSession(tx, row.id, { isGuest: action.isGuest });
      running.row = { ...row, isGuest: action.isGuest };
      return;
    case 'void-secrets':
      voidSecrets(tx, row.id, at);
      return;
    case 'revoke-certificate':
      revokeCertificate(running, action.serialNumber);
      return;
    case 'audit':
      audit(running, action);
      return;
    case 'close':
      running.after.push(() => deps.onEnded(row.id, action.reason));
      return;
    case 'refuse':
      return;
  }
}

function move(running: Running, action: Extract<SessionAction, { type: 'move' }>): void {
  const { tx, row, at } = running;
  const { to, pauseReason, endReason } = action;
  const moved = moveSession(tx, { id: row.id, from: row.state, to, at, pauseReason, endReason });
  if (moved === undefined) throw new AppError('session.state-changed');
  running.row = moved;
  const code = systemMessageOf(row, moved);
  if (code === undefined) return;
  const authorId = authorOf(row, running.by);
  const request = { id: row.requestId, employeeId: row.sharerId };
  running.after.push(running.deps.desk.messages.addSystem(tx, request, { code, authorId }));
}

/** Null for the appliance and for a guest, who has no account. */
function authorOf(row: SessionRow, by: Party): string | null {
  if (by === 'agent') return row.agentId;
  return by === 'sharer' && !row.isGuest ? row.sharerId : null;
}

/** Not everything belongs in the chat: pauses come and go. */
function systemMessageOf(before: SessionRow, after: SessionRow): SystemMessage | undefined {
  switch (after.state) {
    case 'invited':
      return 'session.invited';
    case 'accepted':
      return 'session.accepted';
    case 'active':
      return before.startedAt === null ? 'session.started' : undefined;
    case 'ended':
      return after.endReason === 'sharer-declined' ? 'session.declined' : 'session.ended';
    default:
      return undefined;
  }
}

function revokeCertificate({ tx, deps, row }: Running, serialNumber: string): void {
  if (!deps.authority.revoke(tx, serialNumber, 'session ended')) return;
  deps.audit.append(tx, {
    actor: SYSTEM,
    action: 'certificate/revoked',
    target: auditTargetOf(tx, row),
    detail: { serialNumber },
  });
}

function audit({ tx, deps, row }: Running, { by, action, detail }: AuditFact): void {
  // Action and detail were paired by the type of AuditFact; the pair cannot be followed through a variable.
  const entry = { actor: auditPartyOf(tx, row, by), action, target: auditTargetOf(tx, row), detail };
  deps.audit.append(tx, entry as AuditEntry<AuditAction>);
}

/** A guest is named by nothing but having held the code: the chain does not say that it was the employee. */
export function auditPartyOf(tx: Tx, row: SessionRow, by: Party): AuditParty {
  if (by === 'server') return SYSTEM;
  if (by === 'sharer' && row.isGuest) return { id: 'guest', label: '' };
  const id = by === 'agent' ? row.agentId : row.sharerId;
  return { id, label: readPersonRef(tx, id)?.name ?? '' };
}

export function auditTargetOf(tx: Tx, row: SessionRow): AuditParty {
  return { id: row.id, label: readPersonRef(tx, row.sharerId)?.name ?? '' };
}
