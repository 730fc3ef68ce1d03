import { Hono, type Context } from 'hono';
import type { z } from 'zod';
import { requestId, sessionId } from '../../protocol/api/desk.ts';
import {
  enrol,
  invite,
  platform,
  redeemInvitation,
  takeBack,
  type HelperPlatform,
  type cleanUpTools,
} from '../../protocol/api/sessions.ts';
import { requireRole, requireSignInOrGuest, type AccessEnv } from '../access/access.middleware.ts';
import { createGuestSignIn } from '../access/guests.ts';
import type { SignIn, SignIns } from '../access/sign-ins.ts';
import { readJson, readParam } from '../platform/body.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpEnv } from '../platform/http.ts';
import { createEditionRoutes } from './edition.routes.ts';
import { CLEAN_UP_FILE_NAME, fileNameOn, parseRange, type HelperFile, type HelperShelf } from './helper-shelf.ts';
import { createReceiptRoutes } from './receipt.routes.ts';
import type { SessionsService } from './sessions.service.ts';

export interface SessionsRoutesDeps {
  sessions: SessionsService;
  signIns: SignIns;
  shelf: HelperShelf;
}

/** Sessions as browsers see them. Whose session it is, is decided in the service: to all others it does not exist. */
export function createSessionsRoutes({ sessions, signIns, shelf }: SessionsRoutesDeps): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();

  app.post('/api/requests/:id/invitations', requireRole('agent'), async (c) => {
    const id = readParam(c, 'id', requestId);
    return c.json(sessions.invitations.invite(c.get('person'), id, await readJson(c, invite)), 201);
  });
  app.post('/api/invitations/redeem', async (c) => {
    const body = await readJson(c, redeemInvitation);
    const admit = (tx: Parameters<typeof createGuestSignIn>[1]['tx'], id: string): void =>
      createGuestSignIn(signIns, { c, tx, sessionId: id });
    return c.json(sessions.invitations.redeem(body, { signIn: c.get('signIn'), address: c.get('address'), admit }));
  });

  const side = new Hono<AccessEnv>();
  side.use('/api/sessions/:id/*', requireSignInOrGuest);
  side.get('/api/sessions/:id', requireSignInOrGuest, (c) => c.json(sessions.detail(...asked(c))));
  side.post('/api/sessions/:id/accept', (c) => c.json(sessions.acceptance.accept(...asked(c))));
  side.post('/api/sessions/:id/downloads', (c) => c.json(sessions.acceptance.renewDownloads(...asked(c))));
  side.post('/api/sessions/:id/decline', (c) => c.json(sessions.acceptance.decline(...asked(c))));
  side.post('/api/sessions/:id/end', (c) => c.json(sessions.acceptance.end(...asked(c))));
  side.post('/api/sessions/:id/pause', (c) => c.json(sessions.acceptance.pause(...asked(c))));
  side.post('/api/sessions/:id/take-back', async (c) => {
    const { capability } = await readJson(c, takeBack);
    return c.json(sessions.acceptance.takeBack(...asked(c), capability));
  });
  side.post('/api/sessions/:id/ticket', (c) => c.json(sessions.issueTicket(...asked(c)), 201));
  side.get('/api/sessions/:id/agent-photo', (c) => {
    const { mediaType, bytes } = sessions.agentPhoto(...asked(c));
    return c.body(new Uint8Array(bytes), 200, {
      'content-type': mediaType,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cache-control': 'private, max-age=3600',
    });
  });
  side.get('/api/sessions/:id/helper/:platform', (c) => {
    const [signIn, id] = asked(c);
    const { file, fileName } = sessions.acceptance.download(signIn, id, askedPlatform(c));
    return sendHelper(c, shelf, { file, fileName });
  });
  app.route('/', side);
  app.route('/', createEditionRoutes(sessions.edition));
  app.route('/', createReceiptRoutes(sessions));
  return app;
}

/** The clean-up tool: for whoever is signed in, since what was left on a computer may be an earlier session's. */
export function createCleanUpRoutes({ shelf }: Pick<SessionsRoutesDeps, 'shelf'>): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  app.get('/api/clean-up', requireSignInOrGuest, (c) => {
    const downloads = shelf.list().map(({ platform: name, bytes, sha256 }) => {
      const fileName = fileNameOn(name, CLEAN_UP_FILE_NAME);
      return { platform: name, url: `/api/clean-up/${name}`, fileName, bytes, sha256 };
    });
    return c.json({ downloads } satisfies z.infer<typeof cleanUpTools>);
  });
  app.get('/api/clean-up/:platform', requireSignInOrGuest, (c) => {
    const file = shelf.find(askedPlatform(c));
    if (file === undefined) throw new AppError('not-found');
    return sendHelper(c, shelf, { file, fileName: fileNameOn(file.platform, CLEAN_UP_FILE_NAME) });
  });
  return app;
}

/** POST /enrol of the device listener. The token is the only credential, so no certificate is asked for yet. */
export function createEnrolRoutes(sessions: Pick<SessionsService, 'enrol'>): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.post('/enrol', async (c) => c.json(sessions.enrol(await readJson(c, enrol), { address: c.get('address') }), 201));
  return app;
}

function asked(c: Context<AccessEnv>): [SignIn, string] {
  const signIn = c.get('signIn');
  if (signIn === null) throw new AppError('auth.required');
  return [signIn, readParam(c, 'id', sessionId)];
}

function askedPlatform(c: Context<AccessEnv>): HelperPlatform {
  const wanted = platform.safeParse(c.req.param('platform'));
  if (!wanted.success) throw new AppError('not-found');
  return wanted.data;
}

/** The packaged file under the name that tells it what to do; resumable. */
function sendHelper(
  c: Context<AccessEnv>,
  shelf: HelperShelf,
  { file, fileName }: { file: HelperFile; fileName: string },
): Response {
  const headers = {
    'content-type': 'application/octet-stream',
    // The name holds nothing that would need quoting or another spelling.
    'content-disposition': `attachment; filename="${fileName}"`,
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
    'accept-ranges': 'bytes',
    etag: `"${file.sha256}"`,
  };
  const isSameFile = [undefined, headers.etag].includes(c.req.header('if-range'));
  const range = isSameFile ? parseRange(c.req.header('range'), file.bytes) : undefined;
  if (range === 'unsatisfiable') {
    return c.body(null, 416, { 'content-range': `bytes */${file.bytes}` });
  }
  const { start, end } = range ?? { start: 0, end: file.bytes - 1 };
  const partial = range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${file.bytes}` };
  const length = { 'content-length': String(end - start + 1) };
  return c.body(shelf.read(file, { start, end }), range === undefined ? 200 : 206, {
    ...headers,
    ...partial,
    ...length,
  });
}
