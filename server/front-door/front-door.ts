import { createServer, type Server, type Socket } from 'node:net';
import type { ClientAddresses } from '../platform/client-address.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { createRateLimiter, type RateLimiter } from '../platform/rate-limiter.ts';
import type { ClientHello } from './client-hello.ts';
import { readOpening, type Opening, type RefusedOpening } from './opening.ts';
import { answerPlainHttp } from './plain-http.ts';

/** Who asks for nothing within this time is shown out; a hello fits into the first two packets of any network. */
const OPENING_WITHIN_MS = 10_000;
/** For the answer to plain HTTP to arrive before the connection is closed. */
const GOODBYE_MS = 1000;
/** Lines in the log about what strangers send; each may be about many. */
const LOG_LIMIT = { capacity: 10, refillPerS: 1 / 60 };

export interface FrontDoorOptions {
  /** Gets the connection as if nothing had been read. `hello` is null where it is TLS that cannot be read. */
  handOver(connection: Socket, hello: ClientHello | null): void;
  addresses: ClientAddresses;
  publicUrl: string;
  clock: Clock;
  log: Logger;
  openingWithinMs?: number;
}

export interface FrontDoor {
  readonly server: Server;
  /** Ends every connection that has not been handed over, or all. */
  clear(which: 'waiting' | 'all'): void;
}

/** Accepts connections, looks at what they open with, and hands them to whoever speaks that, unread. */
export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  const connections = new Map<Socket, 'waiting' | 'handed-over'>();
  const limiter = createRateLimiter(LOG_LIMIT, options.clock);
  const server = createServer({ noDelay: true }, (connection) => {
    connections.set(connection, 'waiting');
    connection.on('close', () => connections.delete(connection));
    // Scanners and closed laptops: a lost connection is the client's affair.
    connection.on('error', () => connection.destroy());
    receive(connection, {
      ...options,
      limiter,
      handOver: (_, hello) => {
        connections.set(connection, 'handed-over');
        options.handOver(connection, hello);
      },
    });
  });
  return {
    server,
    clear: (which) => {
      for (const [connection, state] of connections) if (which === 'all' || state === 'waiting') connection.destroy();
    },
  };
}

function receive(connection: Socket, options: FrontDoorOptions & { limiter: RateLimiter }): void {
  const isFromProxy = options.addresses.isProxy(connection.remoteAddress);
  let bytes: Buffer = Buffer.alloc(0);
  let wanted = 1;
  const timer = setTimeout(() => connection.destroy(), options.openingWithinMs ?? OPENING_WITHIN_MS);
  connection.once('close', () => clearTimeout(timer));
  const onReadable = (): void => {
    bytes = Buffer.concat([bytes, ...takeAll(connection)]);
    if (bytes.length < wanted) return;
    const opening = readOpening(bytes, { isFromProxy });
    if (opening.kind === 'need-more') {
      wanted = opening.bytes;
      return;
    }
    clearTimeout(timer);
    connection.off('readable', onReadable);
    settle(connection, opening, { ...options, bytes, isFromProxy });
  };
  connection.on('readable', onReadable);
}

function takeAll(connection: Socket): Buffer[] {
  const parts: Buffer[] = [];
  for (;;) {
    // Without an encoding a socket reads buffers.
    const part = connection.read() as Buffer | null;
    if (part === null) return parts;
    parts.push(part);
  }
}

type Arrival = FrontDoorOptions & { limiter: RateLimiter; bytes: Buffer; isFromProxy: boolean };

function settle(connection: Socket, opening: Exclude<Opening, { kind: 'need-more' }>, arrival: Arrival): void {
  switch (opening.kind) {
    case 'tls':
      if (opening.client !== null) arrival.addresses.note(connection, opening.client);
      connection.unshift(arrival.bytes.subarray(opening.at));
      return arrival.handOver(connection, opening.hello);
    case 'http':
      connection.end(answerPlainHttp(opening.line, arrival));
      // What else it sends is not read, and must not end the connection before the answer is there.
      connection.resume();
      setTimeout(() => connection.destroy(), GOODBYE_MS).unref();
      return;
    case 'refused':
      report(opening.reason, connection, arrival);
      connection.destroy();
  }
}

/** Strangers send anything; what an administrator can put right is said louder. */
function report(reason: RefusedOpening, connection: Socket, { log, limiter, addresses }: Arrival): void {
  if (limiter.take(reason) > 0) return;
  const level = reason.startsWith('proxy-') ? 'warn' : 'debug';
  log[level]('front-door/refused', { reason, address: addresses.ofConnection(connection) });
}
