import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { afterEach, describe, test } from 'node:test';
import { EnrolError, enrol, originOf, type EnrolFailureCode, type HelperAddress } from './enrol.ts';
import { createTestAuthority, deviceOf, identityOf, newTestKey, type TestAuthority } from './test-authority.ts';

const HOST = '127.0.0.1';
const TOKEN = 'x'.repeat(26);
const serverKey = newTestKey();
const caKey = newTestKey();
const authority = createTestAuthority(caKey);
const impostor = createTestAuthority(newTestKey());
const SESSION_ID = `ses_${'a'.repeat(26)}`;

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

interface TestServer {
  address: HelperAddress;
  /** Bodies of what was posted. */
  posted: string[];
  requests: string[];
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface ServerOptions {
  /** Whose certificate the server shows, for which names. */
  by?: TestAuthority;
  names?: { type: number; value?: string; ip?: string }[];
  /** What it answers to /ca.crt. */
  ca?: Answer;
  answer?: Answer;
}

const say =
  (status: number, body: string | Buffer): Answer =>
  (_request, response) => {
    response.writeHead(status).end(body);
  };
const refuse = (status: number, code: string): Answer => say(status, JSON.stringify({ code, requestId: 'r1' }));

async function serve(options: ServerOptions = {}): Promise<TestServer> {
  const {
    by = authority,
    names = [{ type: 7, ip: HOST }],
    ca = say(200, authority.pem),
    answer = refuse(500, ''),
  } = options;
  const subject = [{ shortName: 'CN', value: 'server' }];
  const cert = by.issue({ subject, altNames: names, publicKeyPem: serverKey.publicKeyPem });
  const [posted, requests]: string[][] = [[], []];
  const server = createServer({ cert, key: serverKey.privateKeyPem, minVersion: 'TLSv1.3' }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      requests?.push(`${request.method} ${request.url} ${request.headers.origin}`);
      if (request.method === 'POST') posted?.push(body);
      (request.url === '/ca.crt' ? ca : answer)(request, response, body);
    });
  });
  // A client that trusts us not ends the handshake: that is what some tests are about.
  server.on('tlsClientError', () => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as { port: number };
  const address = { host: HOST, port, caFingerprint: authority.fingerprint, token: TOKEN };
  return { address, posted: posted ?? [], requests: requests ?? [] };
}

const ABOUT = { helperVersion: '0.1.0', helperFile: null, platform: 'linux-x64' };

async function failureOf(address: HelperAddress): Promise<EnrolFailureCode> {
  try {
    await enrol(address, ABOUT);
  } catch (error) {
    if (error instanceof EnrolError) return error.code;
    throw error;
  }
  throw new Error('enrolled');
}

const agent = { ...identityOf({ name: 'Li Wei', employeeNumber: 'E1' }), publicKeyPem: serverKey.publicKeyPem };

/** What a server answers when it takes the token. */
function enrolledAnswer(changes: object = {}): string {
  return JSON.stringify({
    sessionId: SESSION_ID,
    certificate: authority.issue({ ...deviceOf(SESSION_ID), publicKeyPem: serverKey.publicKeyPem }),
    ca: authority.pem,
    notAfter: Date.now() + 1000,
    organisation: 'Example',
    sharerName: 'Wang Fang',
    reason: 'printer',
    requestedMode: 'view',
    agentCertificate: authority.issue(agent),
    agentPhoto: null,
    language: 'en',
    policy: { capabilities: ['view'], limitedOnly: [], idleLimitS: 900, masks: [] },
    sessionLimitS: 7200,
    ...changes,
  });
}

describe('enrolment', () => {
  test('turns the token into a certificate, with a key that never leaves the device', async () => {
    const { address, posted, requests } = await serve({ answer: say(201, enrolledAnswer()) });
    const enrolment = await enrol(address, ABOUT);
    assert.equal(enrolment.sessionId, SESSION_ID);
    assert.equal(new X509Certificate(enrolment.pinnedCa).raw.equals(new X509Certificate(authority.pem).raw), true);
    const sent = JSON.parse(posted[0] ?? '{}') as Record<string, string>;
    assert.deepEqual(Object.keys(sent).toSorted(), ['csr', 'helperFile', 'helperVersion', 'platform', 'token']);
    assert.equal(sent['token'], TOKEN);
    assert.match(sent['csr'] ?? '', /^-----BEGIN CERTIFICATE REQUEST-----/);
    assert.ok(!posted[0]?.includes('PRIVATE KEY'));
    const origin = `https://${HOST}:${address.port}`;
    assert.deepEqual(requests, [`GET /ca.crt ${origin}`, `POST /enrol ${origin}`]);
  });

  test('takes a fingerprint in capitals', async () => {
    const { address } = await serve({ answer: say(201, enrolledAnswer()) });
    await enrol({ ...address, caFingerprint: address.caFingerprint.toUpperCase() }, ABOUT);
  });
});

describe('the token stays on the device', () => {
  const flipped = `${authority.fingerprint.slice(0, 31)}${authority.fingerprint.endsWith('0') ? '1' : '0'}`;
  const CASES: [string, ServerOptions, Partial<HelperAddress>][] = [
    ['when the CA is not the one of the fingerprint', { ca: say(200, impostor.pem), by: impostor }, {}],
    ['when one digit of the fingerprint differs', {}, { caFingerprint: flipped }],
    ['when the server shows the right CA and a certificate of another', { by: impostor }, {}],
    ['when the certificate is for another host', { names: [{ type: 2, value: 'other.example' }] }, {}],
    ['when the certificate is for another address', { names: [{ type: 7, ip: '127.0.0.2' }] }, {}],
    [
      'when the CA is no certificate',
      { ca: say(200, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----') },
      {},
    ],
    ['when the CA is garbage', { ca: say(200, Buffer.from([0, 255, 1, 254])) }, {}],
  ];
  for (const [when, options, changes] of CASES) {
    test(when, async () => {
      const { address, posted } = await serve({ answer: say(201, enrolledAnswer()), ...options });
      assert.equal(await failureOf({ ...address, ...changes }), 'wrong-ca');
      assert.deepEqual(posted, []);
    });
  }

  test('when the server has no CA to show, or sends more than a certificate can be', async () => {
    const missing = await serve({ ca: refuse(404, 'not-found') });
    assert.equal(await failureOf(missing.address), 'server-error');
    const endless = await serve({ ca: say(200, Buffer.alloc(3 * 1024 * 1024, 'x')) });
    assert.equal(await failureOf(endless.address), 'server-error');
    assert.deepEqual([missing.posted, endless.posted], [[], []]);
  });

  test('when nobody is there', async () => {
    const { address } = await serve();
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    assert.equal(await failureOf(address), 'server-unreachable');
  });
});

describe('a refusal is told as what it is', () => {
  const CASES: [string, Answer, EnrolFailureCode][] = [
    ['a token that was used', refuse(403, 'enrolment.token-invalid'), 'token-refused'],
    ['a helper that is too old', refuse(426, 'enrolment.version-too-old'), 'helper-too-old'],
    ['a helper whose file was revoked', refuse(403, 'enrolment.file-revoked'), 'helper-revoked'],
    ['remote assistance that is switched off', refuse(404, 'not-found'), 'switched-off'],
    ['any other code', refuse(429, 'auth.too-many-attempts'), 'server-error'],
    ['a page of some proxy', say(502, '<html>Bad gateway</html>'), 'server-error'],
    ['a redirect, which is not followed', (_q, r) => r.writeHead(302, { location: '/ca.crt' }).end(), 'server-error'],
    ['success in words nobody knows', say(201, '{"sessionId":"ses_1"}'), 'server-error'],
    ['success that is no JSON', say(201, 'welcome'), 'server-error'],
    ['an answer that is too large', say(201, Buffer.alloc(3 * 1024 * 1024, ' ')), 'server-error'],
    [
      'an answer that breaks off',
      (_q, r) => void r.writeHead(201, { 'content-length': 99 }).write('{', () => r.destroy()),
      'server-unreachable',
    ],
    ['an answer that names another CA', say(201, enrolledAnswer({ ca: impostor.pem })), 'wrong-ca'],
    [
      'a right that this version does not know as one',
      say(201, enrolledAnswer({ requestedMode: 'everything' })),
      'server-error',
    ],
  ];
  for (const [what, answer, code] of CASES) {
    test(`${what}: ${code}`, async () => {
      const { address } = await serve({ answer });
      assert.equal(await failureOf(address), code);
    });
  }
});

test('the origin is written as the server has it: brackets around IPv6, no port when it is 443', () => {
  assert.equal(originOf({ host: 'desk.example', port: 443 }), 'https://desk.example');
  assert.equal(originOf({ host: 'Desk.Example', port: 8444 }), 'https://desk.example:8444');
  assert.equal(originOf({ host: '::1', port: 8444 }), 'https://[::1]:8444');
});
