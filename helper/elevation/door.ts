/**
 * Where the helper with administrator rights comes in: a named pipe (on Linux, for tests, a socket) with a name that
 * nobody can guess, open until the first one has proved itself by a secret that it was started with.
 *
 * Others of this computer may connect to a pipe of Windows' default access list and read, not write: nothing is said
 * before the proof.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { toElevated, toKeeper, type ToElevated, type ToKeeper } from './elevation.messages.ts';
import { Lines } from './lines.ts';

/** Of this computer: a name on another one would make Windows sign in there as the administrator. */
const PIPE = /^\\\\\.\\pipe\\handrail-[0-9a-f]{32}$/;
const SECRET = /^[0-9a-f]{64}$/;
/** For the first line of whoever connects. */
const PROVE_WITHIN_MS = 10_000;

export type ToSuccessor = Lines<ToElevated, ToKeeper>;
export type ToPredecessor = Lines<ToKeeper, ToElevated>;

export interface Door {
  /** What the other one has to be told: where it is, and the secret. */
  readonly place: string;
  readonly secret: string;
  /** Resolves with the line to the one that came in. Never, if nobody does. */
  readonly entered: Promise<ToSuccessor>;
  /** Whoever has come in stays. */
  close(): void;
}

export async function openDoor(makePlace: (unique: string) => string = pipeName): Promise<Door> {
  const place = makePlace(randomBytes(16).toString('hex'));
  const secret = randomBytes(32).toString('hex');
  const entered = Promise.withResolvers<ToSuccessor>();
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on('close', () => waiting.delete(socket));
    admit(socket, secret, (line) => {
      waiting.delete(socket);
      close();
      entered.resolve(line);
    });
  });
  const close = (): void => {
    stopListening(server);
    for (const socket of waiting) socket.destroy();
  };
  server.listen(place);
  await once(server, 'listening');
  // One that could not be let in tries again, or nobody comes.
  server.on('error', () => undefined);
  return { place, secret, entered: entered.promise, close };
}

function pipeName(unique: string): string {
  return `\\\\.\\pipe\\handrail-${unique}`;
}

function stopListening(server: Server): void {
  if (server.listening) server.close();
}

function admit(socket: Socket, secret: string, onProven: (line: ToSuccessor) => void): void {
  const line: ToSuccessor = new Lines(socket, toKeeper);
  const timer = setTimeout(() => socket.destroy(), PROVE_WITHIN_MS);
  socket.on('close', () => clearTimeout(timer));
  let isProven = false;
  line.onMessage((message) => {
    if (isProven) return;
    if (message.type !== 'ready' || !isSame(message.secret, secret)) return socket.destroy();
    isProven = true;
    clearTimeout(timer);
    onProven(line);
  });
}

function isSame(told: string, secret: string): boolean {
  const [a, b] = [Buffer.from(told), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Whether these are what a helper is started with that is to come in. */
export function isInvitation(place: string | undefined, secret: string | undefined): boolean {
  return PIPE.test(place ?? '') && SECRET.test(secret ?? '');
}

/** Comes in. Rejects when nobody is there. */
export async function enterDoor(place: string, secret: string): Promise<ToPredecessor> {
  const socket = connect(place);
  await once(socket, 'connect');
  const line: ToPredecessor = new Lines(socket, toElevated);
  line.send({ type: 'ready', secret });
  return line;
}
