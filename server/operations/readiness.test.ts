import assert from 'node:assert/strict';
import { get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { silentLogger } from '../platform/logger.ts';
import { createTestServer, type TestServer } from '../test-server.ts';
import { createCertificateWatch } from './certificate-watch.ts';
import { listenForOperators, type OperationsListener } from './operations.listener.ts';
import { createReadiness, FULL_DISK_BYTES } from './readiness.ts';
import { createStorageWatch } from './storage.ts';

let server: TestServer;
let listener: OperationsListener | null = null;
beforeEach(() => {
  server = createTestServer();
});
afterEach(async () => {
  await listener?.close();
  listener = null;
  server.close();
});

function start(freeBytes: number | null = null) {
  const { database, clock, config, authority } = server.services;
  const real = createStorageWatch({ dataDir: config.dataDir, clock });
  const storage = freeBytes === null ? real : { ...real, readFreeBytes: () => Promise.resolve(freeBytes) };
  const certificates = createCertificateWatch();
  certificates.note('server', authority.caCertificate);
  return { readiness: createReadiness({ database, clock, storage, certificates }), certificates };
}

describe('a server is ready', () => {
  test('when database, disk and certificate are in order', async () => {
    const { isReady, checks } = await start().readiness.check();
    assert.equal(isReady, true);
    assert.deepEqual(checks, { database: 'ok', disk: 'ok', certificate: 'ok', process: 'ok' });
  });

  test('and not ready once its database does not answer', async () => {
    const { readiness } = start();
    server.services.database.raw.exec('DROP TABLE schema_migrations');
    assert.deepEqual((await readiness.check()).checks.database, 'failed');
    assert.equal((await readiness.check()).isReady, false);
  });

  test('and not ready on a disk that is about to be full, or that is gone', async () => {
    assert.equal((await start(FULL_DISK_BYTES).readiness.check()).checks.disk, 'ok');
    assert.equal((await start(FULL_DISK_BYTES - 1).readiness.check()).checks.disk, 'full');
    const { database, clock } = server.services;
    const storage = createStorageWatch({ dataDir: '/no/such/directory', clock });
    const gone = createReadiness({ database, clock, storage, certificates: createCertificateWatch() });
    assert.equal((await gone.check()).checks.disk, 'failed');
  });

  test('and not ready once a certificate it shows has ended, or while it shows none', async () => {
    const { readiness, certificates } = start();
    server.clock.advance({ h: 11 * 365 * 24 });
    assert.equal((await readiness.check()).checks.certificate, 'ended');
    assert.equal(certificates.list().length, 1);
    const { database, clock } = server.services;
    const storage = createStorageWatch({ dataDir: server.services.config.dataDir, clock });
    const bare = createReadiness({ database, clock, storage, certificates: createCertificateWatch() });
    assert.equal((await bare.check()).checks.certificate, 'missing');
  });

  test('and not ready from the moment it is told to stop, while it still answers', async () => {
    server.services.operations.certificates.note('server', server.services.authority.caCertificate);
    listener = await listenForOperators(server.services.operations, { port: 0, bind: '127.0.0.1', log: silentLogger });
    assert.equal((await ask('/readyz')).status, 200);
    server.services.operations.readiness.stop();
    const { status, text } = await ask('/readyz');
    assert.equal(status, 503);
    assert.match(text, /"status":"not-ready".*"process":"stopping"/);
    assert.equal((await ask('/healthz')).status, 200);
  });
});

test('a port that somebody else has does not keep the server from starting, and is a warning on the status page', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => blocker.once('listening', resolve));
  const { port } = blocker.address() as AddressInfo;
  const { operations } = server.services;
  assert.equal(await listenForOperators(operations, { port, bind: '127.0.0.1', log: silentLogger }), null);
  const { warnings } = await operations.status();
  assert.deepEqual(
    warnings.filter(({ code }) => code === 'metrics-unavailable'),
    [{ code: 'metrics-unavailable', port }],
  );
  await new Promise((resolve) => blocker.close(resolve));
});

function ask(path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: listener?.port, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    }).on('error', reject);
  });
}
