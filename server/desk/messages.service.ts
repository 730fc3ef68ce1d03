import type { z } from 'zod';
import type { Message, QueueRef, SystemMessage, sendMessage } from '../../protocol/api/desk.ts';
import { readPersonRefs } from '../access/people.repository.ts';
import type { SignedInPerson } from '../access/sign-ins.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { newId, type Random } from '../platform/random.ts';
import type { DeskNews } from './desk.news.ts';
import type { MessageRow, RequestRow } from './desk.tables.ts';
import { findResent, insertMessage, listMessages } from './messages.repository.ts';
import { listQueues, toQueueRef } from './queues.repository.ts';
import type { AfterCommit } from './request-sessions.ts';
import { isOpen, readVisibleRequest } from './request-rights.ts';

export interface MessagesService {
  list(person: SignedInPerson, requestId: string): Message[];
  /** A resend under the same client id answers with the message that is there already. */
  send(person: SignedInPerson, requestId: string, body: z.infer<typeof sendMessage>): Message;
  /** Says in the chat what happened, in the transaction in which it does. `authorId` null: the appliance. */
  addSystem(
    tx: Tx,
    row: Pick<RequestRow, 'id' | 'employeeId'>,
    said: { code: SystemMessage; authorId: string | null; subjectId?: string | null },
  ): AfterCommit;
}

export function createMessagesService(deps: {
  database: Database;
  clock: Clock;
  random: Random;
  news: DeskNews;
}): MessagesService {
  const { database, clock, random, news } = deps;
  return {
    list: (person, requestId) => {
      readVisibleRequest(database.db, requestId, person);
      return view(database.db, listMessages(database.db, requestId));
    },
    send: (person, requestId, { text, clientId }) => {
      const { row, message, isNew } = database.transaction((tx) => {
        const row = readVisibleRequest(tx, requestId, person);
        const resent = findResent(tx, { requestId, authorId: person.personId, clientId });
        if (resent !== undefined) return { row, message: viewOne(tx, resent), isNew: false };
        requireVoice(row, person);
        const sent: Omit<MessageRow, 'seq'> = {
          id: newId('msg', random),
          requestId,
          kind: 'chat',
          authorId: person.personId,
          text,
          clientId,
          sentAt: clock.now(),
          subjectId: null,
        };
        insertMessage(tx, sent);
        return { row, message: viewOne(tx, sent), isNew: true };
      });
      if (isNew) news.messageAdded(row, message);
      return message;
    },
    addSystem: (tx, row, { code, authorId, subjectId }) => {
      const id = newId('msg', random);
      const said = {
        id,
        requestId: row.id,
        kind: 'system',
        authorId,
        text: code,
        clientId: id,
        sentAt: clock.now(),
        subjectId: subjectId ?? null,
      } as const;
      insertMessage(tx, said);
      const message = viewOne(tx, said);
      return () => news.messageAdded(row, message);
    },
  };
}

/** The employee and the agent who has the request talk; other agents take it over first. */
function requireVoice(row: RequestRow, person: SignedInPerson): void {
  if (!isOpen(row)) throw new AppError('assistance.state-changed');
  if (row.employeeId === person.personId || row.agentId === person.personId) return;
  throw new AppError(row.agentId === null ? 'assistance.state-changed' : 'assistance.taken');
}

type Shown = Omit<MessageRow, 'seq'>;

function view(tx: Tx, rows: readonly Shown[]): Message[] {
  const ids = rows.flatMap(({ authorId, subjectId }) => [authorId, subjectId].filter((id) => id !== null));
  const people = readPersonRefs(tx, ids);
  // Most chats never leave their queue.
  const names = ids.some((id) => id.startsWith('que_'))
    ? new Map(listQueues(tx).map((row) => [row.id, toQueueRef(row).name]))
    : new Map<string, QueueRef['name']>();
  const nameOf = (id: string): QueueRef['name'] | null => {
    const person = people.get(id);
    return person === undefined ? (names.get(id) ?? null) : { en: person.name, 'zh-CN': person.name };
  };
  return rows.map(({ id, requestId, kind, authorId, subjectId, text, sentAt, clientId }) => ({
    id,
    requestId,
    kind,
    author: authorId === null ? null : (people.get(authorId) ?? null),
    subject: subjectId === null ? null : nameOf(subjectId),
    text,
    sentAt,
    clientId,
  }));
}

function viewOne(tx: Tx, row: Shown): Message {
  const [message] = view(tx, [row]);
  if (message === undefined) throw new Error('a message has a view');
  return message;
}
