import type { Capability } from '../../protocol/capabilities.ts';
import type { HelperPlatform, Accepted, Session } from '../../protocol/api/sessions.ts';
import type { SignIn } from '../access/sign-ins.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { hashSecret, type Random } from '../platform/random.ts';
import {
  fileNameOn,
  helperFileName,
  type HelperDestination,
  type HelperFile,
  type HelperShelf,
} from './helper-shelf.ts';
import { replaceHelperToken } from './invitations.repository.ts';
import { newHelperToken } from './secrets.ts';
import { readOwnSession, readSessionAs } from './session-sides.ts';
import { viewSession } from './session-view.ts';
import type { SessionsCore } from './sessions.core.ts';
import type { SessionRow } from './sessions.tables.ts';

const HELPER_TOKEN_LIFE_MS = 30 * 60_000;

export interface AcceptanceService {
  accept(signIn: SignIn, sessionId: string): Accepted;
  decline(signIn: SignIn, sessionId: string): Session;
  end(signIn: SignIn, sessionId: string): Session;
  /** Either side; going on is the sharer's, at the device. */
  pause(signIn: SignIn, sessionId: string): Session;
  /** The sharer takes a right back, or the agent hands it back; nothing happens to one that nobody holds. */
  takeBack(signIn: SignIn, sessionId: string, capability: Capability): Session;
  /** A new token and new names; the old ones stop working. */
  renewDownloads(signIn: SignIn, sessionId: string): Accepted;
  /** The file and the name that carries the token of this moment. */
  download(signIn: SignIn, sessionId: string, platform: HelperPlatform): { file: HelperFile; fileName: string };
}

export interface AcceptanceDeps {
  database: Database;
  clock: Clock;
  random: Random;
  core: SessionsCore;
  shelf: HelperShelf;
  caCertificate: string;
  destination: HelperDestination;
}

export function createAcceptanceService(deps: AcceptanceDeps): AcceptanceService {
  const { database, clock, core } = deps;
  /**
   * The present token of each accepted session, so that it need not travel in an address, where logs would keep it. Only
   * its hash is stored; after a restart the page asks for a new one.
   */
  const tokens = new Map<string, { token: string; expiresAt: number }>();
  core.onEnded((sessionId) => tokens.delete(sessionId));

  const view = (tx: Tx, row: SessionRow): Session => viewSession(tx, row, deps);

  function offer(tx: Tx, row: SessionRow): Accepted {
    const token = newHelperToken(deps.random);
    const expiresAt = clock.now() + HELPER_TOKEN_LIFE_MS;
    replaceHelperToken(tx, { tokenHash: hashSecret(token), sessionId: row.id, expiresAt }, clock.now());
    tokens.set(row.id, { token, expiresAt });
    const name = helperFileName(deps.destination, token);
    const downloads = deps.shelf.list().map(({ platform, bytes, sha256 }) => {
      const fileName = fileNameOn(platform, name);
      return { platform, url: `/api/sessions/${row.id}/helper/${platform}`, fileName, bytes, sha256 };
    });
    return { session: view(tx, row), downloads, token, expiresAt };
  }

  return {
    accept: (signIn, sessionId) => {
      readSessionAs(database.db, sessionId, { signIn, side: 'sharer' });
      return core.applyThen(sessionId, { type: 'accepted', isGuest: signIn.kind === 'guest' }, offer);
    },
    decline: (signIn, sessionId) => {
      readSessionAs(database.db, sessionId, { signIn, side: 'sharer' });
      return core.applyThen(sessionId, { type: 'declined' }, view);
    },
    end: (signIn, sessionId) => {
      const { row, side: by } = readOwnSession(database.db, sessionId, signIn);
      const isInvitation = row.state === 'requested' || row.state === 'invited';
      const reason = by === 'sharer' ? 'sharer-stopped' : isInvitation ? 'invitation-withdrawn' : 'agent-stopped';
      return core.applyThen(sessionId, { type: 'ended', by, reason }, view);
    },
    pause: (signIn, sessionId) => {
      const { side: by } = readOwnSession(database.db, sessionId, signIn);
      return core.applyThen(sessionId, { type: 'paused', by, reason: by }, view);
    },
    takeBack: (signIn, sessionId, capability) => {
      const { side: by } = readOwnSession(database.db, sessionId, signIn);
      return core.applyThen(sessionId, { type: 'taken-back', capability, by }, view);
    },
    renewDownloads: (signIn, sessionId) =>
      database.transaction((tx) => {
        const row = readSessionAs(tx, sessionId, { signIn, side: 'sharer' });
        if (row.state !== 'accepted') throw new AppError('session.state-changed');
        return offer(tx, row);
      }),
    download: (signIn, sessionId, platform) => {
      const row = readSessionAs(database.db, sessionId, { signIn, side: 'sharer' });
      if (row.state !== 'accepted') throw new AppError('session.state-changed');
      const file = deps.shelf.find(platform);
      if (file === undefined) throw new AppError('helper.not-packaged');
      const present = tokens.get(sessionId);
      if (present === undefined || present.expiresAt <= clock.now()) throw new AppError('enrolment.token-invalid');
      return { file, fileName: fileNameOn(platform, helperFileName(deps.destination, present.token)) };
    },
  };
}
