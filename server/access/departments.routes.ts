import { Hono } from 'hono';
import { departmentId as departmentIdSchema, nameDepartment, type Department } from '../../protocol/api/access.ts';
import { readJson, readParam } from '../platform/body.ts';
import { isUniqueViolation, type Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { newId } from '../platform/random.ts';
import { requireRole, type AccessEnv } from './access.middleware.ts';
import { actorOf, checkName, type AccessDeps } from './access.ts';
import {
  deleteDepartment,
  findDepartment,
  insertDepartment,
  listDepartments,
  renameDepartment,
} from './organisation.repository.ts';

export function createDepartmentsRoutes(deps: AccessDeps): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  const adminOnly = requireRole('admin');

  app.get('/api/departments', adminOnly, (c) => c.json({ departments: listDepartments(deps.database.db) }));

  app.post('/api/departments', adminOnly, async (c) => {
    const { name } = await readJson(c, nameDepartment);
    checkName(name);
    const id = newId('dep', deps.random);
    const department = uniquely(deps, (tx) => {
      insertDepartment(tx, { id, name, createdAt: deps.clock.now() });
      const actor = actorOf(c.get('person'));
      deps.audit.append(tx, { actor, action: 'department/added', target: { id, label: name }, detail: { name } });
      return readDepartment(tx, id);
    });
    return c.json(department, 201);
  });

  app.patch('/api/departments/:id', adminOnly, async (c) => {
    const id = readParam(c, 'id', departmentIdSchema);
    const { name } = await readJson(c, nameDepartment);
    checkName(name);
    const department = uniquely(deps, (tx) => {
      if (!renameDepartment(tx, id, name)) throw new AppError('not-found');
      const actor = actorOf(c.get('person'));
      deps.audit.append(tx, { actor, action: 'department/changed', target: { id, label: name }, detail: { name } });
      return readDepartment(tx, id);
    });
    return c.json(department);
  });

  app.post('/api/departments/:id/remove', adminOnly, (c) => {
    const id = readParam(c, 'id', departmentIdSchema);
    deps.database.transaction((tx) => {
      const department = findDepartment(tx, id);
      if (department === null) throw new AppError('not-found');
      if (department.peopleCount > 0) throw new AppError('department.in-use');
      deleteDepartment(tx, id);
      const { name } = department;
      const actor = actorOf(c.get('person'));
      deps.audit.append(tx, { actor, action: 'department/removed', target: { id, label: name }, detail: { name } });
    });
    return c.body(null, 204);
  });

  return app;
}

function readDepartment(tx: Tx, id: string): Department {
  const department = findDepartment(tx, id);
  if (department === null) throw new Error(`department ${id} has just been written`);
  return department;
}

function uniquely(deps: AccessDeps, work: (tx: Tx) => Department): Department {
  try {
    return deps.database.transaction(work);
  } catch (error) {
    if (isUniqueViolation(error, 'departments.name')) throw new AppError('department.name-taken', {}, { cause: error });
    throw error;
  }
}
