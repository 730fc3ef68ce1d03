import type { Message } from '../../../protocol/api/desk.ts';

/** A message that this page has sent, or is about to, and that the server has not confirmed. */
export interface Outgoing {
  readonly clientId: string;
  readonly text: string;
  readonly writtenAt: number;
  state: 'sending' | 'failed';
}

/** Adds messages to those known: each once, by id, in the order in which they were sent. */
export function mergeMessages(known: readonly Message[], added: readonly Message[]): Message[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of added) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.sentAt - b.sentAt);
}

/** What is still under way: a message that has arrived is not shown twice. */
export function pendingOf(outbox: readonly Outgoing[], messages: readonly Message[]): Outgoing[] {
  const arrived = new Set(messages.map((message) => message.clientId));
  return outbox.filter((outgoing) => !arrived.has(outgoing.clientId));
}

export interface Day {
  /** The first moment of the day in the user's zone. */
  readonly startsAt: number;
  readonly messages: Message[];
}

/** The messages by day of the user's zone. */
export function groupByDay(messages: readonly Message[]): Day[] {
  const days: Day[] = [];
  for (const message of messages) {
    const startsAt = new Date(message.sentAt).setHours(0, 0, 0, 0);
    const last = days.at(-1);
    if (last?.startsAt === startsAt) last.messages.push(message);
    else days.push({ startsAt, messages: [message] });
  }
  return days;
}
