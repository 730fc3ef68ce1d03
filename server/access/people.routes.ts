import { Hono } from 'hono';
import {
  addPerson,
  changePerson,
  peopleQuery,
  personId as personIdSchema,
  type Person,
} from '../../protocol/api/access.ts';
import { readBytes, readJson, readParam, readQuery } from '../platform/body.ts';
import { AppError } from '../platform/errors.ts';
import { requireRole, requireSignInOrGuest, type AccessEnv } from './access.middleware.ts';
import { actorOf, checkName, type AccessDeps } from './access.ts';
import { createPeople } from './people.ts';
import { listPeople } from './people-list.repository.ts';
import { findPerson, type PersonRecord } from './people.repository.ts';
import { MAX_PHOTO_BYTES, readPhoto } from './photos.ts';

/** People as the administrator sees and changes them. */
export function createPeopleRoutes(deps: AccessDeps): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  const people = createPeople(deps);
  const adminOnly = requireRole('admin');

  app.get('/api/people', adminOnly, (c) => {
    const { people: found, total } = listPeople(deps.database.db, readQuery(c, peopleQuery));
    return c.json({ people: found.map(toPerson), total });
  });

  app.get('/api/people/:id', adminOnly, (c) => {
    const person = findPerson(deps.database.db, readParam(c, 'id', personIdSchema));
    if (person === null) throw new AppError('not-found');
    return c.json(toPerson(person));
  });

  app.post('/api/people', adminOnly, async (c) => {
    const body = await readJson(c, addPerson);
    checkName(body.name);
    const { person, passwordLink } = people.add(actorOf(c.get('person')), body);
    return c.json({ person: toPerson(person), passwordLink }, 201);
  });

  app.patch('/api/people/:id', adminOnly, async (c) => {
    const id = readParam(c, 'id', personIdSchema);
    const body = await readJson(c, changePerson);
    checkName(body.name);
    return c.json(toPerson(people.change(actorOf(c.get('person')), id, body)));
  });

  app.post('/api/people/:id/deactivate', adminOnly, (c) =>
    c.json(toPerson(people.deactivate(actorOf(c.get('person')), readParam(c, 'id', personIdSchema)))),
  );

  app.post('/api/people/:id/activate', adminOnly, (c) =>
    c.json(toPerson(people.activate(actorOf(c.get('person')), readParam(c, 'id', personIdSchema)))),
  );

  app.post('/api/people/:id/password-link', adminOnly, (c) =>
    c.json(people.issuePasswordLink(actorOf(c.get('person')), readParam(c, 'id', personIdSchema)), 201),
  );

  app.put('/api/people/:id/photo', adminOnly, async (c) => {
    const id = readParam(c, 'id', personIdSchema);
    const mediaType = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
    const bytes = await readBytes(c, MAX_PHOTO_BYTES);
    people.setPhoto(actorOf(c.get('person')), id, { mediaType, bytes });
    return c.body(null, 204);
  });

  app.get('/api/people/:id/photo', requireSignInOrGuest, (c) => {
    const photo = readPhoto(deps.database.db, readParam(c, 'id', personIdSchema));
    if (photo === null) throw new AppError('not-found');
    c.header('etag', `"${photo.sha256}"`);
    // Revalidated each time, so that a new photo is seen at once.
    c.header('cache-control', 'private, no-cache');
    if (c.req.header('if-none-match') === `"${photo.sha256}"`) return c.body(null, 304);
    return c.body(new Uint8Array(photo.bytes), 200, { 'content-type': photo.mediaType });
  });

  return app;
}

function toPerson({ language: _language, ...person }: PersonRecord): Person {
  return person;
}
