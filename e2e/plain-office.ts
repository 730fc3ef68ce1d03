/** An organisation with people, a request and a whole session, made over the network without a browser or a helper. */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import type { z } from 'zod';
import * as access from '../protocol/api/access.ts';
import * as desk from '../protocol/api/desk.ts';
import * as sessions from '../protocol/api/sessions.ts';
import type { PlainClient } from './plain-client.ts';

/** Somebody with an account and a cookie. */
export interface PlainMember {
  client: PlainClient;
  me: access.Me;
  password: string;
}

export interface PlainOffice {
  admin: PlainMember;
  agent: PlainMember;
  employee: PlainMember;
  departmentId: string;
  /** Of a person who has not redeemed it. */
  openPasswordLink: string;
}

/** Uses the printed set-up link up. */
export async function foundPlainOffice(stranger: PlainClient, setUpToken: string): Promise<PlainOffice> {
  const password = 'seven gulls over the pier';
  const founder = { organisation: 'Lindgren & Hua 林华', name: 'Anna Lindgren', employeeNumber: 'A1001', password };
  await stranger.post('/api/setup', access.organisation, { ...founder, token: setUpToken });
  const admin = { client: stranger, me: await stranger.get('/api/me', access.me), password };
  const { id: departmentId } = await stranger.post('/api/departments', access.department, { name: '信息技术部 IT' });
  const agent = await hire(admin, {
    departmentId,
    name: '李伟',
    employeeNumber: 'A1002',
    roles: ['agent', 'employee'],
  });
  const employee = await hire(admin, {
    departmentId,
    name: 'Maria Keller',
    employeeNumber: 'E2001',
    roles: ['employee'],
  });
  const late = { departmentId, name: 'Tom Becker', employeeNumber: 'E2002', roles: ['employee'] };
  const added = await stranger.post('/api/people', access.personAdded, late);
  return { admin, agent, employee, departmentId, openPasswordLink: secretOf(added.passwordLink.url) };
}

export const secretOf = (link: string): string => link.split('#')[1] ?? '';

async function hire(admin: PlainMember, person: z.input<typeof access.addPerson>): Promise<PlainMember> {
  const { passwordLink } = await admin.client.post('/api/people', access.personAdded, person);
  const client = admin.client.stranger();
  const password = 'slow trains cross the delta';
  const token = secretOf(passwordLink.url);
  return { client, me: await client.post('/api/password-links/redeem', access.me, { token, password }), password };
}

export async function signIn(stranger: PlainClient, { me, password }: PlainMember): Promise<PlainMember> {
  const body = { employeeNumber: me.employeeNumber, password };
  return { client: stranger, password, me: await stranger.post('/api/sign-in', access.me, body) };
}

/** A request with a message and two files. */
export async function askForHelp(employee: PlainMember, symptom: string): Promise<string> {
  const { categories } = await employee.client.get('/api/categories', desk.categories);
  const body = { categoryId: categories[0]?.id, symptom, tried: '重启', expected: '' };
  const { id } = await employee.client.post('/api/requests', desk.request, body);
  const message = { text: 'It worked yesterday.', clientId: crypto.randomUUID() };
  await employee.client.post(`/api/requests/${id}/messages`, desk.message, message);
  await employee.client.attach(id, { name: 'printer.log', bytes: new TextEncoder().encode('state: offline\n') });
  await employee.client.attach(id, { name: '设置.txt', bytes: new Uint8Array(Buffer.from('dpi=600\n'.repeat(500))) });
  return id;
}

export interface PlainIdentity {
  privateKey: KeyObject;
  certificate: string;
  serialNumber: string;
}

/** A certificate for this agent, as their browser gets one after signing in. */
export async function enrolIdentity({ client }: PlainMember): Promise<PlainIdentity> {
  const { challenge } = await client.post('/api/identity/challenge', access.identityChallenge, {});
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const issued = await client.post('/api/identity', access.identityCertificate, {
    challenge,
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    signature: sign('sha256', Buffer.from(`handrail identity ${challenge}`), privateKey).toString('base64'),
  });
  return { privateKey, certificate: issued.certificate, serialNumber: issued.serialNumber };
}

export interface PlainInvitation extends sessions.Invited {
  requestId: string;
  identity: PlainIdentity;
}

/** Takes the request and invites its employee. */
export async function takeAndInvite(agent: PlainMember, requestId: string): Promise<PlainInvitation> {
  const identity = await enrolIdentity(agent);
  return { requestId, identity, ...(await inviteWith(agent, requestId)) };
}

/** The same for an agent whose certificate is there already. */
export async function inviteWith(agent: PlainMember, requestId: string): Promise<sessions.Invited> {
  await agent.client.post(`/api/requests/${requestId}/take`, desk.request, {});
  const words = { reason: 'To look at the print queue with you', mode: 'control' };
  return agent.client.post(`/api/requests/${requestId}/invitations`, sessions.invited, words);
}

export async function acceptInvitation(employee: PlainMember, sessionId: string): Promise<sessions.Accepted> {
  return employee.client.post(`/api/sessions/${sessionId}/accept`, sessions.accepted, {});
}

export const newNonce = (): string => randomBytes(16).toString('base64url');
