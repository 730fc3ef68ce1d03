import { z } from '../zod.ts';
import { id, language, text, timeMs } from './shared.ts';

export const ROLES = ['employee', 'agent', 'lead', 'security', 'auditor', 'admin'] as const;
export const role = z.enum(ROLES);
export type Role = z.infer<typeof role>;

export const personId = id('per');
export const departmentId = id('dep');
export const categoryId = id('cat');
export const employeeNumber = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/);
/** Length counts, not character classes (NIST SP 800-63B §3.1.1.2); common and self-referring passwords are refused. */
export const password = z.string().min(12).max(256);
/** 256 random bits, base64url without padding. */
export const secret = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** GET /api/organisation: what anyone may know. `isSetUp` false: nothing else answers yet. */
export const organisation = z.object({
  name: z.string(),
  isSetUp: z.boolean(),
  caFingerprint: z.string(),
  version: z.string(),
  /** False: remote assistance is switched off for everybody, and no code or link leads anywhere. */
  isAssistanceAvailable: z.boolean(),
});
export type Organisation = z.infer<typeof organisation>;

/** POST /api/setup → 201 organisation, signed in as the administrator. 404 once done. GET /api/setup → 204 while open. */
export const setUp = z.strictObject({
  token: secret,
  organisation: text(80),
  employeeNumber,
  name: text(80),
  password,
});

/** POST /api/sign-in → me */
export const signIn = z.strictObject({ employeeNumber: z.string().max(64), password: z.string().max(256) });

/** GET /api/me. A guest came in by a spoken code or a link and can reach one session only. */
export const me = z.object({
  id: personId.or(z.literal('guest')),
  employeeNumber: z.string(),
  name: z.string(),
  department: z.string(),
  departmentId: departmentId.nullable(),
  roles: z.array(role),
  guestSessionId: id('ses').nullable(),
  hasPhoto: z.boolean(),
  language: language.nullable(),
  /** Whether I may be helped on my screen at all; a request may still be about something for which nobody is. */
  isAssistanceAvailable: z.boolean(),
  /** First message of the live socket. */
  liveToken: z.string(),
});
export type Me = z.infer<typeof me>;

/** PUT /api/me/language → 204 */
export const setLanguage = z.strictObject({ language });

/** POST /api/password-links/open → passwordLinkOpened. Does not use the link up. */
export const openPasswordLink = z.strictObject({ token: secret });
export const passwordLinkOpened = z.object({ name: z.string(), employeeNumber: z.string() });
/** POST /api/password-links/redeem → me, signed in */
export const redeemPasswordLink = z.strictObject({ token: secret, password });

export const person = z.object({
  id: personId,
  employeeNumber: z.string(),
  name: z.string(),
  department: z.string(),
  departmentId: departmentId,
  roles: z.array(role),
  isActive: z.boolean(),
  hasPassword: z.boolean(),
  hasPhoto: z.boolean(),
  createdAt: timeMs,
  lastSignInAt: timeMs.nullable(),
});
export type Person = z.infer<typeof person>;
export const PEOPLE_STATES = ['active', 'no-password', 'inactive'] as const;
export type PersonState = (typeof PEOPLE_STATES)[number];
export const PEOPLE_SORTS = ['name', 'number', 'department', 'last-sign-in'] as const;
export type PeopleSort = (typeof PEOPLE_SORTS)[number];
/** Which people, as a search in the address of the page says it; also for an export. */
export const peopleFilter = z.strictObject({
  /** Words, each of which is in name, number or department, in any script, case and accent. */
  q: z.string().trim().max(100).default(''),
  department: departmentId.optional(),
  role: role.optional(),
  state: z.enum(PEOPLE_STATES).optional(),
});
export type PeopleFilter = z.infer<typeof peopleFilter>;
export const peopleQuery = peopleFilter.extend({
  sort: z.enum(PEOPLE_SORTS).default('name'),
  order: z.enum(['asc', 'desc']).default('asc'),
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  size: z.coerce.number().int().min(1).max(200).default(50),
});
export type PeopleQuery = z.infer<typeof peopleQuery>;
/** GET /api/people?q=&department=&role=&state=&sort=&order=&page=&size= → people; `total` counts all that match. Admin only. */
export const people = z.object({ people: z.array(person), total: z.number() });
export type PeoplePage = z.infer<typeof people>;
// GET /api/people/:id → person
/** POST /api/people → personAdded */
export const addPerson = z.strictObject({
  employeeNumber,
  name: text(80),
  departmentId,
  roles: z.array(role).min(1),
});
/** The link's secret is in the fragment; shown once. */
export const passwordLink = z.object({ url: z.string(), expiresAt: timeMs });
export const personAdded = z.object({ person, passwordLink });
/** PATCH /api/people/:id → person */
export const changePerson = z.strictObject({
  name: text(80).optional(),
  departmentId: departmentId.optional(),
  roles: z.array(role).min(1).optional(),
});
// POST /api/people/:id/deactivate → person; POST /api/people/:id/activate → person
// POST /api/people/:id/password-link → passwordLink
// PUT /api/people/:id/photo  body image/png or image/jpeg, at most 512 KiB → 204; GET → the image (any signed-in person)

export const department = z.object({ id: departmentId, name: z.string(), peopleCount: z.number() });
export type Department = z.infer<typeof department>;
/**
 * GET /api/departments → departments; POST → department; PATCH /api/departments/:id → department;
 * POST /api/departments/:id/remove → 204, 409 department.in-use while there are people in it.
 */
export const departments = z.object({ departments: z.array(department) });
export const nameDepartment = z.strictObject({ name: text(80) });

/** POST /api/identity/challenge → identityChallenge. Agents only. */
export const identityChallenge = z.object({ challenge: secret });
/**
 * POST /api/identity → identityCertificate. `publicKey` is an RSA-2048 or larger SPKI in base64; `signature` is
 * RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2) over the UTF-8 bytes of `handrail identity ` + challenge.
 */
export const requestIdentity = z.strictObject({
  challenge: secret,
  publicKey: z.string().max(2048),
  signature: z.string().max(2048),
});
export const identityCertificate = z.object({
  certificate: z.string(),
  ca: z.string(),
  serialNumber: z.string(),
  notAfter: timeMs,
});
export type IdentityCertificate = z.infer<typeof identityCertificate>;
