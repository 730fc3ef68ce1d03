/**
 * Makes a data directory as an earlier version leaves it, for the upgrade drill: an organisation, a request with files, a
 * session that was live when the server stopped, an invitation, a password link and sign-ins that are still open.
 *
 *     git worktree add /tmp/handrail-0.1.0 c163baf && ln -s "$PWD/node_modules" /tmp/handrail-0.1.0/
 *     node e2e/make-data-fixture.ts /tmp/handrail-0.1.0 e2e/fixtures/data-0.1.0
 *
 * writes `<name>.tar.gz`, the directory, and `<name>.json`, what is in it and what once opened it. The keys in it were made
 * for it and protect nothing.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createHash, X509Certificate } from 'node:crypto';
import * as desk from '../protocol/api/desk.ts';
import { PlainClient } from './plain-client.ts';
import * as office from './plain-office.ts';
import * as stream from './plain-stream.ts';
import { eventually, freePort, start } from './processes.ts';

const [checkout = '', name = ''] = process.argv.slice(2);
if (checkout === '' || name === '') throw new Error('usage: make-data-fixture.ts CHECKOUT NAME');

const dataDir = join(mkdtempSync(join(tmpdir(), 'handrail-fixture-')), 'data');
const [port, devicePort] = [await freePort(), await freePort()];
const env = {
  ...process.env,
  HANDRAIL_DATA_DIR: dataDir,
  HANDRAIL_PORT: String(port),
  HANDRAIL_DEVICE_PORT: String(devicePort),
  HANDRAIL_PUBLIC_HOST: 'localhost',
};
const server = start(process.execPath, ['server/main.ts'], { env, cwd: checkout });
const link = await eventually('the set-up link', () => /setup#([\w-]{43})/.exec(server.output())?.[1]);
const ca = readFileSync(join(dataDir, 'authority', 'ca.crt'), 'utf8');
const made = await office.foundPlainOffice(new PlainClient(`https://localhost:${port}`, { ca }), link);

const live = await office.takeAndInvite(made.agent, await office.askForHelp(made.employee, '打印机一直显示“脱机”'));
const accepted = await office.acceptInvitation(made.employee, live.sessionId);
const caFingerprint = createHash('sha256').update(new X509Certificate(ca).raw).digest('hex').slice(0, 32);
const address = { host: 'localhost', port: devicePort, caFingerprint, token: accepted.token };
const enrolment = await stream.enrolDevice(address);
const agentEnd = await stream.joinAgent(made.agent, live);
const deviceEnd = await stream.joinDevice(address, enrolment);
const grant = await stream.grantView(deviceEnd, enrolment, live.identity.serialNumber);
for (let seq = 0n; seq < 20n; seq += 1n) stream.sendPicture(deviceEnd, { grant, seq, bytes: 20_000 });

const waiting = await office.askForHelp(made.employee, 'VPN drops after two minutes');
const invited = await office.inviteWith(made.agent, waiting);
const { requests } = await made.employee.client.get('/api/requests', desk.requests);
// Killed, so that everything is as it is in the middle of a working day.
await server.stop('SIGKILL');
for (const end of [agentEnd, deviceEnd]) end.close();
made.admin.client.close();

const facts = {
  people: [made.admin, made.agent, made.employee].map(({ me, password, client }) => ({
    employeeNumber: me.employeeNumber,
    name: me.name,
    password,
    cookie: client.cookie,
  })),
  openPasswordLink: made.openPasswordLink,
  invitationSecret: office.secretOf(invited.link),
  spokenCode: invited.spokenCode,
  liveSession: live.sessionId,
  invitedSession: invited.sessionId,
  agentSerial: live.identity.serialNumber,
  device: { certificate: enrolment.certificate, privateKey: enrolment.key.privateKeyPem },
  requests,
};
mkdirSync(dirname(name), { recursive: true });
writeFileSync(`${name}.json`, `${JSON.stringify(facts, null, 2)}\n`);
execFileSync('tar', ['-czf', `${name}.tar.gz`, '-C', dirname(dataDir), 'data']);
rmSync(dirname(dataDir), { recursive: true });
