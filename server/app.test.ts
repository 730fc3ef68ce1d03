import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { errorBody } from '../protocol/api/shared.ts';
import { PAGE_PATTERNS, SET_UP_PAGE } from './pages.ts';
import { isCanonicalPath } from './platform/canonical-path.ts';
import { createLogger } from './platform/logger.ts';
import { readStaticFiles, type StaticFiles } from './platform/static-files.ts';
import { createTestServer, type TestServer } from './test-server.ts';

const SCRIPT = `console.log(${JSON.stringify('x'.repeat(2000))});`;
const HTML = '<!doctype html><title>Handrail</title>';
let ui = '';
let files: StaticFiles;
before(() => {
  ui = mkdtempSync(join(tmpdir(), 'handrail-ui-'));
  mkdirSync(join(ui, 'assets'));
  writeFileSync(join(ui, 'index.html'), HTML);
  writeFileSync(join(ui, 'favicon.svg'), '<svg/>');
  writeFileSync(join(ui, 'assets', 'index-B3x_9a.js'), SCRIPT);
  files = readStaticFiles(ui);
});
after(() => rmSync(ui, { recursive: true }));

let server: TestServer;
let logged: string[];
beforeEach(() => {
  logged = [];
  const log = createLogger({ format: 'json', level: 'info', now: () => 0, write: (line) => logged.push(line) });
  server = createTestServer({ files, log });
});
afterEach(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) => server.app.request(path, { headers });
const page = { accept: 'text/html,application/xhtml+xml' };

/** As Node hands a request line over: before any URL parser has tidied it up. */
const getRaw = (path: string, headers: Record<string, string> = page) =>
  server.app.request('http://desk.example/', { headers }, { incoming: { url: path, socket: {} } });

describe('every answer', () => {
  test('carries the headers that keep other sites, frames and foreign scripts out', async () => {
    const person = await server.person(['employee']);
    const answers = [
      await get('/', page),
      await get('/nowhere', page),
      await get('/assets/index-B3x_9a.js'),
      await get('/ca.crt'),
      await server.stranger.get('/api/organisation'),
      await person.get('/api/me'),
      await server.stranger.get('/api/me'),
      await server.stranger.post('/api/sign-in', { employeeNumber: 1 }),
    ];
    for (const { headers } of answers) {
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe|\*|http:/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
      assert.equal(headers.get('strict-transport-security'), null);
      assert.equal(headers.get('access-control-allow-origin'), null);
      assert.ok(headers.get('cache-control'));
    }
  });

  test('allows sockets to this host, and a forged Host header adds none', async () => {
    const policyOf = async (host: string) => (await get('/', { ...page, host })).headers.get('content-security-policy');
    assert.match((await policyOf('localhost:8443')) ?? '', /connect-src 'self' wss:\/\/localhost:8443;/);
    assert.match(
      (await policyOf('evil.example; script-src *')) ?? '',
      /connect-src 'self' wss:\/\/desk\.example:8443;/,
    );
  });

  test('asks browsers to insist on TLS only where the company’s certificate covers the name, on port 443', async () => {
    const companyCertificate = { certFile: '/tls.crt', keyFile: '/tls.key' };
    const headerOf = async (config: object, host: string) => {
      const other = createTestServer({ files, config });
      const answer = await other.app.request('/', { headers: { ...page, host } });
      other.close();
      return answer.headers.get('strict-transport-security');
    };
    const on443 = { publicPort: 443, publicUrl: 'https://desk.example' };
    assert.equal(await headerOf({ ...on443, companyCertificate }, 'desk.example'), 'max-age=15552000');
    assert.equal(await headerOf({ ...on443, companyCertificate }, 'localhost:8443'), null);
    assert.equal(await headerOf({ companyCertificate }, 'desk.example:8443'), null);
    assert.equal(await headerOf(on443, 'desk.example'), null);
  });

  test('to an error of ours says that it is one, names the request and nothing else; the log has the rest', async () => {
    const person = await server.person(['admin']);
    server.services.database.raw.exec('DROP TABLE sign_ins');
    const answer = await person.get('/api/me');
    assert.equal(answer.status, 500);
    const text = await answer.text();
    const body = errorBody.parse(JSON.parse(text));
    assert.equal(body.code, 'internal');
    assert.doesNotMatch(text, /sign_ins|\.ts|Error/);
    const line = logged.find((entry) => entry.includes('http/failed')) ?? '';
    assert.ok(line.includes(body.requestId) && line.includes('sign_ins'));
  });
});

describe('pages', () => {
  test('are those that the user interface has, and no others', () => {
    const source = readFileSync(new URL('../ui/src/routes.ts', import.meta.url), 'utf8');
    const patterns = [...source.matchAll(/patterns: \[([^\]]*)\]/g)].flatMap(([, list = '']) =>
      [...list.matchAll(/'([^']+)'/g)].map(([, pattern]) => pattern),
    );
    assert.deepEqual([...patterns].sort(), [...PAGE_PATTERNS, SET_UP_PAGE].sort());
  });

  test('are the application, never cached; other addresses are 404 with the application', async () => {
    for (const pattern of PAGE_PATTERNS) {
      const answer = await get(pattern.replace(':id', 'req_aaaaaaaaaaaaaaaaaaaaaaaaaa'), page);
      assert.equal(answer.status, 200, pattern);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(await answer.text(), HTML);
    }
    for (const path of ['/nowhere', '/desk/x/y', '/console', '/index.html', '/setup', '/assets', '/assets/none.js']) {
      const answer = await get(path, page);
      assert.equal(answer.status, 404, path);
      assert.equal(await answer.text(), HTML);
    }
    const forTools = await get('/nowhere', { accept: '*/*' });
    assert.equal(errorBody.parse(await forTools.json()).code, 'not-found');
    assert.equal((await get('/api/nowhere', page)).headers.get('content-type'), 'application/json');
  });

  test('have the wizard among them only while there is no organisation', async () => {
    const fresh = createTestServer({ isSetUp: false, files });
    assert.equal((await fresh.app.request('/setup', { headers: page })).status, 200);
    fresh.close();
    assert.equal((await get('/setup', page)).status, 404);
  });

  test('files with a hash in their name are kept by browsers, others are asked for again', async () => {
    const script = await get('/assets/index-B3x_9a.js');
    assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(script.headers.get('content-type'), 'text/javascript; charset=utf-8');
    const icon = await get('/favicon.svg');
    assert.equal(icon.headers.get('cache-control'), 'no-cache');
    const again = await get('/favicon.svg', { 'if-none-match': icon.headers.get('etag') ?? '' });
    assert.equal(again.status, 304);
  });

  test('are compressed for those who can read it', async () => {
    const plain = await get('/assets/index-B3x_9a.js');
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.equal(await plain.text(), SCRIPT);
    for (const [accepted, expected] of [
      ['gzip, br', 'br'],
      ['gzip', 'gzip'],
      ['zstd', null],
    ] as const) {
      const answer = await get('/assets/index-B3x_9a.js', { 'accept-encoding': accepted });
      assert.equal(answer.headers.get('content-encoding'), expected);
    }
  });
});

describe('a route', () => {
  /** Every GET route that the portal knows, as an administrator sees it. */
  const routes = (): string[] =>
    server.app.routes
      .filter(({ method, path }) => method === 'GET' && !path.includes('*'))
      .map(({ path }) => path.replace(/:\w+/g, 'per_aaaaaaaaaaaaaaaaaaaaaaaaaa'));

  test('has one spelling: every other one is 404 before any handler', async () => {
    const { cookie } = await server.person(['admin', 'agent', 'auditor']);
    const spellings = (path: string): string[] => {
      const last = path.slice(path.lastIndexOf('/') + 1);
      const parent = path.slice(0, path.lastIndexOf('/'));
      return [
        `${path}/`,
        `${path}//`,
        `/${path}`,
        `${parent}//${last}`,
        `${parent}%2f${last}`,
        `${parent}/%${Buffer.from(last.slice(0, 1)).toString('hex')}${last.slice(1)}`,
        `${path};x`,
        `${path};x=1`,
        `${path}/.`,
        `${path}/..${path}`,
        `${path}/x/..`,
        `${path}%00`,
        `${path}%20`,
        `${path}\\`,
        `${parent}\\${last}`,
        `https://desk.example${path}`,
      ];
    };
    for (const path of new Set(routes().filter((route) => route !== '/')))
      for (const spelling of spellings(path)) {
        const answer = await getRaw(spelling, { cookie, ...page });
        assert.equal(answer.status, 404, spelling);
      }
  });

  test('is told from one of another case and from one with more to it', async () => {
    const { cookie } = await server.person(['admin', 'agent', 'auditor']);
    for (const path of new Set(routes().filter((route) => route.startsWith('/api/'))))
      for (const other of [path.replace('/api/', '/API/'), path.replace('/api/', '/Api/'), `${path}/extra/segment`])
        assert.equal((await get(other, { cookie })).status, 404, other);
  });

  test('any path that is not canonical is unknown, however it is written', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.constantFrom('%2e', '//', ';', '\\', '/../', '/./', '%', '\u0000'), (path, part) => {
        assert.equal(isCanonicalPath(`${path}${part}x`), false);
      }),
    );
    for (const good of ['/', '/api/me', '/assets/index-B3x_9a.js', '/i']) assert.ok(isCanonicalPath(good), good);
  });
});

describe('the list of what strangers can reach', () => {
  test('is short and reviewed: everything else under /api wants a sign-in', async () => {
    const open = new Set([
      'GET /api/organisation',
      'GET /api/setup',
      'POST /api/setup',
      'POST /api/sign-in',
      'POST /api/password-links/open',
      'POST /api/password-links/redeem',
      'POST /api/invitations/redeem',
      'POST /api/csp-report',
    ]);
    const seen = new Set<string>();
    for (const { method, path } of server.app.routes) {
      if (!path.startsWith('/api/') || path.includes('*') || method === 'ALL') continue;
      const route = `${method} ${path}`;
      if (open.has(route)) {
        seen.add(route);
        continue;
      }
      const concrete = path.replace(/:\w+/g, 'per_aaaaaaaaaaaaaaaaaaaaaaaaaa');
      const answer = await server.stranger.send(method, concrete, method === 'GET' ? undefined : {});
      assert.equal(answer.status, 401, route);
    }
    assert.deepEqual([...seen].sort(), [...open].sort());
  });
});

describe('behind a proxy', () => {
  const CONNECTION = { remoteAddress: '10.0.0.5', remotePort: 50_000, localAddress: '10.0.0.1', localPort: 8443 };
  /** Guesses at a spoken code, until there were too many from this address. */
  const guess = (other: TestServer, forwardedFor: string) =>
    other.app.request(
      '/api/invitations/redeem',
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          origin: 'https://desk.example:8443',
          'x-forwarded-for': forwardedFor,
        },
        body: JSON.stringify({ code: '123456789' }),
      },
      { incoming: { url: '/api/invitations/redeem', socket: CONNECTION } },
    );
  const statusesOf = async (trustedProxies: string[]) => {
    const other = createTestServer({ files, config: { trustedProxies } });
    const statuses: number[] = [];
    for (let count = 0; count < 11; count += 1) statuses.push((await guess(other, '192.168.1.10')).status);
    statuses.push((await guess(other, '192.168.1.11')).status);
    other.close();
    return statuses.slice(-2);
  };

  test('that is trusted, whoever guesses is slowed and nobody else', async () => {
    const [guesser, colleague] = await statusesOf(['10.0.0.5']);
    assert.equal(guesser, 429);
    assert.notEqual(colleague, 429);
  });

  test('that is not, no header makes anybody somebody else', async () => {
    assert.deepEqual(await statusesOf(['10.0.0.6']), [429, 429]);
  });

  test('links, the allowed origin and the policy are those of the public address', async () => {
    const other = createTestServer({ files, config: { publicPort: 443, publicUrl: 'https://desk.example' } });
    const policy = (await other.app.request('/', { headers: { ...page, host: 'desk.example' } })).headers;
    assert.match(policy.get('content-security-policy') ?? '', /wss:\/\/desk\.example;/);
    const report = (origin: string) =>
      other.app.request('/api/sign-out', { method: 'POST', headers: { origin, 'content-type': 'application/json' } });
    assert.equal((await report('https://desk.example')).status, 401);
    assert.equal((await report('https://localhost:8443')).status, 401);
    assert.equal((await report('https://desk.example:8443')).status, 403);
    other.close();
  });
});

describe('reports about the content security policy', () => {
  const report = (body: string) =>
    server.app.request('/api/csp-report', {
      method: 'POST',
      headers: { 'content-type': 'application/csp-report' },
      body,
    });

  test('are counted and logged in short, from whatever browser', async () => {
    const sent = {
      'csp-report': { 'effective-directive': 'script-src', 'blocked-uri': `https://x/${'a'.repeat(1000)}` },
    };
    assert.equal((await report(JSON.stringify(sent))).status, 204);
    assert.equal((await report('not json')).status, 204);
    const lines = logged.filter((line) => line.includes('csp/violated'));
    assert.equal(lines.length, 2);
    assert.ok((lines[0] ?? '').includes('script-src') && (lines[0] ?? '').length < 600);
  });

  test('cannot fill the log', async () => {
    for (let index = 0; index < 200; index += 1) await report('{}');
    assert.equal(logged.filter((line) => line.includes('csp/violated')).length, 20);
    assert.equal((await report('x'.repeat(20_000))).status, 204);
  });
});

test('the certificate of the internal CA is there for everyone to compare', async () => {
  const answer = await get('/ca.crt');
  assert.equal(await answer.text(), server.services.authority.caCertificate);
});
