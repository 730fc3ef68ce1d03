import type { Clock } from '../platform/clock.ts';
import { hashSecret, newSecret, type Random } from '../platform/random.ts';

const TICKET_LIFE_MS = 30_000;

export interface TicketSubject {
  sessionId: string;
  /** Of the identity certificate that must prove itself when the ticket is used. */
  serialNumber: string;
  /** The sign-in it was given to: whoever signs out leaves the stream. */
  signInId: string;
}

export interface Tickets {
  issue(subject: TicketSubject): { ticket: string; expiresAt: number };
  /** Uses it up. Undefined for one that is unknown, used or too old. */
  redeem(ticket: string): TicketSubject | undefined;
}

/** One-use permissions to join a stream. Their hashes are in memory: after a restart everybody joins anew. */
export function createTickets(deps: { clock: Clock; random: Random }): Tickets {
  const open = new Map<string, TicketSubject & { expiresAt: number }>();
  const isOver = (ticket: { expiresAt: number }) => ticket.expiresAt <= deps.clock.now();
  return {
    issue: (subject) => {
      for (const [hash, ticket] of open) if (isOver(ticket)) open.delete(hash);
      const ticket = newSecret(deps.random);
      const expiresAt = deps.clock.now() + TICKET_LIFE_MS;
      open.set(hashSecret(ticket), { ...subject, expiresAt });
      return { ticket, expiresAt };
    },
    redeem: (ticket) => {
      const hash = hashSecret(ticket);
      const subject = open.get(hash);
      open.delete(hash);
      if (subject === undefined || isOver(subject)) return undefined;
      const { sessionId, serialNumber, signInId } = subject;
      return { sessionId, serialNumber, signInId };
    },
  };
}
