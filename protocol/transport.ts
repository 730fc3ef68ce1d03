/**
 * The one interface that capture, sealing, viewer and recorder know of a path between two ends. Carriers: WebSocket
 * relay today; WebRTC data channels, direct and through TURN, behind the same interface.
 */
import type { Bytes } from './bytes.ts';
import type { ConnectionKind } from './frame.ts';

export interface Transport {
  /** Hands bytes to the carrier, in order, on the connection of that kind. Silently lost once closed. */
  sendChunk(kind: ConnectionKind, chunk: Bytes): void;
  /** Bytes handed over and not yet given to the network. */
  waitingBytes(kind: ConnectionKind): number;
  onChunk(listener: (kind: ConnectionKind, chunk: Bytes) => void): void;
  onClose(listener: () => void): void;
  close(): void;
}
