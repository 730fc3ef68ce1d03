/** A WebSocket as the relay's peer: joins within a time limit, answers pings, is limited in rate. */
import type { WebSocket } from 'ws';
import { CLOSE_CODES } from '../../protocol/relay.ts';
import { TokenBucket } from '../relay/token-bucket.ts';
import type { Peer } from '../relay/relay.room.ts';

const JOIN_WITHIN_MS = 5000;
/** A peer whose network is gone is noticed within two seconds: the fourth ping in a row without a sign of life. */
const PING_EVERY_MS = 500;
const SILENT_PINGS = 3;
/** Text messages: key agreement, grants, states; a session needs a few dozen. */
const SIGNAL_LIMIT = { capacity: 60, perSecond: 20 };

export interface RelaySocketEvents {
  onSignal(text: string): void;
  onChunk(bytes: Uint8Array): void;
  /** What did not even become a message; the connection closes because of it. */
  onRefused(reason: 'too-long' | 'too-fast' | 'invalid-signal'): void;
  onClose(): void;
}

export interface RelaySocket extends Peer {
  /** Passes everything after the join to its owner. */
  attach(events: RelaySocketEvents): void;
}

/** Waits for the first message; undefined when none came in time or it was not text (the socket is closed then). */
export function awaitJoin(socket: WebSocket): Promise<{ text: string; socket: RelaySocket } | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => giveUp(), JOIN_WITHIN_MS);
    const giveUp = (): void => {
      clearTimeout(timer);
      socket.removeAllListeners('message');
      socket.close(CLOSE_CODES.invalid, 'join expected');
      resolve(undefined);
    };
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    socket.on('error', () => socket.terminate());
    socket.once('message', (data, isBinary) => {
      if (isBinary) return giveUp();
      clearTimeout(timer);
      resolve({ text: textOf(data as Buffer), socket: wrap(socket) });
    });
  });
}

function textOf(data: Buffer): string {
  return data.toString('utf8');
}

function wrap(socket: WebSocket): RelaySocket {
  let events: RelaySocketEvents | undefined;
  /** What arrives between the join and its answer waits here. */
  const early: { data: Buffer; isBinary: boolean }[] = [];
  const signals = new TokenBucket(SIGNAL_LIMIT, performance.now());
  let silence = 0;
  let pings = 0;
  let echoes: { ping: number; then: () => void }[] = [];

  const deliver = (data: Buffer, isBinary: boolean): void => {
    if (isBinary) return events?.onChunk(data);
    if (signals.take(1, performance.now())) return events?.onSignal(textOf(data));
    events?.onRefused('too-fast');
    socket.close(CLOSE_CODES.invalid, 'too many messages');
  };
  const ping = (): number => {
    pings += 1;
    socket.ping(String(pings));
    return pings;
  };
  const pinging = setInterval(() => {
    silence += 1;
    if (silence > SILENT_PINGS) socket.terminate();
    else ping();
  }, PING_EVERY_MS);

  socket.on('pong', (payload) => {
    silence = 0;
    // One answer stands for all pings before it (RFC 6455 §5.5.3).
    const answered = Number(payload.toString()) || 0;
    const heard = echoes.filter((echo) => echo.ping <= answered);
    echoes = echoes.filter((echo) => echo.ping > answered);
    for (const { then } of heard) then();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // Of its own: what the peer sent breaks RFC 6455. Everything else is the network.
    if (error.code?.startsWith('WS_ERR_') !== true) return;
    events?.onRefused(error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'too-long' : 'invalid-signal');
  });
  socket.on('message', (raw, isBinary) => {
    silence = 0;
    const data = raw as Buffer;
    if (events !== undefined) deliver(data, isBinary);
    else if (early.length < 16) early.push({ data, isBinary });
    else socket.close(CLOSE_CODES.invalid, 'not joined yet');
  });
  socket.on('close', () => {
    clearInterval(pinging);
    events?.onClose();
  });

  return {
    send: (message) => {
      if (socket.readyState === socket.OPEN) socket.send(message);
    },
    waitingBytes: () => socket.bufferedAmount,
    close: (code, reason) => socket.close(code, reason),
    echo: (then) => {
      if (socket.readyState === socket.OPEN) echoes.push({ ping: ping(), then });
    },
    attach: (owner) => {
      events = owner;
      for (const { data, isBinary } of early.splice(0)) deliver(data, isBinary);
      if (socket.readyState === socket.CLOSED) owner.onClose();
    },
  };
}
