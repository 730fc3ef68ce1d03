import { createHash } from 'node:crypto';
import type { Attachment } from '../../protocol/api/desk.ts';
import { actorOf } from '../access/access.ts';
import type { SignedInPerson } from '../access/sign-ins.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { newId, type Random } from '../platform/random.ts';
import { attachmentName, attachmentType } from './attachment-type.ts';
import { countAttachments, findAttachment, insertAttachment, toAttachment } from './attachments.repository.ts';
import type { AttachmentStore } from './attachments.store.ts';
import type { DeskNews } from './desk.news.ts';
import type { AttachmentRow, RequestRow } from './desk.tables.ts';
import { isOpen, readVisibleRequest } from './request-rights.ts';
import { auditTarget } from './request-mover.ts';

export const MAX_ATTACHMENT_BYTES = 10 * 1024 * 1024;
export const MAX_ATTACHMENTS = 10;

export interface AttachmentsService {
  /** Whether this person may add one now: asked before the body is read, and again when it is there. */
  requireRoom(person: SignedInPerson, requestId: string): void;
  add(person: SignedInPerson, requestId: string, file: { name: string; bytes: Uint8Array }): Promise<Attachment>;
  /** The attachment, when this person may see the request it belongs to. */
  open(person: SignedInPerson, attachmentId: string): { row: AttachmentRow; content: ReadableStream<Uint8Array> };
}

export interface AttachmentsDeps {
  database: Database;
  clock: Clock;
  random: Random;
  audit: Audit;
  news: DeskNews;
  store: AttachmentStore;
}

export function createAttachmentsService(deps: AttachmentsDeps): AttachmentsService {
  const { database, store } = deps;
  return {
    requireRoom: (person, requestId) => {
      requireRoom(database.db, person, requestId);
    },
    add: async (person, requestId, { name: given, bytes }) => {
      if (bytes.byteLength > MAX_ATTACHMENT_BYTES) throw new AppError('request.too-large');
      const name = attachmentName(given);
      const type = name === undefined ? undefined : attachmentType(name, bytes);
      if (name === undefined || type === undefined) throw new AppError('attachment.type-refused');
      const storedAs = await store.write(bytes);
      try {
        const row: AttachmentRow = {
          id: newId('att', deps.random),
          requestId,
          addedBy: person.personId,
          name,
          ...type,
          bytes: bytes.byteLength,
          sha256: createHash('sha256').update(bytes).digest('hex'),
          storedAs,
          addedAt: deps.clock.now(),
        };
        return record(deps, person, row);
      } catch (error) {
        await store.remove(storedAs);
        throw error;
      }
    },
    open: (person, attachmentId) => {
      const row = findAttachment(database.db, attachmentId);
      if (row === undefined) throw new AppError('not-found');
      readVisibleRequest(database.db, row.requestId, person);
      return { row, content: store.read(row.storedAs) };
    },
  };
}

function record(deps: AttachmentsDeps, person: SignedInPerson, row: AttachmentRow): Attachment {
  const request = deps.database.transaction((tx) => {
    const request = requireRoom(tx, person, row.requestId);
    insertAttachment(tx, row);
    deps.audit.append(tx, {
      actor: actorOf(person),
      action: 'request/attachment-added',
      target: auditTarget(request),
      detail: { name: row.name, bytes: row.bytes, sha256: row.sha256 },
    });
    return request;
  });
  deps.news.requestChanged(request);
  return toAttachment(row);
}

/** Only the employee attaches: what the desk has to say fits into the chat. */
function requireRoom(tx: Tx, person: SignedInPerson, requestId: string): RequestRow {
  const row = readVisibleRequest(tx, requestId, person);
  if (row.employeeId !== person.personId) throw new AppError('auth.forbidden');
  if (!isOpen(row)) throw new AppError('assistance.state-changed');
  if (countAttachments(tx, requestId) >= MAX_ATTACHMENTS) throw new AppError('attachment.too-many');
  return row;
}
