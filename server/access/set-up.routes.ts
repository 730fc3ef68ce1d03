import { Hono } from 'hono';
import { setUp } from '../../protocol/api/access.ts';
import { readJson } from '../platform/body.ts';
import { AppError } from '../platform/errors.ts';
import { newId } from '../platform/random.ts';
import type { AccessEnv } from './access.middleware.ts';
import { checkName, type AccessDeps } from './access.ts';
import { insertDepartment, insertOrganisation } from './organisation.repository.ts';
import { checkPassword } from './passwords.ts';
import { insertPerson } from './people.repository.ts';
import { beginSignIn, describeOrganisation } from './sign-in.routes.ts';

/** The first-run wizard. Once there is an organisation it answers, byte for byte, like a route that never was. */
export function createSetUpRoutes(deps: AccessDeps): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();

  app.get('/api/setup', (c) => {
    if (!deps.setUpGate.isOpen()) throw new AppError('not-found');
    return c.body(null, 204);
  });

  app.post('/api/setup', async (c) => {
    // Before the body is looked at: afterwards nothing that is sent may make a difference.
    if (!deps.setUpGate.isOpen()) throw new AppError('not-found');
    const body = await readJson(c, setUp);
    if (!deps.setUpGate.isTokenRight(body.token)) {
      deps.guesses.refuse(c.get('address'));
      throw new AppError('setup.token-invalid');
    }
    checkName(body.name);
    checkName(body.organisation, 'organisation');
    checkPassword(body.password, body);
    const passwordHash = await deps.passwords.hash(body.password);
    const personId = newId('per', deps.random);
    deps.database.transaction((tx) => {
      if (!deps.setUpGate.isStillOpen(tx)) throw new AppError('not-found');
      const createdAt = deps.clock.now();
      const departmentId = newId('dep', deps.random);
      insertOrganisation(tx, { name: body.organisation, setUpAt: createdAt });
      // Everybody belongs to a department; the first one is the organisation itself until others are added.
      insertDepartment(tx, { id: departmentId, name: body.organisation, createdAt });
      const { employeeNumber, name } = body;
      insertPerson(tx, { id: personId, employeeNumber, name, departmentId, roles: ['admin'], passwordHash, createdAt });
      const actor = { id: personId, label: name };
      const detail = { organisation: body.organisation };
      deps.audit.append(tx, { actor, action: 'appliance/set-up', detail });
    });
    beginSignIn(deps, c, personId);
    return c.json(describeOrganisation(deps), 201);
  });

  return app;
}
