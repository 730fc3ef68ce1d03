import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
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

describe('a server', () => {
  let dataDir = '';
  let ports = { HANDRAIL_PORT: '', HANDRAIL_DEVICE_PORT: '' };
  let running: RunningServer | null = null;
  let said: string[] = [];
  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'handrail-start-'));
    ports = { HANDRAIL_PORT: String(await freePort()), HANDRAIL_DEVICE_PORT: String(await freePort()) };
  });
  afterEach(async () => {
    await running?.stop();
    running = null;
  });
  after(() => rmSync(dataDir, { recursive: true }));

  async function start(more: { isDemo?: boolean; dataDir?: string; environment?: Record<string, string> } = {}) {
    said = [];
    const fixed = { HANDRAIL_PUBLIC_HOST: 'localhost', HANDRAIL_METRICS_PORT: '' };
    const environment = { HANDRAIL_DATA_DIR: more.dataDir ?? dataDir, ...fixed, ...ports };
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
  function ask(port: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const ca = running?.services.authority.caCertificate ?? '';
    return new Promise((resolve, reject) => {
      const sent = request({ host: 'localhost', port, path, ca, headers, agent: false }, (response) => {
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
    const { status, body } = await ask(ports.HANDRAIL_PORT, '/api/organisation');
    assert.equal(status, 200);
    assert.equal((JSON.parse(body) as { isSetUp: boolean }).isSetUp, false);
    assert.equal((await ask(ports.HANDRAIL_DEVICE_PORT, '/ca.crt')).status, 200);
    assert.match(said.join('\n'), new RegExp(`https://localhost:${ports.HANDRAIL_PORT}/setup#[A-Za-z0-9_-]{43}`));
  });

  test('speaks TLS 1.3 with AES-256 and nothing older', async () => {
    await start();
    const connect = async (version: string): Promise<string> => {
      const child = spawn('openssl', ['s_client', '-connect', `localhost:${ports.HANDRAIL_PORT}`, version]);
      child.stdin.end();
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part));
      await once(child, 'close');
      return output;
    };
    assert.match(await connect('-tls1_3'), /TLSv1\.3, Cipher is TLS_AES_256_GCM_SHA384/);
    assert.match(await connect('-tls1_2'), /Cipher is \(NONE\)/);
  });

  test('refuses every socket path without our Origin, on both listeners, certificate or not', async () => {
    const { services } = await start();
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    const cookie = `__Host-handrail=${services.signIns.begin(services.database.db, { guestSessionId: 'ses_a' }).secret}`;
    const paths = {
      [ports.HANDRAIL_PORT]: ['/live', '/relay/control', '/relay/bulk', '/nowhere'],
      [ports.HANDRAIL_DEVICE_PORT]: ['/device/control', '/device/bulk', '/nowhere'],
    };
    const own = `https://localhost:${ports.HANDRAIL_PORT}`;
    for (const [port, list] of Object.entries(paths))
      for (const path of list) {
        const foreign = ['null', 'https://evil.example', 'http://localhost', `${own}0`, own.replace('https', 'http')];
        for (const origin of foreign)
          assert.equal((await ask(port, path, { ...upgrade, cookie, origin })).status, 403, `${origin} ${path}`);
        assert.equal((await ask(port, path, { ...upgrade, cookie })).status, 403, path);
      }
    assert.equal((await ask(ports.HANDRAIL_PORT, '/live', { ...upgrade, cookie, origin: own })).status, 101);
    const device = `https://localhost:${ports.HANDRAIL_DEVICE_PORT}`;
    assert.equal((await ask(ports.HANDRAIL_DEVICE_PORT, '/nowhere', { ...upgrade, origin: device })).status, 404);
    assert.equal(
      (await ask(ports.HANDRAIL_DEVICE_PORT, '/device/control', { ...upgrade, origin: device })).status,
      403,
    );
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
    const blocker = createServer().listen(Number(ports.HANDRAIL_DEVICE_PORT), '::');
    await new Promise((resolve) => blocker.once('listening', resolve));
    await assert.rejects(start(), (error) => error instanceof StartError && /in use/.test(error.message));
    await new Promise((resolve) => blocker.close(resolve));
    await start();
    assert.equal((await ask(ports.HANDRAIL_PORT, '/api/organisation')).status, 200);
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
});
