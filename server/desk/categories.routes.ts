import { Hono } from 'hono';
import { addCategory, changeCategory, type Category } from '../../protocol/api/desk.ts';
import { categoryId } from '../../protocol/api/access.ts';
import { requireRole, requireSignIn, type AccessEnv } from '../access/access.middleware.ts';
import type { Audit } from '../audit/audit.ts';
import { readJson, readParam } from '../platform/body.ts';
import { isUniqueViolation, type Database, type Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { newId, type Random } from '../platform/random.ts';
import { actorOf, checkName } from '../access/access.ts';
import type { SignedInPerson } from '../access/sign-ins.ts';
import { findQueue } from './queues.repository.ts';
import { insertCategory, listCategories, updateCategory, type CategoryChange } from './categories.repository.ts';

export interface CategoriesDeps {
  database: Database;
  random: Random;
  audit: Audit;
}

export function createCategoriesRoutes(deps: CategoriesDeps): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();

  app.get('/api/categories', requireSignIn, (c) => {
    const isAdmin = c.get('person').roles.includes('admin');
    const all = listCategories(deps.database.db);
    return c.json({ categories: isAdmin ? all : all.filter((category) => category.isActive) });
  });

  app.post('/api/categories', requireRole('admin'), async (c) => {
    const body = await readJson(c, addCategory);
    checkNames(body.name);
    const category: Category = { id: newId('cat', deps.random), ...body, isActive: true };
    write(deps, { by: c.get('person'), action: 'category/added' }, (tx) => {
      requireQueue(tx, body.queueId);
      insertCategory(tx, category);
      return category;
    });
    return c.json(category, 201);
  });

  app.patch('/api/categories/:id', requireRole('admin'), async (c) => {
    const id = readParam(c, 'id', categoryId);
    const body = await readJson(c, changeCategory);
    checkNames(body.name);
    const change = Object.fromEntries(
      Object.entries(body).filter(([, value]) => value !== undefined),
    ) as CategoryChange; // Only what was given is a change; the schema has checked each of them.
    return c.json(
      write(deps, { by: c.get('person'), action: 'category/changed' }, (tx) => {
        requireQueue(tx, change.queueId);
        const changed = updateCategory(tx, id, change);
        if (changed === undefined) throw new AppError('not-found');
        return changed;
      }),
    );
  });

  return app;
}

/** The Chinese one may be left out. */
function checkNames(names: Category['name'] | undefined): void {
  checkName(names?.en, 'name.en');
  if (names?.['zh-CN'] !== '') checkName(names?.['zh-CN'], 'name.zh-CN');
}

/** Nothing is routed to where nobody looks. */
function requireQueue(tx: Tx, queueId: string | null | undefined): void {
  if (queueId === undefined || queueId === null) return;
  if (findQueue(tx, queueId)?.isActive !== true) throw new AppError('request.invalid', { fields: ['queueId'] });
}

function write(
  deps: CategoriesDeps,
  { by, action }: { by: SignedInPerson; action: 'category/added' | 'category/changed' },
  change: (tx: Tx) => Category,
): Category {
  try {
    return deps.database.transaction((tx) => {
      const category = change(tx);
      const name = category.name.en;
      const target = { id: category.id, label: name };
      deps.audit.append(tx, { actor: actorOf(by), action, target, detail: { name } });
      return category;
    });
  } catch (error) {
    if (isUniqueViolation(error, 'categories.name_en')) {
      throw new AppError('category.name-taken', {}, { cause: error });
    }
    throw error;
  }
}
