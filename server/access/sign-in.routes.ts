import { Hono, type Context } from 'hono';
import {
  openPasswordLink,
  redeemPasswordLink,
  setLanguage,
  signIn as signInSchema,
  type Me,
  type Organisation,
} from '../../protocol/api/access.ts';
import { STRANGER } from '../audit/audit.ts';
import { readJson } from '../platform/body.ts';
import { AppError } from '../platform/errors.ts';
import { isAvailableToAnybody, isAvailableToPerson } from '../policy/availability.ts';
import { actorOf, type AccessDeps } from './access.ts';
import { giveCookie, requireSignIn, requireSignInOrGuest, takeCookie, type AccessEnv } from './access.middleware.ts';
import { readOrganisationName } from './organisation.repository.ts';
import { checkPassword } from './passwords.ts';
import { findPerson, findPersonByNumber, readPasswordHash, updatePerson } from './people.repository.ts';
import type { SignInAttempt } from './sign-in-throttle.ts';
import type { SignIn } from './sign-ins.ts';

/** Sign-in, sign-out, who am I, first passwords: what a stranger can reach, and little else. */
export function createSignInRoutes(deps: AccessDeps): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();

  app.get('/api/organisation', (c) => c.json(describeOrganisation(deps)));

  app.post('/api/sign-in', async (c) => {
    const { employeeNumber, password } = await readJson(c, signInSchema);
    const attempt = { employeeNumber: employeeNumber.trim(), address: c.get('address') };
    const retryAfterS = deps.throttle.waitS(attempt);
    // Not an audit event: whoever is throttled could fill the chain. The failures before it are in the chain.
    if (retryAfterS > 0) throw new AppError('auth.too-many-attempts', { retryAfterS });
    const personId = await tryPassword(deps, attempt, password);
    if (personId === null) {
      auditRefusal(deps, attempt.employeeNumber);
      throw new AppError('auth.wrong-credentials');
    }
    return c.json(beginSignIn(deps, c, personId));
  });

  app.post('/api/sign-out', requireSignInOrGuest, (c) => {
    const signIn = c.get('signIn');
    if (signIn !== null) endSignIn(deps, signIn);
    takeCookie(c);
    return c.body(null, 204);
  });

  app.get('/api/me', requireSignInOrGuest, (c) => c.json(describeMe(deps, c.get('signIn'))));

  app.put('/api/me/language', requireSignIn, async (c) => {
    const { language } = await readJson(c, setLanguage);
    updatePerson(deps.database.db, c.get('person').personId, { language });
    return c.body(null, 204);
  });

  app.post('/api/password-links/open', async (c) => {
    const { token } = await readJson(c, openPasswordLink);
    const { name, employeeNumber } = findByLink(deps, token, c.get('address'));
    return c.json({ name, employeeNumber });
  });

  app.post('/api/password-links/redeem', async (c) => {
    const { token, password } = await readJson(c, redeemPasswordLink);
    const person = findByLink(deps, token, c.get('address'));
    // Nobody is signed in here, but it would sign the person in, and everybody else out.
    if (deps.isOperated(person.id)) throw new AppError('session.only-narrowing');
    checkPassword(password, person);
    const passwordHash = await deps.passwords.hash(password);
    deps.database.transaction((tx) => {
      // Hashing took time: of two who redeem the same link, the second finds it used.
      if (deps.passwordLinks.find(tx, token) !== person.id) throw new AppError('password.link-invalid');
      deps.passwordLinks.remove(tx, person.id);
      updatePerson(tx, person.id, { passwordHash });
      deps.signIns.endAllOf(tx, person.id);
      const self = { id: person.id, label: person.name };
      deps.audit.append(tx, { actor: self, action: 'person/password-set', target: self });
    });
    deps.hub.close((audience) => audience.personId === person.id, 'signed-out');
    return c.json(beginSignIn(deps, c, person.id));
  });

  return app;
}

/** Public, before and after set-up. The fingerprint is written as openssl and browsers write it. */
export function describeOrganisation(deps: Pick<AccessDeps, 'database' | 'authority' | 'version'>): Organisation {
  const name = readOrganisationName(deps.database.db);
  return {
    name: name ?? '',
    isSetUp: name !== null,
    isAssistanceAvailable: isAvailableToAnybody(deps.database.db),
    caFingerprint: groupFingerprint(deps.authority.caFingerprint),
    version: deps.version,
  };
}

export function groupFingerprint(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).join(':');
}

function describeMe({ database }: Pick<AccessDeps, 'database'>, signIn: SignIn | null): Me {
  if (signIn === null) throw new AppError('auth.required');
  if (signIn.kind === 'guest')
    return {
      id: 'guest',
      employeeNumber: '',
      name: '',
      department: '',
      departmentId: null,
      roles: [],
      guestSessionId: signIn.sessionId,
      hasPhoto: false,
      language: null,
      // Of the one session that a guest came for, its own page says so.
      isAssistanceAvailable: isAvailableToAnybody(database.db),
      liveToken: signIn.liveToken,
    };
  const { personId, employeeNumber, name, department, departmentId, hasPhoto, language, liveToken } = signIn;
  const roles = [...signIn.roles];
  const own = { employeeNumber, name, department, departmentId, roles, hasPhoto, language, liveToken };
  const isAssistanceAvailable = isAvailableToPerson(database.db, signIn);
  return { id: personId, guestSessionId: null, ...own, isAssistanceAvailable };
}

async function tryPassword(deps: AccessDeps, attempt: SignInAttempt, password: string): Promise<string | null> {
  let personId: string | null = null;
  deps.throttle.begin(attempt);
  try {
    personId = await findByPassword(deps, attempt.employeeNumber, password);
  } finally {
    if (personId === null) deps.throttle.failed(attempt);
    else deps.throttle.succeeded(attempt);
  }
  return personId;
}

async function findByPassword(deps: AccessDeps, employeeNumber: string, password: string): Promise<string | null> {
  const person = findPersonByNumber(deps.database.db, employeeNumber);
  const stored = person?.isActive === true ? readPasswordHash(deps.database.db, person.id) : null;
  const isRight = await deps.passwords.isRight(password, stored);
  return isRight && person !== null ? person.id : null;
}

function auditRefusal(deps: AccessDeps, employeeNumber: string): void {
  deps.database.transaction((tx) =>
    deps.audit.append(tx, {
      actor: STRANGER,
      action: 'auth/refused',
      outcome: 'refused',
      detail: { employeeNumber, reason: 'wrong-credentials' },
    }),
  );
}

/** Ends whoever was signed in with this browser before, and signs the person in. */
export function beginSignIn(deps: AccessDeps, c: Context<AccessEnv>, personId: string): Me {
  const before = c.get('signIn');
  const begun = deps.database.transaction((tx) => {
    const person = findPerson(tx, personId);
    // The password was looked at some milliseconds ago; deactivation may have come in between.
    if (person === null || !person.isActive) throw new AppError('auth.wrong-credentials');
    if (before !== null) deps.signIns.end(tx, before.signInId);
    updatePerson(tx, personId, { lastSignInAt: deps.clock.now() });
    const self = { id: person.id, label: person.name };
    deps.audit.append(tx, {
      actor: self,
      action: 'auth/signed-in',
      target: self,
      detail: { role: person.roles.join(',') },
    });
    return deps.signIns.begin(tx, { personId });
  });
  if (before !== null) announceEnd(deps, before);
  giveCookie(c, begun);
  return describeMe(deps, deps.signIns.find(begun.secret));
}

function endSignIn(deps: AccessDeps, signIn: SignIn): void {
  deps.database.transaction((tx) => {
    deps.signIns.end(tx, signIn.signInId);
    const actor = signIn.kind === 'person' ? actorOf(signIn) : { id: 'guest', label: '' };
    deps.audit.append(tx, { actor, action: 'auth/signed-out' });
  });
  announceEnd(deps, signIn);
}

function announceEnd(deps: AccessDeps, signIn: SignIn): void {
  deps.hub.close((audience) => audience.signInId === signIn.signInId, 'signed-out');
  deps.events.emit('sign-in/ended', { signInId: signIn.signInId });
}

function findByLink(
  deps: AccessDeps,
  token: string,
  address: string,
): { id: string; name: string; employeeNumber: string } {
  const personId = deps.passwordLinks.find(deps.database.db, token);
  const person = personId === null ? null : findPerson(deps.database.db, personId);
  if (person === null || !person.isActive) {
    deps.guesses.refuse(address);
    throw new AppError('password.link-invalid');
  }
  return person;
}
