import { Hono } from 'hono';
import type { AccessEnv } from './access.middleware.ts';
import type { AccessDeps } from './access.ts';
import { createDepartmentsRoutes } from './departments.routes.ts';
import { createIdentityRoutes } from './identity.routes.ts';
import { createPeopleFilesRoutes } from './people-files.routes.ts';
import { createPeopleRoutes } from './people.routes.ts';
import { createSetUpRoutes } from './set-up.routes.ts';
import { createSignInRoutes } from './sign-in.routes.ts';

/** All routes of `protocol/api/access.ts`. */
export function createAccessRoutes(deps: AccessDeps): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  app.route('/', createSignInRoutes(deps));
  app.route('/', createSetUpRoutes(deps));
  app.route('/', createPeopleFilesRoutes(deps));
  app.route('/', createPeopleRoutes(deps));
  app.route('/', createDepartmentsRoutes(deps));
  app.route('/', createIdentityRoutes(deps));
  return app;
}
