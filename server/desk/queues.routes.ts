import { Hono } from 'hono';
import { queueId as queueIdSchema, type QueueRef } from '../../protocol/api/desk.ts';
import { addQueue, changeQueue, chooseQueues, type QueueInfo, type Queues } from '../../protocol/api/queues.ts';
import { requireRole, type AccessEnv } from '../access/access.middleware.ts';
import { actorOf, checkName } from '../access/access.ts';
import { hasDepartment } from '../access/organisation.repository.ts';
import type { SignedInPerson } from '../access/sign-ins.ts';
import type { Audit } from '../audit/audit.ts';
import { readJson, readParam } from '../platform/body.ts';
import { isUniqueViolation, type Database, type Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { newId, type Random } from '../platform/random.ts';
import type { DeskNews } from './desk.news.ts';
import { DESK_ROLES } from './request-rights.ts';
import {
  countWaiting,
  findQueue,
  insertQueue,
  isQueueInUse,
  listQueues,
  makeDefault,
  readQueueChoice,
  readQueueDepartments,
  toQueueRef,
  updateQueue,
  writeQueueChoice,
  writeQueueDepartments,
} from './queues.repository.ts';

export interface QueuesDeps {
  database: Database;
  random: Random;
  audit: Audit;
  news: DeskNews;
}

/** Where requests wait. Administrators make queues; whoever is on the desk chooses which are theirs. */
export function createQueuesRoutes(deps: QueuesDeps): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  const { db } = deps.database;

  app.get('/api/queues', requireRole(...DESK_ROLES, 'admin'), (c) => c.json(describeQueues(db, c.get('person'))));

  app.post('/api/queues', requireRole('admin'), async (c) => {
    const { name, departmentIds } = await readJson(c, addQueue);
    checkNames(name);
    const id = newId('que', deps.random);
    write(deps, (tx) => {
      requireDepartments(tx, departmentIds);
      insertQueue(tx, { id, name });
      writeQueueDepartments(tx, id, departmentIds);
      const target = { id, label: name.en };
      deps.audit.append(tx, {
        actor: actorOf(c.get('person')),
        action: 'queue/added',
        target,
        detail: { name: name.en },
      });
    });
    return c.json(describeOne(db, c.get('person'), id), 201);
  });

  app.patch('/api/queues/:id', requireRole('admin'), async (c) => {
    const id = readParam(c, 'id', queueIdSchema);
    const change = await readJson(c, changeQueue);
    checkNames(change.name);
    write(deps, (tx) => {
      applyChange(tx, id, change);
      const name = findQueue(tx, id)?.nameEn ?? '';
      const detail = { name, changed: Object.keys(change).join(',') };
      const target = { id, label: name };
      deps.audit.append(tx, { actor: actorOf(c.get('person')), action: 'queue/changed', target, detail });
    });
    return c.json(describeOne(db, c.get('person'), id));
  });

  app.put('/api/desk/queues', requireRole(...DESK_ROLES), async (c) => {
    const { queueIds } = await readJson(c, chooseQueues);
    const { personId } = c.get('person');
    deps.database.transaction((tx) => {
      for (const queueId of queueIds ?? [])
        if (findQueue(tx, queueId)?.isActive !== true) throw new AppError('request.invalid', { fields: ['queueIds'] });
      writeQueueChoice(tx, personId, queueIds);
    });
    return c.json(describeQueues(db, c.get('person')));
  });

  return app;
}

/** The Chinese one may be left out. */
function checkNames(name: QueueRef['name'] | undefined): void {
  checkName(name?.en, 'name.en');
  if (name?.['zh-CN'] !== '') checkName(name?.['zh-CN'], 'name.zh-CN');
}

function requireDepartments(tx: Tx, departmentIds: readonly string[]): void {
  if (departmentIds.some((departmentId) => !hasDepartment(tx, departmentId)))
    throw new AppError('request.invalid', { fields: ['departmentIds'] });
}

interface QueueChange {
  name?: QueueRef['name'] | undefined;
  departmentIds?: string[] | undefined;
  isDefault?: true | undefined;
  isActive?: boolean | undefined;
}

function applyChange(tx: Tx, id: string, { name, departmentIds, isDefault, isActive }: QueueChange): void {
  const before = findQueue(tx, id);
  if (before === undefined) throw new AppError('not-found');
  const willBeActive = isActive ?? before.isActive;
  // A closed queue that something goes to would be a hole.
  if (!willBeActive && (before.isDefault || isDefault === true || isQueueInUse(tx, id)))
    throw new AppError('queue.in-use');
  if (departmentIds !== undefined) {
    requireDepartments(tx, departmentIds);
    writeQueueDepartments(tx, id, departmentIds);
  }
  updateQueue(tx, id, { ...(name !== undefined && { name }), ...(isActive !== undefined && { isActive }) });
  if (isDefault === true) makeDefault(tx, id);
}

function write(deps: QueuesDeps, change: (tx: Tx) => void): void {
  try {
    deps.database.transaction(change);
  } catch (error) {
    if (isUniqueViolation(error, 'queues.name_en')) throw new AppError('queue.name-taken', {}, { cause: error });
    throw error;
  }
  deps.news.queueChanged();
}

/** All that are open, with what waits there and whether they are this person's; for administrators the closed ones too. */
function describeQueues(tx: Tx, person: SignedInPerson): Queues {
  const isAdmin = person.roles.includes('admin');
  const shown = listQueues(tx).filter(({ isActive }) => isActive || isAdmin);
  const open = shown.filter(({ isActive }) => isActive).map(({ id }) => id);
  const departments = readQueueDepartments(tx);
  const chosen = readQueueChoice(tx, person.personId).filter((id) => open.includes(id));
  const ofDepartment = open.filter((id) => departments.get(id)?.includes(person.departmentId) === true);
  const mine = [chosen, ofDepartment, open].find((ids) => ids.length > 0) ?? [];
  const counts = countWaiting(tx);
  const queues = shown.map((row): QueueInfo => {
    const { isDefault, isActive } = row;
    const waits = counts.get(row.id) ?? { waiting: 0, oldestAt: null };
    const departmentIds = departments.get(row.id) ?? [];
    return { ...toQueueRef(row), isDefault, isActive, departmentIds, isMine: mine.includes(row.id), ...waits };
  });
  return { queues, hasChosen: chosen.length > 0 };
}

function describeOne(tx: Tx, person: SignedInPerson, id: string): QueueInfo {
  const queue = describeQueues(tx, person).queues.find((one) => one.id === id);
  if (queue === undefined) throw new Error(`queue ${id} has just been written`);
  return queue;
}
