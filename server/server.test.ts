import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HELPER_PROTOCOL } from '../protocol/relay.ts';
import { createCompanyCa, type CompanyCa } from './authority/test-company-ca.ts';
import { readConfig } from './config.ts';
import { systemClock } from './platform/clock.ts';
import { silentLogger } from './platform/logger.ts';
import { systemRandom } from './platform/random.ts';
import { StartError, startServer, type RunningServer } from './server.ts';

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** SHA-256 of the first certificate in the file, hex. */
function fingerprintOf(file: string): string {
  return new X509Certificate(readFileSync(file)).fingerprint256.replaceAll(':', '').toLowerCase();
}

describe('a server', () => {
  let dataDir = '';
  let port = '';
  let running: RunningServer | null = null;
  let said: string[] = [];
  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'handrail-start-'));
    port = String(await freePort());
  });
  afterEach(async () => {
    await running?.stop();
    running = null;
  });
  after(() => rmSync(dataDir, { recursive: true }));

  async function start(more: { isDemo?: boolean; dataDir?: string; environment?: Record<string, string> } = {}) {
    said = [];
    const environment = {
      HANDRAIL_DATA_DIR: more.dataDir ?? dataDir,
      HANDRAIL_PUBLIC_HOST: 'localhost',
      HANDRAIL_PORT: port,
      HANDRAIL_METRICS_PORT: '',
    };
    running = await startServer({
      config: readConfig({ ...environment, ...more.environment }),
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
      version: 'test',
      isDemo: more.isDemo ?? false,
      say: (text) => said.push(text),
    });
    return running;
  }

  interface Answer {
    status: number;
    body: string;
  }
  interface Asking extends Omit<ConnectionOptions, 'port'> {
    method?: string;
    headers?: Record<string, string>;
    port?: string;
  }
  const AS_HELPER = { ALPNProtocols: [HELPER_PROTOCOL] };
  function ask(path: string, options: Asking = {}): Promise<Answer> {
    const ca = running?.services.authority.caCertificate ?? '';
    return new Promise((resolve, reject) => {
      const sent = request({ host: 'localhost', port, path, ca, agent: false, ...options }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (body += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      sent.on('upgrade', (response, socket) => {
        socket.destroy();
        resolve({ status: response.statusCode ?? 0, body: '' });
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  test('starts from nothing, answers over TLS of its own CA and says how to set it up', async () => {
    await start();
    const { status, body } = await ask('/api/organisation');
    assert.equal(status, 200);
    assert.equal((JSON.parse(body) as { isSetUp: boolean }).isSetUp, false);
    assert.equal((await ask('/ca.crt', AS_HELPER)).status, 200);
    assert.match(said.join('\n'), new RegExp(`https://localhost:${port}/setup#[A-Za-z0-9_-]{43}`));
  });

  test('on its one port shows browsers nothing of helpers, and helpers nothing of browsers, whatever cookie they have', async () => {
    const { services } = await start();
    const cookie = `__Host-handrail=${services.signIns.begin(services.database.db, { guestSessionId: 'ses_a' }).secret}`;
    const headers = { origin: `https://localhost:${port}`, cookie };
    assert.equal((await ask('/api/me', { headers })).status, 200);
    for (const method of ['GET', 'POST'])
      for (const path of ['/', '/api/organisation', '/api/me', '/api/sign-in', '/api/sign-out', '/setup'])
        assert.equal((await ask(path, { ...AS_HELPER, method, headers })).status, 404, `${method} ${path}`);
    assert.equal((await ask('/enrol', { method: 'POST', headers })).status, 404);
    assert.equal((await ask('/enrol', { ...AS_HELPER, method: 'POST', headers })).status, 400);
    assert.equal((await ask('/enrol', { ...AS_HELPER, method: 'POST' })).status, 403, 'without our Origin');
  });

  test('with a port for helpers knows them there and nowhere else', async () => {
    const devicePort = String(await freePort());
    await start({ environment: { HANDRAIL_DEVICE_PORT: devicePort } });
    const origin = `https://localhost:${devicePort}`;
    const enrol = { method: 'POST', headers: { origin } };
    assert.equal((await ask('/enrol', { ...enrol, port: devicePort })).status, 400);
    assert.equal((await ask('/enrol', { ...enrol, ...AS_HELPER, port: devicePort })).status, 400);
    assert.equal((await ask('/api/organisation', { port: devicePort })).status, 404);
    await assert.rejects(ask('/enrol', { ...enrol, ...AS_HELPER }), /no application protocol/);
    assert.match(said.join('\n'), new RegExp(`helpers connect to port ${devicePort}`));
  });

  test('speaks TLS 1.3 with AES-256 and nothing older', async () => {
    await start();
    const connect = async (version: string): Promise<string> => {
      const child = spawn('openssl', ['s_client', '-connect', `localhost:${port}`, version]);
      child.stdin.end();
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part));
      await once(child, 'close');
      return output;
    };
    assert.match(await connect('-tls1_3'), /TLSv1\.3, Cipher is TLS_AES_256_GCM_SHA384/);
    assert.match(await connect('-tls1_2'), /Cipher is \(NONE\)/);
  });

  test('refuses every socket path without our Origin, to browsers and to helpers', async () => {
    const { services } = await start();
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    const cookie = `__Host-handrail=${services.signIns.begin(services.database.db, { guestSessionId: 'ses_a' }).secret}`;
    const own = `https://localhost:${port}`;
    const paths = [
      ...['/live', '/relay/control', '/relay/bulk', '/nowhere'].map((path) => [path, {}] as const),
      ...['/device/control', '/device/bulk', '/nowhere'].map((path) => [path, AS_HELPER] as const),
    ];
    for (const [path, as] of paths) {
      const foreign = ['null', 'https://evil.example', 'http://localhost', `${own}0`, own.replace('https', 'http')];
      for (const origin of foreign)
        assert.equal(
          (await ask(path, { ...as, headers: { ...upgrade, cookie, origin } })).status,
          403,
          `${origin} ${path}`,
        );
      assert.equal((await ask(path, { ...as, headers: { ...upgrade, cookie } })).status, 403, path);
    }
    const headers = { ...upgrade, cookie, origin: own };
    assert.equal((await ask('/live', { headers })).status, 101);
    assert.equal((await ask('/live', { ...AS_HELPER, headers })).status, 404);
    assert.equal((await ask('/device/control', { headers })).status, 404);
    assert.equal((await ask('/device/control', { ...AS_HELPER, headers })).status, 403);
  });

  test('keeps its authority over a restart and leaves an audit that verifies offline', async () => {
    const before = (await start()).services.authority.caFingerprint;
    await running?.stop();
    assert.equal((await start()).services.authority.caFingerprint, before);
    await running?.stop();
    running = null;
    const verify = fileURLToPath(new URL('../ops/audit-verify.ts', import.meta.url));
    const output = execFileSync(process.execPath, [verify, '--data-dir', dataDir], { encoding: 'utf8' });
    assert.match(output, /^Intact: \d+ events, \d+ signed checkpoints/);
    assert.doesNotMatch(output, /no checkpoint/);
  });

  test('is alone on its data directory and says so to the second', async () => {
    await start();
    const first = running;
    await assert.rejects(start(), (error) => error instanceof StartError && /another server/.test(error.message));
    running = first;
  });

  test('leaves nothing open when it cannot start', async () => {
    const devicePort = await freePort();
    const blocker = createServer().listen(devicePort, '::');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const environment = { HANDRAIL_DEVICE_PORT: String(devicePort) };
    await assert.rejects(
      start({ environment }),
      (error) => error instanceof StartError && /in use/.test(error.message),
    );
    await new Promise((resolve) => blocker.close(resolve));
    await start({ environment });
    assert.equal((await ask('/api/organisation')).status, 200);
  });

  describe('with a certificate of the company', () => {
    let company: CompanyCa;
    let files = { HANDRAIL_TLS_CERT_FILE: '', HANDRAIL_TLS_KEY_FILE: '' };
    before(() => {
      company = createCompanyCa();
      files = { HANDRAIL_TLS_CERT_FILE: join(dataDir, 'tls.crt'), HANDRAIL_TLS_KEY_FILE: join(dataDir, 'tls.key') };
    });
    after(() => company.close());

    function store(names = 'DNS:desk.example'): void {
      const { certificate, privateKey } = company.issue({ names });
      writeFileSync(files.HANDRAIL_TLS_CERT_FILE, certificate + company.intermediate);
      writeFileSync(files.HANDRAIL_TLS_KEY_FILE, privateKey);
    }
    const startForCompany = () => start({ environment: { ...files, HANDRAIL_PUBLIC_HOST: 'desk.example' } });
    const askByName = () => ask('/api/organisation', { servername: 'desk.example', ca: company.root });
    const issuerOf = async (options: ConnectionOptions) => {
      const socket = connect({ host: 'localhost', port: Number(port), rejectUnauthorized: false, ...options });
      await once(socket, 'secureConnect');
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      return certificate?.issuer.replaceAll('\n', ', ');
    };

    test('shows it to browsers for its names, and the internal one to helpers and for other names', async () => {
      store();
      await startForCompany();
      assert.equal((await askByName()).status, 200);
      assert.equal((await ask('/api/organisation')).status, 200, 'localhost, by the internal CA');
      assert.match((await issuerOf({ servername: '' })) ?? '', /CN=intermediate/);
      for (const ALPNProtocols of [[HELPER_PROTOCOL], [HELPER_PROTOCOL, 'http/1.1']])
        assert.match((await issuerOf({ servername: 'desk.example', ALPNProtocols })) ?? '', /CN=Handrail internal CA/);
    });

    test('shows a renewed one without a restart, and writes it into the audit', async () => {
      store();
      const { refreshCertificate, services } = await startForCompany();
      const actions = () =>
        services.database.raw
          .prepare<[], { action: string }>('SELECT action FROM audit_events')
          .all()
          .map(({ action }) => action);
      refreshCertificate();
      assert.ok(!actions().includes('certificate/renewed'));
      const before = services.database.raw.prepare('SELECT 1 FROM audit_events').all().length;
      company.close();
      company = createCompanyCa();
      store();
      await assert.rejects(askByName());
      refreshCertificate();
      assert.equal((await askByName()).status, 200);
      assert.equal(services.database.raw.prepare('SELECT 1 FROM audit_events').all().length, before + 1);
      assert.ok(actions().includes('certificate/renewed'));
      const shown = services.operations.certificates.list().find(({ kind }) => kind === 'portal');
      assert.equal(shown?.sha256, fingerprintOf(files.HANDRAIL_TLS_CERT_FILE));
    });

    test('that cannot be used says why and starts nothing', async () => {
      store('DNS:other.example');
      const never = join(dataDir, 'never');
      const environment = { ...files, HANDRAIL_PUBLIC_HOST: 'desk.example' };
      await assert.rejects(
        start({ environment, dataDir: never }),
        (error) => error instanceof StartError && /HANDRAIL_TLS_CERT_FILE.*not for desk\.example/.test(error.message),
      );
      assert.equal(existsSync(never), false);
    });
  });

  test('fills an empty directory with a demo organisation, whose sign-ins work, and no other', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'handrail-demo-'));
    const { services } = await start({ isDemo: true, dataDir: empty });
    assert.doesNotMatch(said.join('\n'), /setup#/);
    const [, number = '', password = ''] = /^ {2}(A1001) {2}(\S+)/m.exec(said.join('\n')) ?? [];
    assert.equal(number, 'A1001');
    const { passwords, database } = services;
    const { hash } = database.raw
      .prepare<[string], { hash: string }>('SELECT password_hash AS hash FROM people WHERE employee_number = ?')
      .get(number) ?? { hash: '' };
    assert.equal(await passwords.isRight(password, hash), true);
    await running?.stop();
    running = null;
    await assert.rejects(start({ isDemo: true, dataDir: empty }), /already has an organisation/);
    rmSync(empty, { recursive: true });
  });
});

describe('the process', () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));

  test('with wrong settings ends with 1 and names each', () => {
    const env = { ...process.env, HANDRAIL_PORT: 'x', HANDRAIL_PROT: '1' };
    const { status, stderr } = spawnSync(process.execPath, [main], { env, encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /HANDRAIL_PORT is "x": expected a number/);
    assert.match(stderr, /HANDRAIL_PROT is not a setting/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  test('makes no data directory before its settings are right', () => {
    const dataDir = join(tmpdir(), `handrail-never-${process.pid}`);
    const env = { ...process.env, HANDRAIL_DATA_DIR: dataDir, HANDRAIL_LOG: 'loud' };
    spawnSync(process.execPath, [main], { env });
    assert.equal(existsSync(dataDir), false);
  });

  test('without a terminal looks at its certificate on SIGHUP, and goes on', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'handrail-hup-'));
    const company = createCompanyCa();
    const { certificate, privateKey } = company.issue({ names: 'DNS:localhost' });
    const [certFile, keyFile] = [join(dataDir, 'tls.crt'), join(dataDir, 'tls.key')];
    writeFileSync(certFile, certificate);
    writeFileSync(keyFile, privateKey);
    const child = spawn(process.execPath, [main], {
      env: {
        ...process.env,
        HANDRAIL_DATA_DIR: join(dataDir, 'data'),
        HANDRAIL_PORT: String(await freePort()),
        HANDRAIL_PUBLIC_HOST: 'localhost',
        HANDRAIL_TLS_CERT_FILE: certFile,
        HANDRAIL_TLS_KEY_FILE: keyFile,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const line = async (wanted: RegExp): Promise<string> => {
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true || wanted.test(value)) return value ?? '';
      }
    };
    assert.match(await line(/server\/started/), /started/);
    writeFileSync(certFile, 'half a cert');
    child.kill('SIGHUP');
    assert.match(await line(/certificate\//), /certificate\/not-renewed.*no certificate in it/);
    writeFileSync(certFile, company.issue({ names: 'DNS:localhost' }).certificate);
    writeFileSync(keyFile, privateKey);
    child.kill('SIGHUP');
    assert.match(await line(/certificate\//), /certificate\/not-renewed.*key does not belong to it/);
    writeFileSync(certFile, `${certificate}\n${company.intermediate}`);
    child.kill('SIGHUP');
    assert.match(await line(/certificate\//), /certificate\/renewed/);
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
    company.close();
    rmSync(dataDir, { recursive: true });
  });
});
