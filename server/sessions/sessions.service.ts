/** Everything about sessions in one place: what routes call, what the stream's edges call, and what time brings. */
import { CAPABILITIES, type Policy } from '../../protocol/capabilities.ts';
import type { Receipt } from '../../protocol/api/receipt.ts';
import type { Session } from '../../protocol/api/sessions.ts';
import type { EndReason } from '../../protocol/lifecycle.ts';
import type { AccessEvents } from '../access/access.events.ts';
import { findPerson } from '../access/people.repository.ts';
import type { SignIn } from '../access/sign-ins.ts';
import type { RequestMove, RequestSessions } from '../desk/request-sessions.ts';
import type { Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import type { Events } from '../platform/events.ts';
import type { Random } from '../platform/random.ts';
import { createAcceptanceService, type AcceptanceService } from './acceptance.service.ts';
import { createEditionService, type EditionService } from './edition.service.ts';
import { createEnrolment, type EnrolDevice, type HelperRules } from './enrolment.ts';
import { createGuessLimit } from '../platform/guess-limit.ts';
import type { HelperDestination, HelperShelf } from './helper-shelf.ts';
import { createInvitationsService, type InvitationsService } from './invitations.service.ts';
import { readForReceipt, readReceipt } from './receipt.ts';
import { createRelayRefusals, type RelayRefusals } from './relay-refusals.ts';
import { deadlineOf, type Party, type SessionEvent } from './session.machine.ts';
import { readOwnSession, readSessionAs } from './session-sides.ts';
import { identityAtInvitation, readCardPhoto, viewSession } from './session-view.ts';
import { createSessionsCore, type SessionsCore, type SessionsCoreDeps } from './sessions.core.ts';
import type { GatewaySessions } from './sessions.gateway.ts';
import {
  findByDeviceSerial,
  findOpenSessionOf,
  findSession,
  listOpenSessions,
  listOpenSessionsOf,
  newestSessionsOf,
  readSession,
  updateSession,
} from './sessions.repository.ts';
import type { SessionRow } from './sessions.tables.ts';
import { viewOpenSessions, type OpenSession } from './sessions.overview.ts';
import { createTickets } from './tickets.ts';

const FLUSH_EVERY_MS = 10_000;

export interface SessionsServiceDeps extends SessionsCoreDeps {
  random: Random;
  events: Events<AccessEvents>;
  shelf: HelperShelf;
  destination: HelperDestination;
  portalUrl: string;
  sessionLimitS: number;
  idleLimitS: number;
  helpers: HelperRules;
}

/** Who is the sharer of a session: somebody with an account, or a guest of that one session. */
export type SharerId = { personId: string } | { guestSessionId: string };

export interface SessionsService extends GatewaySessions {
  readonly invitations: InvitationsService;
  readonly acceptance: AcceptanceService;
  readonly enrol: EnrolDevice;
  readonly edition: EditionService;
  /** For `Desk.useSessions`. */
  readonly requestSessions: RequestSessions;
  detail(signIn: SignIn, sessionId: string): Session;
  /** For both sides, and for whoever reads the chain that it is made from. */
  receipt(signIn: SignIn, sessionId: string): Receipt;
  agentPhoto(signIn: SignIn, sessionId: string): { mediaType: string; bytes: Buffer };
  issueTicket(signIn: SignIn, sessionId: string): { ticket: string; expiresAt: number };
  /** Sessions of this sharer in which an agent holds a right that binds the sharer's portal pages. */
  bindingSessions(sharer: SharerId): { id: string; requestId: string }[];
  /** Every session that has not ended, for the operator. */
  overview(): OpenSession[];
  /** Call once, before anything is served: a restart has disconnected everybody. */
  pauseTorn(): void;
  /** Once a second. */
  tick(): void;
  /** Ticks by itself until the returned function is called. */
  start(): () => void;
}

export function createSessionsService(deps: SessionsServiceDeps): SessionsService {
  const { database, authority, events } = deps;
  const core = createSessionsCore(deps);
  const refusals = createRelayRefusals(deps.audit);
  const tickets = createTickets(deps);
  const caCertificate = authority.everyCaCertificate;
  const guesses = createGuessLimit(deps.clock);
  const edition = createEditionService({ ...deps, core });
  const time = createTime(deps, { core, refusals, edition });

  events.on('person/deactivated', ({ personId }) => {
    endAll(core, listOpenSessionsOf(database.db, personId), (row) => ({
      type: 'person-deactivated',
      who: row.agentId === personId ? 'agent' : 'sharer',
    }));
  });
  events.on('identity/revoked', ({ serialNumber }) => {
    const torn = listOpenSessions(database.db).filter((row) => row.agentSerial === serialNumber);
    endAll(core, torn, (row) => whenAgentLeaves(database.db, row, { by: 'server', reason: 'agent-stopped' }));
  });

  return {
    ...time,
    edition,
    ...createGatewaySide(deps, { core, refusals, tickets }),
    invitations: createInvitationsService({ ...deps, core, guesses }),
    acceptance: createAcceptanceService({ ...deps, core, caCertificate }),
    enrol: createEnrolment({ ...deps, core, guesses: createGuessLimit(deps.clock) }),
    requestSessions: createRequestSessions(core),
    bindingSessions: (sharer) => {
      const { db } = database;
      const rights = sessionsOf(db, sharer).map((row) => ({ row, held: [...core.rights(db, row).keys()] }));
      return rights
        .filter(({ held }) => held.some((capability) => CAPABILITIES[capability].bindsPortal))
        .map(({ row: { id, requestId } }) => ({ id, requestId }));
    },
    overview: () => viewOpenSessions(database.db, core),
    detail: (signIn, sessionId) => {
      const { row } = readOwnSession(database.db, sessionId, signIn);
      return viewSession(database.db, row, { core, caCertificate });
    },
    receipt: (signIn, sessionId) =>
      readReceipt(database.db, readForReceipt(database.db, sessionId, signIn), { ...deps, caCertificate }),
    agentPhoto: (signIn, sessionId) => {
      const { row } = readOwnSession(database.db, sessionId, signIn);
      const photo = readCardPhoto(database.db, row, identityAtInvitation(row, caCertificate));
      if (photo === undefined) throw new AppError('not-found');
      return photo;
    },
    issueTicket: (signIn, sessionId) => {
      const row = readSessionAs(database.db, sessionId, { signIn, side: 'agent' });
      if (!JOINABLE.has(row.state)) throw new AppError('session.state-changed');
      if (authority.readIdentity(row.agentCertificate) === null) throw new AppError('identity.missing');
      return tickets.issue({ sessionId, serialNumber: row.agentSerial, signInId: signIn.signInId });
    },
  };
}

function sessionsOf(tx: Tx, sharer: SharerId): SessionRow[] {
  if ('personId' in sharer)
    return listOpenSessionsOf(tx, sharer.personId).filter(({ sharerId }) => sharerId === sharer.personId);
  const row = findSession(tx, sharer.guestSessionId);
  return row === undefined ? [] : [row];
}

const JOINABLE: ReadonlySet<string> = new Set(['accepted', 'connecting', 'active', 'paused']);
const HAS_DEVICE: ReadonlySet<string> = new Set(['connecting', 'active', 'paused']);

function endAll(core: SessionsCore, rows: readonly SessionRow[], event: (row: SessionRow) => SessionEvent): void {
  for (const row of rows) core.apply(row.id, event(row));
}

type Parts = { core: SessionsCore; refusals: RelayRefusals; tickets: ReturnType<typeof createTickets> };

function createGatewaySide(deps: SessionsServiceDeps, { core, refusals, tickets }: Parts): GatewaySessions {
  const { database, authority } = deps;
  return {
    apply: core.apply,
    status: core.status,
    now: core.times.nowOf,
    onEnded: core.onEnded,
    onChanged: core.onChanged,
    policyOf: (sessionId): Policy => readSession(database.db, sessionId).policy,
    findByDeviceSerial: (serialNumber) => {
      const row = findByDeviceSerial(database.db, serialNumber.toLowerCase());
      if (row === undefined || row.state === 'ended' || authority.isRevoked(serialNumber)) return undefined;
      return { sessionId: row.id };
    },
    redeemTicket: (ticket) => {
      const subject = tickets.redeem(ticket);
      const row = subject && findSession(database.db, subject.sessionId);
      if (subject === undefined || row === undefined || !JOINABLE.has(row.state)) return undefined;
      // Read again: the certificate may have been revoked since the ticket was issued.
      const identity = authority.readIdentity(row.agentCertificate);
      if (identity?.serialNumber !== subject.serialNumber) return undefined;
      return { ...subject, publicKey: identity.publicKey };
    },
    setConnected: (sessionId, who, isConnected) => {
      if (!core.presence.setConnected(sessionId, who, isConnected)) return;
      core.tellSides(readSession(database.db, sessionId));
    },
    recordFigures: core.presence.recordFigures,
    recordRefusals: refusals.note,
  };
}

function createRequestSessions(core: SessionsCore): RequestSessions {
  return {
    newest: newestSessionsOf,
    requestMoved: (tx, requestId, move) => {
      const row = findOpenSessionOf(tx, requestId);
      return row === undefined ? [] : core.applyIn(tx, row.id, endBy(tx, row, move)).after;
    },
  };
}

function endBy(tx: Tx, row: SessionRow, move: RequestMove): SessionEvent {
  if (move === 'cancelled') return { type: 'ended', by: 'sharer', reason: 'sharer-stopped' };
  // Whoever takes over did not stop the session of the agent before; the appliance does.
  const by = move === 'taken-over' ? 'server' : 'agent';
  return whenAgentLeaves(tx, row, {
    by,
    reason: HAS_DEVICE.has(row.state) ? 'agent-stopped' : 'invitation-withdrawn',
  });
}

/** The reason is the account when that is why, whichever listener hears of it first. */
function whenAgentLeaves(tx: Tx, row: SessionRow, otherwise: { by: Party; reason: EndReason }): SessionEvent {
  const agent = findPerson(tx, row.agentId);
  const isStillAgent = agent?.isActive === true && agent.roles.includes('agent');
  return isStillAgent ? { type: 'ended', ...otherwise } : { type: 'person-deactivated', who: 'agent' };
}

type Time = Pick<SessionsService, 'pauseTorn' | 'tick' | 'start'>;

function createTime(
  { database, clock, log }: SessionsServiceDeps,
  { core, refusals, edition }: Pick<Parts, 'core' | 'refusals'> & { edition: EditionService },
): Time {
  let flushedAt = clock.monotonic();

  function flush(open: readonly SessionRow[]): void {
    const changed = core.presence.takeChangedFigures();
    if (changed.size > 0 || !refusals.isEmpty()) {
      database.transaction((tx) => {
        for (const [sessionId, figures] of changed) updateSession(tx, sessionId, figures);
        refusals.flush(tx);
      });
    }
    const openIds = new Set(open.map((row) => row.id));
    for (const sessionId of core.presence.sessionIds().filter((id) => !openIds.has(id))) {
      core.presence.forget(sessionId);
      core.times.forget(sessionId);
    }
  }

  function tick(): void {
    edition.endUnavailable();
    const open = listOpenSessions(database.db);
    for (const row of open) {
      const deadline = deadlineOf(core.facts(database.db, row));
      if (deadline !== undefined && core.times.now(row) >= deadline.at) core.apply(row.id, { type: 'tick' });
    }
    if (clock.monotonic() - flushedAt < FLUSH_EVERY_MS) return;
    flushedAt = clock.monotonic();
    flush(open);
  }

  return {
    tick,
    pauseTorn: () => {
      for (const row of listOpenSessions(database.db).filter(({ state }) => HAS_DEVICE.has(state))) {
        const { bytes, pictureFrames, inputFrames } = row;
        const figures = { bytes, pictureFrames, inputFrames };
        core.presence.resume(row.id, { deviceLostAt: core.times.now(row), figures });
        core.apply(row.id, { type: 'disconnected', who: 'device' });
      }
    },
    start: () => {
      const timer = setInterval(() => {
        try {
          tick();
        } catch (error) {
          // The next second tries again; deadlines are in the database, not in this timer.
          log.error('session/tick-failed', { error });
        }
      }, 1000);
      return () => {
        clearInterval(timer);
        flush(listOpenSessions(database.db));
      };
    },
  };
}
