import type { WebSocket } from 'ws';
import { liveFromPage, type LiveFromServer } from '../../protocol/api/live.ts';
import type { Clock } from '../platform/clock.ts';
import type { LiveAudience, LiveConnection, LiveRegistry } from '../platform/live.ts';
import type { Logger } from '../platform/logger.ts';
import { isSameSecret } from '../platform/random.ts';
import { createRateLimiter } from '../platform/rate-limiter.ts';
import { systemTimers, type Timers } from '../platform/timers.ts';
import type { UpgradeRouter } from '../platform/upgrades.ts';
import { COOKIE_NAME } from './access.middleware.ts';
import type { SignIn, SignIns } from './sign-ins.ts';

export const LIVE_PATH = '/live';
/** The page has this long to say hello. */
const HELLO_WITHIN_MS = 5000;
/** How often it is checked that the peer is there and still signed in. */
const CHECK_EVERY_MS = 30_000;
/** A page that reads nothing is not waited for. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
const MAX_PER_PERSON = 20;
/** Close codes of ours (RFC 6455 §7.4.2): the page shows the sign-in, or connects again. */
export const CLOSE_CODES = { 'signed-out': 4001, reconnect: 4002, 'bad-hello': 4003 } as const;

export interface LiveGatewayDeps {
  hub: LiveRegistry;
  signIns: SignIns;
  clock: Clock;
  log: Logger;
  /** Injected so that tests need not wait. */
  timers?: Timers;
}

/** The live socket (`protocol/api/live.ts`): cookie at the upgrade, token in the first message, closed with the sign-in. */
export function registerLiveGateway(router: UpgradeRouter, deps: LiveGatewayDeps): void {
  router.register(LIVE_PATH, { maxPayloadBytes: 4096 }, async (upgrade) => {
    const signIn = deps.signIns.find(readCookie(upgrade.request.headers.cookie) ?? '');
    if (signIn === null) return upgrade.refuse(401);
    const isOfSame = ({ audience }: LiveConnection) => audience.signInId === signIn.signInId;
    if (deps.hub.connections().filter(isOfSame).length >= MAX_PER_PERSON) return upgrade.refuse(429);
    serve(await upgrade.accept(), signIn, deps);
  });
}

function readCookie(header: string | undefined): string | undefined {
  return header
    ?.split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${COOKIE_NAME}=`))
    ?.slice(COOKIE_NAME.length + 1);
}

function serve(socket: WebSocket, signIn: SignIn, deps: LiveGatewayDeps): void {
  const timers = deps.timers ?? systemTimers;
  const typing = createRateLimiter({ capacity: 5, refillPerS: 2 }, deps.clock);
  const audience = audienceOf(signIn);
  const connection = connectionOf(socket, audience);
  let leave: (() => void) | null = null;
  let isAlive = true;

  const stopWaiting = timers.after(HELLO_WITHIN_MS, () => {
    if (leave === null) socket.close(CLOSE_CODES['bad-hello'], 'hello expected');
  });
  const stopChecking = timers.every(CHECK_EVERY_MS, () => {
    if (!deps.signIns.isLive(signIn.signInId)) {
      // Hears nothing more, even if the closing takes its time.
      leave?.();
      return connection.close('signed-out');
    }
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  });

  socket.on('pong', () => {
    isAlive = true;
  });
  socket.on('error', (error) => deps.log.debug('live/socket-error', { error }));
  socket.on('close', () => {
    stopWaiting();
    stopChecking();
    leave?.();
  });
  socket.on('message', (bytes, isBinary) => {
    const message = isBinary ? null : parse(bytes.toString());
    if (message === null) return socket.close(CLOSE_CODES['bad-hello'], 'not understood');
    if (message.type === 'hello') {
      if (leave !== null || !isSameSecret(message.token, signIn.liveToken))
        return socket.close(CLOSE_CODES['bad-hello'], 'wrong token');
      leave = deps.hub.join(connection);
      return connection.send({ type: 'welcome' });
    }
    if (leave === null) return socket.close(CLOSE_CODES['bad-hello'], 'hello first');
    if (typing.take('typing') === 0) deps.hub.typed({ from: audience, requestId: message.requestId });
  });
}

function parse(message: string): ReturnType<typeof liveFromPage.parse> | null {
  try {
    return liveFromPage.safeParse(JSON.parse(message)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function audienceOf(signIn: SignIn): LiveAudience {
  if (signIn.kind === 'guest')
    return { signInId: signIn.signInId, personId: null, guestSessionId: signIn.sessionId, name: '', roles: [] };
  const { signInId, personId, name, roles } = signIn;
  return { signInId, personId, guestSessionId: null, name, roles };
}

function connectionOf(socket: WebSocket, audience: LiveAudience): LiveConnection {
  const send = (message: LiveFromServer): void => {
    if (socket.readyState !== socket.OPEN) return;
    // What it missed it fetches again when it comes back.
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.terminate();
    else socket.send(JSON.stringify(message));
  };
  return {
    audience,
    send,
    close: (why) => {
      if (why === 'signed-out') send({ type: 'signed-out' });
      socket.close(CLOSE_CODES[why], why);
    },
  };
}
