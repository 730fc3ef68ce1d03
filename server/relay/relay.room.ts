/**
 * One session's relay: decides for every chunk whether it may pass, and passes it on. It sees headers, never payloads;
 * it can refuse but not vouch, which the ends do for themselves (ARCHITECTURE "Keys").
 */
import { effective, type EffectiveRights, type GrantFact, type RightsPolicy } from '../../protocol/capabilities.ts';
import {
  channelRule,
  parseChunk,
  type Chunk,
  type ChunkRefusal,
  type ConnectionKind,
  type FrameHeader,
  type Party,
} from '../../protocol/frame.ts';
import { grantTag, type GrantStatement } from '../../protocol/grant.ts';
import type { SessionState } from '../../protocol/lifecycle.ts';
import { CLOSE_CODES } from '../../protocol/relay.ts';

/** A connection as the relay sees it. */
export interface Peer {
  send(message: string | Uint8Array): void;
  /** Bytes accepted and not yet given to the network. */
  waitingBytes(): number;
  close(code: number, reason: string): void;
  /** Calls back once the other end has received everything that was sent until now. */
  echo(then: () => void): void;
}

export type PeerPair = Partial<Record<ConnectionKind, Peer>>;

export interface AgentSeat {
  sender: number;
  /** Of the identity certificate: the holder of grants. */
  serialNumber: string;
  peers: PeerPair;
  /** Picture frames are dropped until one that needs nothing before it. */
  awaitsKey: boolean;
}

export type RelayRefusal =
  | ChunkRefusal
  | 'not-active'
  | 'wrong-connection'
  | 'wrong-direction'
  | 'wrong-sender'
  | 'no-grant'
  | 'not-permitted'
  | 'too-fast';

/** Beyond this much unsent picture an agent's pictures are dropped until the next key frame. */
const SLOW_BULK_BYTES = 4 * 1024 * 1024;
/** Beyond this much unsent control the connection is of no use. */
const DEAD_CONTROL_BYTES = 1024 * 1024;

interface KnownGrant {
  fact: GrantFact;
  tag: bigint;
}

export interface RoomFigures {
  bytes: number;
  pictureFrames: number;
  inputFrames: number;
}

/** What one room has forwarded; chunks are for the operator alone. */
export interface RelayFigures extends RoomFigures {
  chunks: number;
}

export interface RoomOptions {
  sessionId: string;
  policy: RightsPolicy;
  now: () => number;
  /** Asks the device for a picture that needs nothing before it. */
  requestKey: () => void;
}

export class RelayRoom {
  readonly sessionId: string;
  readonly figures: RelayFigures = { bytes: 0, chunks: 0, pictureFrames: 0, inputFrames: 0 };
  readonly devicePeers: PeerPair = {};
  readonly agents = new Map<number, AgentSeat>();
  readonly #options: RoomOptions;
  readonly #grants = new Map<string, KnownGrant>();
  #state: SessionState = 'connecting';

  constructor(options: RoomOptions) {
    this.sessionId = options.sessionId;
    this.#options = options;
  }

  setState(state: SessionState): void {
    this.#state = state;
  }

  addGrant(statement: GrantStatement): void {
    const { id, capability, holder, scope, notAfter } = statement;
    const fact = { id, capability, holder, reach: scope.reach, notAfter, isRevoked: false };
    this.#grants.set(id, { fact, tag: grantTag(id) });
  }

  /** False when there was nothing to take back. */
  revokeGrant(grantId: string): boolean {
    const known = this.#grants.get(grantId);
    if (known === undefined || known.fact.isRevoked) return false;
    known.fact.isRevoked = true;
    return true;
  }

  /** Rights of a holder at this moment. */
  effectiveFor(holder: string): EffectiveRights {
    const facts = [...this.#grants.values()].map((grant) => grant.fact);
    return effective(this.#options.policy, facts, { holder, now: this.#options.now() });
  }

  /** Grants of a holder that have not been revoked, by id. */
  openGrantIds(): string[] {
    return [...this.#grants.values()].filter(({ fact }) => !fact.isRevoked).map(({ fact }) => fact.id);
  }

  fromDevice(kind: ConnectionKind, bytes: Uint8Array): RelayRefusal | undefined {
    const chunk = parseChunk(bytes);
    if (typeof chunk === 'string') return chunk;
    const refusal = this.#judge(chunk, { party: 'device', kind, sender: 0 });
    if (refusal !== undefined) return refusal;
    let delivered = false;
    let reason: RelayRefusal = 'no-grant';
    for (const seat of this.agents.values()) {
      const seatReason = this.#judgeGrant(chunk.header, seat.serialNumber);
      if (seatReason === undefined) {
        this.#forwardToAgent(seat, chunk, bytes);
        delivered = true;
      } else reason = seatReason;
    }
    if (!delivered && this.agents.size > 0) return reason;
    this.#count(chunk, bytes.length);
    return undefined;
  }

  fromAgent(seat: AgentSeat, kind: ConnectionKind, bytes: Uint8Array): RelayRefusal | undefined {
    const chunk = parseChunk(bytes);
    if (typeof chunk === 'string') return chunk;
    const refusal =
      this.#judge(chunk, { party: 'agent', kind, sender: seat.sender }) ??
      this.#judgeGrant(chunk.header, seat.serialNumber);
    if (refusal !== undefined) return refusal;
    this.devicePeers[kind]?.send(bytes);
    this.#count(chunk, bytes.length);
    return undefined;
  }

  #judge(chunk: Chunk, from: { party: Party; kind: ConnectionKind; sender: number }): RelayRefusal | undefined {
    const rule = channelRule(chunk.header.channel);
    if (this.#state !== 'active') return 'not-active';
    if (rule.connection !== from.kind) return 'wrong-connection';
    if (!rule.from.includes(from.party)) return 'wrong-direction';
    if (chunk.header.sender !== from.sender) return 'wrong-sender';
    return undefined;
  }

  #judgeGrant(header: FrameHeader, holder: string): RelayRefusal | undefined {
    const { capability } = channelRule(header.channel);
    const named = [...this.#grants.values()].find(
      ({ tag, fact }) => tag === header.grant && fact.capability === capability && fact.holder === holder,
    );
    if (named === undefined) return 'no-grant';
    const isInForce = this.effectiveFor(holder).get(capability)?.grantIds.includes(named.fact.id) === true;
    return isInForce ? undefined : 'not-permitted';
  }

  #forwardToAgent(seat: AgentSeat, chunk: Chunk, bytes: Uint8Array): void {
    const { connection } = channelRule(chunk.header.channel);
    const peer = seat.peers[connection];
    if (peer === undefined) return;
    if (connection === 'bulk') {
      if (!this.#mayTakePicture(seat, peer, chunk)) return;
    } else if (peer.waitingBytes() > DEAD_CONTROL_BYTES) {
      peer.close(CLOSE_CODES.tooSlow, 'control connection does not drain');
      return;
    }
    peer.send(bytes);
  }

  /** Never a delta alone: once one chunk is dropped, everything is until the start of the next key frame. */
  #mayTakePicture(seat: AgentSeat, peer: Peer, chunk: Chunk): boolean {
    const isSlow = peer.waitingBytes() > SLOW_BULK_BYTES;
    const isKeyStart = chunk.header.isKey && chunk.index === 0;
    if (isSlow && !seat.awaitsKey) {
      seat.awaitsKey = true;
      this.#options.requestKey();
    } else if (seat.awaitsKey && isKeyStart && !isSlow) {
      seat.awaitsKey = false;
    } else if (seat.awaitsKey && isKeyStart) {
      this.#options.requestKey();
    }
    return !seat.awaitsKey;
  }

  #count(chunk: Chunk, bytes: number): void {
    this.figures.bytes += bytes;
    this.figures.chunks += 1;
    if (chunk.index !== chunk.count - 1) return;
    if (chunk.header.channel === 'picture') this.figures.pictureFrames += 1;
    if (chunk.header.channel === 'input') this.figures.inputFrames += 1;
  }
}
