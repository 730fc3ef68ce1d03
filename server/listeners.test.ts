import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { request, type RequestOptions } from 'node:https';
import { connect as connectTcp, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { after, afterEach, before, describe, test } from 'node:test';
import { Hono } from 'hono';
import { HELPER_PROTOCOL } from '../protocol/relay.ts';
import { captureHello } from './front-door/test-hello.ts';
import type { AccessEnv } from './access/access.middleware.ts';
import { createAuthority, type Authority } from './authority/authority.ts';
import type { ShownCertificate } from './authority/server-certificates.ts';
import { makeTestCa } from './authority/test-authority.ts';
import { createListener, type Listener } from './listeners.ts';
import { createClientAddresses } from './platform/client-address.ts';
import { silentLogger } from './platform/logger.ts';
import { systemRandom } from './platform/random.ts';
import { createTestClock } from './platform/test-clock.ts';
import { createTestDatabase } from './platform/test-database.ts';
import { createUpgradeRouter } from './platform/upgrades.ts';
import { createTlsEnd, type TlsVersion } from './tls-end.ts';

const HOST = '127.0.0.1';
const clock = createTestClock(Date.now());
const database = createTestDatabase();
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
let authority: Authority;
let shown: ShownCertificate[];
let listener: Listener | undefined;
let port = 0;

before(() => {
  authority = createAuthority({
    database,
    clock,
    random: systemRandom,
    keys: makeTestCa({ clock, random: systemRandom }),
  });
  shown = [issue(), issue()];
});
after(() => database.close());
afterEach(() => listener?.close(0));

function issue(): ShownCertificate {
  const hosts = [{ dns: 'desk.example' }, { ip: HOST }];
  const { certificate } = authority.issueServerCertificate(database.db, { hosts, publicKey: keys.publicKey });
  return { certificate, privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

const first = (): ShownCertificate => shown[0] ?? issue();
const second = (): ShownCertificate => shown[1] ?? issue();

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, HOST);
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

interface Choice {
  only?: 'browsers' | 'helpers';
  minVersion?: TlsVersion;
  certificateFor?: (serverName: string | null) => ShownCertificate;
}

/** Two ends that say who they are. */
async function open({ only, minVersion = '1.3', certificateFor = first }: Choice = {}) {
  const log = silentLogger;
  const app = (name: string) =>
    new Hono<AccessEnv>()
      .get('/', (c) => c.text(name))
      .post('/', async (c) => c.text(`${(await c.req.arrayBuffer()).byteLength}`))
      .get('/slow', () => new Promise<Response>(() => undefined));
  const upgrades = createUpgradeRouter({ log, origins: new Set() });
  const browsers = createTlsEnd({
    app: app('browsers'),
    upgrades,
    certificateFor,
    minVersion,
    protocols: ['http/1.1'],
  });
  const helpers = createTlsEnd({
    app: app('helpers'),
    upgrades,
    certificateFor: first,
    minVersion: '1.3',
    protocols: [HELPER_PROTOCOL, 'http/1.1'],
    clientCa: authority.caCertificate,
  });
  listener = createListener({
    browsers: only === 'helpers' ? null : browsers,
    helpers: only === 'browsers' ? null : helpers,
    addresses: createClientAddresses([]),
    publicUrl: 'https://desk.example',
    openingWithinMs: 60_000,
    clock,
    log,
  });
  port = await freePort();
  await listener.listen(port, HOST);
  return { browsers, helpers };
}

async function dial(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: HOST, port, ca: authority.caCertificate, servername: 'desk.example', ...options });
  await once(socket, 'secureConnect');
  return socket;
}

function ask(options: RequestOptions & ConnectionOptions = {}, body?: Buffer): Promise<string> {
  const all = { host: HOST, port, ca: authority.caCertificate, agent: false, ...options };
  return new Promise((resolve, reject) => {
    const sent = request(all, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** What openssl's client sees of the handshake. */
async function handshake(...args: string[]): Promise<string> {
  const child = spawn('openssl', ['s_client', '-connect', `${HOST}:${port}`, ...args]);
  child.stdin.end();
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (output += part));
  await once(child, 'close');
  return output;
}

const WANTS_CERTIFICATE = /Requested Signature Algorithms|Acceptable client certificate CA names/;
const AS_HELPER = { ALPNProtocols: [HELPER_PROTOCOL, 'http/1.1'] };

describe('one port', () => {
  test('takes whoever says so for a helper and everybody else for a browser', async () => {
    await open();
    assert.equal(await ask(AS_HELPER), 'helpers');
    for (const ALPNProtocols of [undefined, [], ['http/1.1'], ['h2', 'http/1.1']])
      assert.equal(await ask(ALPNProtocols === undefined ? {} : { ALPNProtocols }), 'browsers');
  });

  test('asks no browser for a certificate, and every helper', async () => {
    await open();
    assert.doesNotMatch(await handshake(), WANTS_CERTIFICATE);
    assert.doesNotMatch(await handshake('-alpn', 'h2,http/1.1'), WANTS_CERTIFICATE);
    const helper = await handshake('-alpn', HELPER_PROTOCOL);
    assert.match(helper, WANTS_CERTIFICATE);
    assert.match(helper, /ALPN protocol: handrail-device\/1/);
  });

  test('answers a hello that cannot be read with the alert of TLS', async () => {
    await open();
    const client = connectTcp(port, HOST);
    // A ClientHello of four bytes: record, type 1, length 4.
    client.write(Buffer.from('1603010008010000040303ffff', 'hex'));
    const [alert] = (await once(client, 'data')) as [Buffer];
    assert.deepEqual([alert[0], alert[5]], [21, 2], 'a fatal alert');
    client.destroy();
  });

  test('loses nothing that follows the hello at once', async () => {
    await open();
    const body = Buffer.alloc(3_000_000, 7);
    assert.equal(await ask({ method: 'POST' }, body), '3000000');
    assert.equal(await ask({ method: 'POST', ...AS_HELPER }, body), '3000000');
  });

  test('resumes a session only with the end that it was begun with', async () => {
    await open();
    const helper = await dial(AS_HELPER);
    const [session] = (await once(helper, 'session')) as [Buffer];
    helper.destroy();
    const again = await dial({ ...AS_HELPER, session });
    assert.equal(again.isSessionReused(), true);
    again.destroy();
    const browser = await dial({ session });
    assert.equal(browser.isSessionReused(), false);
    browser.destroy();
  });
});

describe('a port of their own', () => {
  test('for helpers asks everybody for a certificate, whatever they say they are', async () => {
    await open({ only: 'helpers' });
    assert.equal(await ask(), 'helpers');
    assert.match(await handshake(), WANTS_CERTIFICATE);
  });

  test('for browsers does not know helpers', async () => {
    await open({ only: 'browsers' });
    assert.equal(await ask(AS_HELPER), 'browsers');
    await assert.rejects(ask({ ALPNProtocols: [HELPER_PROTOCOL] }), /no application protocol/);
  });
});

describe('TLS', () => {
  const suiteOf = async (...args: string[]) => /Cipher is (\S+)/.exec(await handshake(...args))?.[1];

  test('is 1.3 with AES-256 for everybody unless 1.2 is allowed, and then for browsers alone', async () => {
    await open();
    assert.equal(await suiteOf('-tls1_3'), 'TLS_AES_256_GCM_SHA384');
    assert.equal(await suiteOf('-tls1_2'), '(NONE)');
    await listener?.close(0);
    await open({ minVersion: '1.2' });
    assert.equal(
      await suiteOf('-tls1_3', '-ciphersuites', 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384'),
      'TLS_AES_256_GCM_SHA384',
    );
    assert.equal(await suiteOf('-tls1_2', '-alpn', HELPER_PROTOCOL), '(NONE)');
    assert.equal(await suiteOf('-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'), '(NONE)');
  });

  test('1.2 has ephemeral keys and authenticated encryption or does not happen', async () => {
    await open({ minVersion: '1.2' });
    assert.equal(await suiteOf('-tls1_2'), 'ECDHE-RSA-AES256-GCM-SHA384');
    for (const suite of [
      'AES256-GCM-SHA384',
      'ECDHE-RSA-AES256-SHA384',
      'DHE-RSA-AES256-GCM-SHA384',
      'ECDHE-RSA-AES128-SHA',
    ])
      assert.equal(await suiteOf('-tls1_2', '-cipher', `${suite}:@SECLEVEL=0`), '(NONE)', suite);
  });

  test('shows a renewed certificate to new connections and leaves open ones alone', async () => {
    let current = first();
    const { browsers } = await open({ certificateFor: () => current });
    const before = await dial();
    const serial = before.getPeerX509Certificate()?.serialNumber;
    current = second();
    browsers.renew();
    for (const servername of ['desk.example', '']) {
      const now = await dial({ servername, checkServerIdentity: () => undefined });
      assert.notEqual(now.getPeerX509Certificate()?.serialNumber, serial);
      now.destroy();
    }
    before.write('GET / HTTP/1.1\r\nHost: desk.example\r\n\r\n');
    const [answer] = (await once(before, 'data')) as [Buffer];
    assert.match(answer.toString(), /200 OK/);
    before.destroy();
  });

  test('shows the certificate for the name that was asked for', async () => {
    await open({ certificateFor: (name) => (name === 'other.example' ? second() : first()) });
    const serialFor = async (servername: string) => {
      const socket = await dial({ servername, checkServerIdentity: () => undefined });
      const { serialNumber } = socket.getPeerX509Certificate() ?? {};
      socket.destroy();
      return serialNumber;
    };
    assert.equal(await serialFor('desk.example'), await serialFor(''));
    assert.notEqual(await serialFor('desk.example'), await serialFor('other.example'));
  });
});

describe('closing', () => {
  test('ends connections that do nothing at once, also before they have said a word', async () => {
    await open();
    const quiet = connectTcp(port, HOST);
    quiet.on('error', () => undefined);
    await once(quiet, 'connect');
    const idle = await dial();
    idle.write('GET / HTTP/1.1\r\nHost: desk.example\r\n\r\n');
    await once(idle, 'data');
    const gone = Promise.all([quiet, idle].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    idle.resume();
    quiet.resume();
    await listener?.close(60_000);
    await gone;
  });

  test('hurries what has not ended by the deadline', async () => {
    await open();
    const slow = ask({ path: '/slow' });
    const failed = assert.rejects(slow, /socket hang up|ECONNRESET/);
    const handshaking = connectTcp(port, HOST);
    handshaking.on('error', () => undefined);
    handshaking.write(await captureHello({ servername: 'desk.example' }));
    await once(handshaking, 'data');
    await listener?.close(50);
    await failed;
  });
});
