import type { LiveFromServer } from '../../protocol/api/live.ts';
import type { Role } from '../../protocol/api/access.ts';

/** Who sits at the other end of a live socket. Exactly one of `personId` and `guestSessionId` is set. */
export interface LiveAudience {
  signInId: string;
  personId: string | null;
  guestSessionId: string | null;
  name: string;
  roles: readonly Role[];
}

export interface LiveConnection {
  readonly audience: LiveAudience;
  send(message: LiveFromServer): void;
  /** `signed-out` tells the page to show the sign-in; `reconnect` to come back with what it may now do. */
  close(why: 'signed-out' | 'reconnect'): void;
}

export interface TypingEvent {
  from: LiveAudience;
  requestId: string;
}

/**
 * Tells pages that something changed. Call after the transaction has committed. Delivery is best effort: a page that
 * (re)connects fetches everything again.
 */
export interface LiveHub {
  notifyPerson(personId: string, message: LiveFromServer): void;
  /** Everyone signed in who has this role. */
  notifyRole(role: Role, message: LiveFromServer): void;
  /** Every page that is open, of guests too. */
  notifyEverybody(message: LiveFromServer): void;
  /** The guests of one session. */
  notifyGuests(sessionId: string, message: LiveFromServer): void;
  /** Somebody types in a request's chat. The listener decides who may know. */
  onTyping(listener: (event: TypingEvent) => void): () => void;
  /** A page of somebody has come or gone. */
  onConnection(listener: (audience: LiveAudience) => void): () => void;
  isPersonConnected(personId: string): boolean;
}

/** The side of the hub that the socket edge and access use. */
export interface LiveRegistry extends LiveHub {
  join(connection: LiveConnection): () => void;
  typed(event: TypingEvent): void;
  connections(): readonly LiveConnection[];
  close(which: (audience: LiveAudience) => boolean, why: 'signed-out' | 'reconnect'): void;
}

export function createLiveHub(): LiveRegistry {
  const connections = new Set<LiveConnection>();
  const typingListeners = new Set<(event: TypingEvent) => void>();
  const connectionListeners = new Set<(audience: LiveAudience) => void>();

  function send(which: (audience: LiveAudience) => boolean, message: LiveFromServer): void {
    for (const connection of connections) if (which(connection.audience)) connection.send(message);
  }

  function leave(connection: LiveConnection): void {
    if (!connections.delete(connection)) return;
    for (const listener of connectionListeners) listener(connection.audience);
  }

  return {
    notifyPerson: (personId, message) => send((audience) => audience.personId === personId, message),
    notifyRole: (role, message) => send((audience) => audience.roles.includes(role), message),
    notifyEverybody: (message) => send(() => true, message),
    notifyGuests: (sessionId, message) => send((audience) => audience.guestSessionId === sessionId, message),
    onTyping: (listener) => {
      typingListeners.add(listener);
      return () => typingListeners.delete(listener);
    },
    onConnection: (listener) => {
      connectionListeners.add(listener);
      return () => connectionListeners.delete(listener);
    },
    isPersonConnected: (personId) => [...connections].some(({ audience }) => audience.personId === personId),
    join: (connection) => {
      connections.add(connection);
      for (const listener of connectionListeners) listener(connection.audience);
      return () => leave(connection);
    },
    typed: (event) => {
      for (const listener of typingListeners) listener(event);
    },
    connections: () => [...connections],
    close: (which, why) => {
      for (const connection of [...connections]) {
        if (!which(connection.audience)) continue;
        leave(connection);
        connection.close(why);
      }
    },
  };
}
