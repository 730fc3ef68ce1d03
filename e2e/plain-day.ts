/**
 * A whole day on a server, over the network and without a browser: set-up, people, a request, a session with both ends on
 * the relay, a guest, and everything going wrong that can. What was secret in it and whom it was about is returned.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import * as access from '../protocol/api/access.ts';
import * as desk from '../protocol/api/desk.ts';
import * as sessions from '../protocol/api/sessions.ts';
import type { PlainClient } from './plain-client.ts';
import * as office from './plain-office.ts';
import * as stream from './plain-stream.ts';

export interface WholeDay {
  made: office.PlainOffice;
  /** What opens something, by what it is. */
  secrets: Map<string, string>;
  /** Names, numbers, texts and ids: whom and what the day was about. */
  identifying: string[];
  sessionId: string;
}

export interface DayOptions {
  stranger: PlainClient;
  setUpToken: string;
  /** Where a helper goes, without its token. */
  device: Omit<stream.DeviceAddress, 'token'>;
}

const SYMPTOM = 'The plotter on floor 3 eats paper';

export async function liveThroughADay({ stranger, setUpToken, device }: DayOptions): Promise<WholeDay> {
  const secrets = new Map([['set-up token', setUpToken]]);
  await stranger.send('POST', '/api/setup', { token: 'x'.repeat(43), organisation: '' });
  const made = await office.foundPlainOffice(stranger, setUpToken);
  await passwordsAndErrors(made, secrets);
  const requestId = await office.askForHelp(made.employee, SYMPTOM);
  const session = await wholeSession({ made, device, secrets, requestId });
  await guestDeclines({ made, secrets });
  for (const [who, { client, me, password }] of Object.entries({
    admin: made.admin,
    agent: made.agent,
    employee: made.employee,
  })) {
    secrets.set(`password of ${who}`, password);
    secrets.set(`cookie of ${who}`, client.cookie.split('=')[1] ?? '');
    secrets.set(`live token of ${who}`, me.liveToken);
  }
  secrets.set('open password link', made.openPasswordLink);
  const people = [made.admin, made.agent, made.employee].flatMap(({ me }) => [me.id, me.name, me.employeeNumber]);
  return { made, secrets, identifying: [...people, SYMPTOM, requestId, session], sessionId: session };
}

async function passwordsAndErrors(made: office.PlainOffice, secrets: Map<string, string>): Promise<void> {
  const { admin, employee } = made;
  const nobody = admin.client.stranger();
  const wrong = `not the password ${randomBytes(4).toString('hex')}`;
  secrets.set('mistyped password', wrong);
  const body = { employeeNumber: employee.me.employeeNumber, password: wrong };
  for (let attempt = 0; attempt < 6; attempt += 1) await nobody.send('POST', '/api/sign-in', body);
  await nobody.send('POST', '/api/sign-in', { employeeNumber: 7, password: wrong });
  await nobody.send('POST', '/api/password-links/open', { token: made.openPasswordLink });
  const weak = { token: made.openPasswordLink, password: 'password1234' };
  await nobody.send('POST', '/api/password-links/redeem', weak);
  await nobody.send('POST', '/api/csp-report', { 'csp-report': { 'blocked-uri': 'inline' } });
  await employee.client.send('GET', '/api/people');
  await employee.client.send('GET', `/api/requests/req_${'a'.repeat(26)}`);
  await employee.client.send('GET', '/no/such/page');
  await employee.client.send('PROPFIND', '/api/me');
  const again = await office.signIn(admin.client.stranger(), admin);
  secrets.set('ended cookie', again.client.cookie.split('=')[1] ?? '');
  await again.client.send('POST', '/api/sign-out', {});
}

interface SessionOptions {
  made: office.PlainOffice;
  device: DayOptions['device'];
  secrets: Map<string, string>;
  requestId: string;
}

async function wholeSession({ made, device, secrets, requestId }: SessionOptions): Promise<string> {
  const live = await openLive(made.employee);
  const invitation = await office.takeAndInvite(made.agent, requestId);
  secrets.set('secret of the invitation', office.secretOf(invitation.link));
  secrets.set('spoken code', invitation.spokenCode);
  const accepted = await office.acceptInvitation(made.employee, invitation.sessionId);
  secrets.set('token of the helper', accepted.token);
  const address = { ...device, token: accepted.token };
  await stream.enrolDevice({ ...address, token: 'a'.repeat(26) }).catch(() => undefined);
  const enrolment = await stream.enrolDevice(address);
  secrets.set('key of the device', enrolment.key.privateKeyPem);
  const agentEnd = await stream.joinAgent(made.agent, invitation);
  const deviceEnd = await stream.joinDevice(address, enrolment);
  const grant = await stream.grantView(deviceEnd, enrolment, invitation.identity.serialNumber);
  for (let seq = 0n; seq < 10n; seq += 1n) stream.sendPicture(deviceEnd, { grant, seq, bytes: 30_000 });
  // Refused: no such grant, and not a chunk at all.
  stream.sendPicture(deviceEnd, { grant: 1n, seq: 20n, bytes: 100 });
  deviceEnd.bulk.send(randomBytes(50));
  agentEnd.control.send('{"type":"no-such-signal"}');
  await once(agentEnd.bulk, 'message');
  while (!deviceEnd.heard.some((message) => message.includes('"refused"'))) await once(deviceEnd.control, 'message');
  await made.employee.client.post(`/api/sessions/${invitation.sessionId}/end`, sessions.session, {});
  for (const end of [agentEnd, deviceEnd]) end.close();
  live.terminate();
  return invitation.sessionId;
}

/** The live socket of a page. */
export async function openLive({ client, me }: office.PlainMember): Promise<WebSocket> {
  const headers = { cookie: client.cookie };
  const options = { ca: client.ca, origin: client.url, headers, perMessageDeflate: false };
  const socket = new WebSocket(`${client.url.replace('https:', 'wss:')}/live`, options);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'hello', token: me.liveToken }));
  await once(socket, 'message');
  return socket;
}

/** Somebody without an account comes in by the code, looks, and says no. */
async function guestDeclines({ made, secrets }: Pick<SessionOptions, 'made' | 'secrets'>): Promise<void> {
  const requestId = await office.askForHelp(made.employee, SYMPTOM);
  const invited = await office.inviteWith(made.agent, requestId);
  secrets.set('spoken code of the guest', invited.spokenCode);
  const guest = made.admin.client.stranger();
  await guest.send('POST', '/api/invitations/redeem', { code: '000000000' });
  await guest.post('/api/invitations/redeem', sessions.redeemed, { code: invited.spokenCode });
  secrets.set('cookie of the guest', guest.cookie.split('=')[1] ?? '');
  secrets.set('live token of the guest', (await guest.get('/api/me', access.me)).liveToken);
  await guest.send('GET', '/api/requests');
  await guest.post(`/api/sessions/${invited.sessionId}/decline`, sessions.session, {});
  await made.agent.client.post(`/api/requests/${requestId}/solve`, desk.request, {});
}
