/**
 * The WebSocket edges of the stream: agents on the portal's listener, devices on the mutual-TLS listener. A join proves
 * who it is before a room hears of it; everything after that is the room's.
 */
import { verify, type KeyObject, type X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { IncomingMessage } from 'node:http';
import type { Policy } from '../../protocol/capabilities.ts';
import { CHUNK_PREFIX_BYTES, MAX_CHUNK_BYTES } from '../../protocol/frame.ts';
import { SIGNATURE_ALGORITHM } from '../../protocol/handshake.ts';
import {
  CLOSE_CODES,
  MAX_SIGNAL_BYTES,
  RELAY_PATHS,
  agentJoin,
  bulkJoin,
  deviceJoin,
  joinStatement,
} from '../../protocol/relay.ts';
import type { SignIns } from '../access/sign-ins.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { newSecret, type Random } from '../platform/random.ts';
import type { UpgradeRouter } from '../platform/upgrades.ts';
import { RelayRoom, type RelayFigures } from '../relay/relay.room.ts';
import { awaitJoin, type RelaySocket } from './relay.socket.ts';
import type { SessionEvent } from './session.machine.ts';
import { SessionRoom, type SessionStatus } from './session.room.ts';
import type { ChangeListener, EndListener } from './sessions.core.ts';
import type { TicketSubject } from './tickets.ts';

/** What the gateway needs of the sessions service. */
export interface GatewaySessions {
  apply(sessionId: string, event: SessionEvent): SessionStatus;
  status(sessionId: string): SessionStatus;
  policyOf(sessionId: string): Policy;
  /** The session whose device has this certificate, while it may still join. */
  findByDeviceSerial(serialNumber: string): { sessionId: string } | undefined;
  /** Uses the ticket up. `publicKey` is the identity certificate's. */
  redeemTicket(ticket: string): (TicketSubject & { publicKey: KeyObject }) | undefined;
  setConnected(sessionId: string, who: 'agent' | 'device', isConnected: boolean): void;
  recordFigures(sessionId: string, figures: RelayFigures): void;
  recordRefusals(sessionId: string, who: 'agent' | 'device', refusals: { reason: string; count: number }[]): void;
  /** By the session's own time. */
  now(sessionId: string): number;
  onEnded(listener: EndListener): void;
  onChanged(listener: ChangeListener): void;
}

export interface SessionsGatewayDeps {
  sessions: GatewaySessions;
  signIns: Pick<SignIns, 'isLive'>;
  clock: Clock;
  random: Random;
  log: Logger;
}

interface LiveRoom {
  room: SessionRoom;
  relay: RelayRoom;
  deviceCertificate: X509Certificate | undefined;
}

/** What a ticket for a second connection stands for; used once. */
interface BulkTicket {
  sessionId: string;
  who: 'agent' | 'device';
  /** Sender number of the agent, or serial number of the device's certificate. */
  of: number | string;
  expiresAt: number;
}

const FIGURES_EVERY_MS = 2000;
/** The second connection follows the first at once. */
const BULK_TICKET_LIFE_MS = 30_000;
const MAX_PAYLOAD_BYTES = Math.max(MAX_SIGNAL_BYTES, MAX_CHUNK_BYTES + CHUNK_PREFIX_BYTES);

export class SessionsGateway {
  readonly #deps: SessionsGatewayDeps;
  readonly #rooms = new Map<string, LiveRoom>();
  readonly #bulkTickets = new Map<string, BulkTicket>();
  readonly #figures: NodeJS.Timeout;

  constructor(deps: SessionsGatewayDeps) {
    this.#deps = deps;
    deps.sessions.onEnded((sessionId) => this.#end(sessionId));
    deps.sessions.onChanged((sessionId, revoked) => {
      this.#rooms.get(sessionId)?.room.changed(deps.sessions.status(sessionId), revoked);
    });
    this.#figures = setInterval(() => this.#recordFigures(), FIGURES_EVERY_MS);
  }

  registerAgents(router: UpgradeRouter): void {
    router.register(RELAY_PATHS.agent.control, { maxPayloadBytes: MAX_PAYLOAD_BYTES }, async (upgrade) => {
      const joined = await awaitJoin(await upgrade.accept());
      if (joined !== undefined) this.#joinAgent(joined.text, joined.socket);
    });
    router.register(RELAY_PATHS.agent.bulk, { maxPayloadBytes: MAX_PAYLOAD_BYTES }, async (upgrade) => {
      const joined = await awaitJoin(await upgrade.accept());
      if (joined !== undefined) this.#joinBulk(joined, 'agent', undefined);
    });
  }

  registerDevices(router: UpgradeRouter): void {
    router.register(RELAY_PATHS.device.control, { maxPayloadBytes: MAX_PAYLOAD_BYTES }, async (upgrade) => {
      const certificate = this.#deviceAt(upgrade.request);
      if (certificate === undefined) return upgrade.refuse(403);
      const joined = await awaitJoin(await upgrade.accept());
      if (joined !== undefined) this.#joinDevice(joined, certificate);
    });
    router.register(RELAY_PATHS.device.bulk, { maxPayloadBytes: MAX_PAYLOAD_BYTES }, async (upgrade) => {
      const certificate = this.#deviceAt(upgrade.request);
      if (certificate === undefined) return upgrade.refuse(403);
      const joined = await awaitJoin(await upgrade.accept());
      if (joined !== undefined) this.#joinBulk(joined, 'device', serialOf(certificate));
    });
  }

  /** For shutdown: everybody reconnects or is told by the service when the server is back. */
  close(): void {
    clearInterval(this.#figures);
    this.#recordFigures();
    for (const { room } of this.#rooms.values()) room.close(1001, 'server stops');
    this.#rooms.clear();
  }

  /** The client's certificate when it is that of a device which may join now. */
  #deviceAt(request: IncomingMessage): X509Certificate | undefined {
    const certificate = deviceCertificateOf(request);
    return certificate && this.#deps.sessions.findByDeviceSerial(serialOf(certificate)) && certificate;
  }

  #joinAgent(text: string, socket: RelaySocket): void {
    const join = parseJson(text, agentJoin);
    const ticket = join && this.#deps.sessions.redeemTicket(join.ticket);
    if (join === undefined || ticket === undefined) return socket.close(CLOSE_CODES.refused, 'ticket.invalid');
    const statement = Buffer.from(joinStatement(join.ticket, join.nonce));
    const signature = Buffer.from(join.signature, 'base64url');
    if (!verify('sha256', statement, ticket.publicKey, signature)) {
      this.#deps.log.warn('relay/join-not-proven', { sessionId: ticket.sessionId });
      // Somebody else has the ticket, or nobody has the key any more.
      this.#deps.sessions.recordRefusals(ticket.sessionId, 'agent', [{ reason: 'join-not-proven', count: 1 }]);
      return socket.close(CLOSE_CODES.refused, 'ticket.invalid');
    }
    const { sessionId, serialNumber, signInId } = ticket;
    const { room } = this.#roomOf(sessionId);
    const sender = room.seatAgent(socket, { serialNumber, signInId, nonce: join.nonce });
    const bulkTicket = this.#newBulkTicket({ sessionId, who: 'agent', of: sender });
    socket.send(JSON.stringify({ type: 'welcome', sessionId, sender, bulkTicket }));
  }

  #joinDevice(joined: { text: string; socket: RelaySocket }, certificate: X509Certificate): void {
    const join = parseJson(joined.text, deviceJoin);
    if (join === undefined) return joined.socket.close(CLOSE_CODES.invalid, 'join expected');
    // Asked again: the session may have ended since the upgrade.
    const session = this.#deps.sessions.findByDeviceSerial(serialOf(certificate));
    if (session === undefined) return joined.socket.close(CLOSE_CODES.refused, 'session.state-changed');
    const { sessionId } = session;
    const live = this.#roomOf(sessionId);
    live.deviceCertificate = certificate;
    live.room.seatDevice(joined.socket, serialOf(certificate));
    const bulkTicket = this.#newBulkTicket({ sessionId, who: 'device', of: serialOf(certificate) });
    joined.socket.send(JSON.stringify({ type: 'welcome', sessionId, bulkTicket }));
  }

  #joinBulk(
    joined: { text: string; socket: RelaySocket },
    who: 'agent' | 'device',
    serialNumber: string | undefined,
  ): void {
    const ticket = this.#takeBulkTicket(joined.text);
    const room = ticket && this.#rooms.get(ticket.sessionId)?.room;
    const isOwn = ticket?.who === who && (serialNumber === undefined || ticket.of === serialNumber);
    if (ticket === undefined || room === undefined || !isOwn)
      return joined.socket.close(CLOSE_CODES.refused, 'ticket.invalid');
    if (typeof ticket.of === 'number') room.completeAgent(ticket.of, joined.socket);
    else room.completeDevice(joined.socket);
  }

  /** Uses it up. */
  #takeBulkTicket(text: string): BulkTicket | undefined {
    const join = parseJson(text, bulkJoin);
    const ticket = join && this.#bulkTickets.get(join.ticket);
    if (join === undefined || ticket === undefined) return undefined;
    this.#bulkTickets.delete(join.ticket);
    return this.#deps.clock.now() < ticket.expiresAt ? ticket : undefined;
  }

  #newBulkTicket(ticket: Omit<BulkTicket, 'expiresAt'>): string {
    this.#dropBulkTickets((other) => other.sessionId === ticket.sessionId && other.who === ticket.who);
    const secret = newSecret(this.#deps.random);
    this.#bulkTickets.set(secret, { ...ticket, expiresAt: this.#deps.clock.now() + BULK_TICKET_LIFE_MS });
    return secret;
  }

  #dropBulkTickets(which: (ticket: BulkTicket) => boolean): void {
    for (const [secret, ticket] of this.#bulkTickets) if (which(ticket)) this.#bulkTickets.delete(secret);
  }

  #roomOf(sessionId: string): LiveRoom {
    const known = this.#rooms.get(sessionId);
    if (known !== undefined) return known;
    const { sessions, signIns, log } = this.#deps;
    const relay = new RelayRoom({
      sessionId,
      policy: sessions.policyOf(sessionId),
      now: () => sessions.now(sessionId),
      requestKey: () => live.room.requestKey(),
    });
    relay.setState(sessions.status(sessionId).state);
    const room = new SessionRoom({
      relay,
      apply: (event) => {
        sessions.apply(sessionId, event);
        this.#noteConnections(sessionId);
      },
      isSignedIn: (signInId) => signIns.isLive(signInId),
      deviceKey: () => importDeviceKey(live.deviceCertificate),
      onRefusals: (who, refusals) => sessions.recordRefusals(sessionId, who, refusals),
      onEmpty: () => this.#close(sessionId),
      onError: (error) => log.error('relay/room-failed', { sessionId, error }),
    });
    const live: LiveRoom = { room, relay, deviceCertificate: undefined };
    this.#rooms.set(sessionId, live);
    return live;
  }

  #noteConnections(sessionId: string): void {
    const room = this.#rooms.get(sessionId)?.room;
    this.#deps.sessions.setConnected(sessionId, 'agent', room?.isAgentHere ?? false);
    this.#deps.sessions.setConnected(sessionId, 'device', room?.isDeviceHere ?? false);
  }

  #recordFigures(): void {
    for (const [sessionId, { relay }] of this.#rooms) this.#deps.sessions.recordFigures(sessionId, relay.figures);
  }

  #end(sessionId: string): void {
    const live = this.#rooms.get(sessionId);
    if (live === undefined) return;
    this.#deps.sessions.recordFigures(sessionId, live.relay.figures);
    live.room.end(this.#deps.sessions.status(sessionId));
    this.#close(sessionId);
  }

  #close(sessionId: string): void {
    const live = this.#rooms.get(sessionId);
    if (live === undefined) return;
    this.#rooms.delete(sessionId);
    this.#dropBulkTickets((ticket) => ticket.sessionId === sessionId);
    this.#deps.sessions.recordFigures(sessionId, live.relay.figures);
    // After the turn that emptied the room has been applied.
    setImmediate(() => {
      live.room.close(CLOSE_CODES.ended, 'nobody is here');
      this.#noteConnections(sessionId);
    });
  }
}

/** The verified client certificate; undefined when there is none or it is not the internal CA's. */
function deviceCertificateOf(request: IncomingMessage): X509Certificate | undefined {
  const socket = request.socket as TLSSocket;
  return socket.authorized ? socket.getPeerX509Certificate() : undefined;
}

export function serialOf(certificate: X509Certificate): string {
  return certificate.serialNumber.toLowerCase();
}

async function importDeviceKey(certificate: X509Certificate | undefined): Promise<CryptoKey> {
  if (certificate === undefined) throw new Error('a grant before the device joined');
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return crypto.subtle.importKey('spki', new Uint8Array(spki), SIGNATURE_ALGORITHM, false, ['verify']);
}

function parseJson<T>(
  text: string,
  schema: { safeParse(value: unknown): { success: boolean; data?: T } },
): T | undefined {
  try {
    const result = schema.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    // Bytes from a stranger; the caller closes the connection.
    return undefined;
  }
}
