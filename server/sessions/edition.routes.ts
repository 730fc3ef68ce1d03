import { Hono } from 'hono';
import { changeEdition, previewEdition } from '../../protocol/api/edition.ts';
import { requireRole, type AccessEnv } from '../access/access.middleware.ts';
import { readJson } from '../platform/body.ts';
import type { EditionService } from './edition.service.ts';

/** Where remote assistance is available, for security and administrators. */
export function createEditionRoutes(edition: EditionService): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  const setters = requireRole('security', 'admin');
  app.get('/api/edition', setters, (c) => c.json(edition.read()));
  app.post('/api/edition/preview', setters, async (c) => {
    const { changes } = await readJson(c, previewEdition);
    return c.json(edition.preview(changes));
  });
  app.patch('/api/edition', setters, async (c) => {
    return c.json(edition.change(c.get('person'), await readJson(c, changeEdition)));
  });
  return app;
}
