import { asc, eq, max } from '../platform/drizzle.ts';
import type { Category } from '../../protocol/api/desk.ts';
import type { Tx } from '../platform/database.ts';
import { categoriesTable } from './desk.tables.ts';

type CategoryRow = typeof categoriesTable.$inferSelect;
export type CategoryChange = Partial<Pick<Category, 'name' | 'hint' | 'icon' | 'isActive' | 'queueId'>>;

function toCategory(row: CategoryRow): Category {
  return {
    id: row.id,
    name: { en: row.nameEn, 'zh-CN': row.nameZh },
    hint: { en: row.hintEn, 'zh-CN': row.hintZh },
    icon: row.icon,
    isActive: row.isActive,
    queueId: row.queueId,
  };
}

/** All categories in their order. */
export function listCategories(tx: Tx): Category[] {
  return tx.select().from(categoriesTable).orderBy(asc(categoriesTable.position)).all().map(toCategory);
}

export function findCategory(tx: Tx, id: string): Category | undefined {
  const row = tx.select().from(categoriesTable).where(eq(categoriesTable.id, id)).get();
  return row && toCategory(row);
}

/** Adds one at the end. */
export function insertCategory(tx: Tx, category: Category): void {
  const last = tx
    .select({ position: max(categoriesTable.position) })
    .from(categoriesTable)
    .get();
  tx.insert(categoriesTable)
    .values({ id: category.id, ...columns(category), isActive: category.isActive, position: (last?.position ?? 0) + 1 })
    .run();
}

/** Changes what is given; undefined when there is no such category. */
export function updateCategory(tx: Tx, id: string, change: CategoryChange): Category | undefined {
  const before = findCategory(tx, id);
  if (before === undefined) return undefined;
  const after = { ...before, ...change };
  tx.update(categoriesTable)
    .set({ ...columns(after), isActive: after.isActive })
    .where(eq(categoriesTable.id, id))
    .run();
  return after;
}

function columns({ name, hint, icon, queueId }: Category) {
  return { nameEn: name.en, nameZh: name['zh-CN'], hintEn: hint.en, hintZh: hint['zh-CN'], icon, queueId };
}
