import { Hono } from 'hono';
import { cannedReplyId, writeCannedReply, type CannedReply } from '../../protocol/api/queues.ts';
import { requireRole, type AccessEnv } from '../access/access.middleware.ts';
import { actorOf } from '../access/access.ts';
import type { SignedInPerson } from '../access/sign-ins.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../platform/clock.ts';
import { readJson, readParam } from '../platform/body.ts';
import { isUniqueViolation, type Database, type Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { newId, type Random } from '../platform/random.ts';
import {
  deleteCannedReply,
  findCannedReply,
  insertCannedReply,
  listCannedReplies,
  updateCannedReply,
} from './canned-replies.repository.ts';
import type { CannedReplyRow } from './desk.tables.ts';
import { DESK_ROLES } from './request-rights.ts';

export interface CannedRepliesDeps {
  database: Database;
  clock: Clock;
  random: Random;
  audit: Audit;
}

/** Everybody on the desk keeps their own; what all of it says is written by leads. */
export function createCannedRepliesRoutes(deps: CannedRepliesDeps): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  const requireDesk = requireRole(...DESK_ROLES);

  app.get('/api/canned-replies', requireDesk, (c) =>
    c.json({ replies: listCannedReplies(deps.database.db, c.get('person').personId).map(toCannedReply) }),
  );

  app.post('/api/canned-replies', requireDesk, async (c) => {
    const { isShared, ...written } = await readJson(c, writeCannedReply);
    const person = c.get('person');
    if (isShared) requireLead(person);
    const ownerId = isShared ? null : person.personId;
    const row = { id: newId('can', deps.random), ownerId, ...written, changedAt: deps.clock.now() };
    write(deps, { by: person, action: 'reply/added', row }, (tx) => insertCannedReply(tx, row));
    return c.json(toCannedReply(row), 201);
  });

  app.patch('/api/canned-replies/:id', requireDesk, async (c) => {
    const id = readParam(c, 'id', cannedReplyId);
    const { isShared, ...written } = await readJson(c, writeCannedReply);
    const person = c.get('person');
    const before = requireWritable(deps.database.db, id, person);
    if (isShared !== (before.ownerId === null)) requireLead(person);
    const row = { ...before, ...written, ownerId: isShared ? null : person.personId, changedAt: deps.clock.now() };
    write(deps, { by: person, action: 'reply/changed', row }, (tx) => updateCannedReply(tx, row));
    return c.json(toCannedReply(row));
  });

  app.post('/api/canned-replies/:id/remove', requireDesk, (c) => {
    const person = c.get('person');
    const row = requireWritable(deps.database.db, readParam(c, 'id', cannedReplyId), person);
    write(deps, { by: person, action: 'reply/removed', row }, (tx) => deleteCannedReply(tx, row.id));
    return c.body(null, 204);
  });

  return app;
}

function toCannedReply({ id, title, text, ownerId }: CannedReplyRow): CannedReply {
  return { id, title, text, isShared: ownerId === null };
}

function requireLead(person: SignedInPerson): void {
  if (!person.roles.includes('lead')) throw new AppError('auth.forbidden');
}

/** What somebody else keeps for themself does not exist. */
function requireWritable(tx: Tx, id: string, person: SignedInPerson): CannedReplyRow {
  const row = findCannedReply(tx, id);
  if (row === undefined || (row.ownerId !== null && row.ownerId !== person.personId)) throw new AppError('not-found');
  if (row.ownerId === null) requireLead(person);
  return row;
}

interface Writing {
  by: SignedInPerson;
  action: 'reply/added' | 'reply/changed' | 'reply/removed';
  row: CannedReplyRow;
}

function write(deps: CannedRepliesDeps, { by, action, row }: Writing, change: (tx: Tx) => void): void {
  const { id, title } = row;
  try {
    deps.database.transaction((tx) => {
      change(tx);
      const detail = { name: title, shared: row.ownerId === null };
      deps.audit.append(tx, { actor: actorOf(by), action, target: { id, label: title }, detail });
    });
  } catch (error) {
    if (isUniqueViolation(error, "index 'canned_reply_titles_are_unique'"))
      throw new AppError('reply.title-taken', {}, { cause: error });
    throw error;
  }
}
