import { Hono } from 'hono';
import { requestIdentity, type IdentityCertificate } from '../../protocol/api/access.ts';
import { readJson } from '../platform/body.ts';
import { AppError } from '../platform/errors.ts';
import { requireRole, type AccessEnv } from './access.middleware.ts';
import { actorOf, announceRevoked, type AccessDeps } from './access.ts';
import { readOrganisationName } from './organisation.repository.ts';
import { findPerson } from './people.repository.ts';
import { readPhotoSha256 } from './photos.ts';

/** Identity certificates: an agent's browser proves to hold a key, the authority writes down whose it is. */
export function createIdentityRoutes(deps: AccessDeps): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  const agentsOnly = requireRole('agent');

  app.post('/api/identity/challenge', agentsOnly, (c) =>
    c.json({ challenge: deps.challenges.create(c.get('person').personId) }),
  );

  app.post('/api/identity', agentsOnly, async (c) => {
    const body = await readJson(c, requestIdentity);
    const { personId } = c.get('person');
    const publicKey = deps.challenges.prove(personId, body);
    const issued = deps.database.transaction((tx) => {
      const person = findPerson(tx, personId);
      if (person === null) throw new AppError('auth.required');
      const { name, employeeNumber, department } = person;
      const organisation = readOrganisationName(tx) ?? '';
      const photoSha256 = readPhotoSha256(tx, personId);
      const subject = { personId, name, employeeNumber, department, organisation, photoSha256 };
      const certificate = deps.authority.issueIdentity(tx, subject, publicKey);
      const actor = actorOf(c.get('person'));
      for (const serialNumber of certificate.revoked)
        deps.audit.append(tx, { actor, action: 'identity/revoked', target: actor, detail: { serialNumber } });
      const detail = { serialNumber: certificate.serialNumber, notAfter: certificate.notAfter };
      deps.audit.append(tx, { actor, action: 'identity/issued', target: actor, detail });
      return certificate;
    });
    announceRevoked(deps, personId, issued.revoked);
    const { certificate, serialNumber, notAfter } = issued;
    const answer: IdentityCertificate = { certificate, ca: deps.authority.caCertificate, serialNumber, notAfter };
    return c.json(answer, 201);
  });

  return app;
}
