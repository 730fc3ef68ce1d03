/**
 * The image, run from compose.yaml as an administrator would: what it may do, a whole session against it, a crash, a
 * stop, and a new container on the same data. `npm run test:image` builds it first.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';
import type { Browser } from 'playwright-core';
import { ContainerProduct, type LogLine } from './container/container-product.ts';
import { podman, VOLUME } from './container/engine.ts';
import { Desktop } from './desktop.ts';
import { ADMIN, AGENT, EMPLOYEE } from './people.ts';
import { eventually } from './processes.ts';
import { newPerson, openBrowser, type Person } from './product.ts';
import { SERVER_FLAGS } from '../ops/server-process.mjs';
import { openOffice, openSession, type Office, type OpenSession } from './session.ts';
import { pictureSize } from './viewer.ts';

/** Health, readiness and metrics, on the container's own loopback alone. */
const METRICS_PORT = 9464;

const STOP_LIMIT_S = 10;

describe('the image', { timeout: 300_000 }, () => {
  let product: ContainerProduct;
  let browser: Browser;
  let desktop: Desktop;
  let agent: Person;
  let office: Office;
  let session: OpenSession;
  /** Every line of the log, of containers that are gone as well. */
  const log: LogLine[] = [];

  before(async () => {
    product = await ContainerProduct.start();
    [browser, desktop] = await Promise.all([openBrowser(), Desktop.open()]);
    agent = await newPerson(browser);
  });

  after(async () => {
    await browser.close();
    await desktop.close();
    await product.remove();
  });

  test('is healthy while it answers and not while it hangs', async () => {
    await eventually('a healthy answer', () => product.isHealthy());
    const { Pid } = await product.state();
    process.kill(Pid, 'SIGSTOP');
    try {
      assert.equal(await product.isHealthy(), false);
    } finally {
      process.kill(Pid, 'SIGCONT');
    }
    await eventually('a healthy answer', () => product.isHealthy());
  });

  test('runs as an unprivileged account without a capability, and cannot get one', async () => {
    const status = await product.run('cat', '/proc/1/status');
    const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1];
    assert.equal(field('Uid'), '10001\t10001\t10001\t10001');
    assert.equal(field('Gid'), '10001\t10001\t10001\t10001');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      assert.equal(Number(`0x${field(set)}`), 0, `${set} is ${field(set)}`);
    assert.equal(field('NoNewPrivs'), '1');
    assert.equal(field('Seccomp'), '2', 'system calls are not filtered');
    const raising = await product.run('sh', '-c', 'find / -xdev -type f -perm /6000 2>/dev/null || true');
    assert.equal(raising, '', 'programs that change the account');
  });

  test('can write its data and a small /tmp from which nothing runs, and nothing else', async () => {
    const mounts = (await product.run('cat', '/proc/1/mounts')).trimEnd().split('\n');
    // The kernel's own file systems and devices; which of them may be written is the engine's affair and not a place to keep things.
    const places = mounts.map((line) => line.split(' ')).filter(([, at = '']) => !/^\/(proc|sys|dev)(\/|$)/.test(at));
    const writable = places.filter(([, , , options = '']) => options.split(',').includes('rw')).map(([, at]) => at);
    // The engine's own files about names, bound from outside, belong to root.
    const isForeign = (at = '') => /^\/etc\/(hosts|hostname|resolv\.conf)$|^\/run\/\.containerenv$/.test(at);
    assert.deepEqual(writable.filter((at) => !isForeign(at)).sort(), ['/data', '/tmp']);
    const tmp = places.find(([, at]) => at === '/tmp')?.[3] ?? '';
    for (const option of ['noexec', 'nosuid', 'nodev']) assert.ok(tmp.split(',').includes(option), tmp);
    for (const folder of ['/', '/appliance', '/appliance/server', '/usr/local/bin', '/var/tmp', '/run', '/home'])
      await assert.rejects(product.run('touch', `${folder}/written`), /Read-only file system|Permission denied/);
    assert.equal((await product.run('stat', '--format', '%a %u', '/data')).trim(), '700 10001');
  });

  test('is one process with the port that is published and the one of its own health; coturn is there and does not run', async () => {
    const processes = await product.run(
      'sh',
      '-c',
      'for each in /proc/[0-9]*/cmdline; do tr "\\0" " " < $each; echo; done',
    );
    // The others are of the question itself.
    const own = processes.split('\n').filter((line) => !/^(sh|tr) |^$/.test(line));
    assert.deepEqual(own, [`node ${SERVER_FLAGS.join(' ')} server/main.ts `]);
    const tables = await product.run('cat', '/proc/net/tcp', '/proc/net/tcp6');
    const LISTEN = '0A';
    const rows = tables.split('\n').map((line) => line.trim().split(/\s+/));
    const ports = rows.filter((row) => row[3] === LISTEN).map(([, local = '']) => Number(`0x${local.split(':')[1]}`));
    assert.deepEqual(ports.sort(), [product.port, METRICS_PORT].sort());
    assert.match(await product.run('turnserver', '--version'), /^4\./);
    await assert.rejects(product.run('npm', '--version'), /npm/);
  });

  test('serves set-up, sign-in and its own helper for a session that shows the desktop', async () => {
    office = await openOffice(product);
    session = await openSession(office, { agentPage: agent.page, desktop, mode: 'control', isDownloaded: true });
    await eventually('the picture', async () => (await pictureSize(agent.page)) === '1280x800');
  });

  test('a crash pauses the session; the server comes back by itself, and the sharer lets it go on', async () => {
    await product.crash();
    const after = await office.employee.get<{ state: string; pauseReason: string }>(`/api/sessions/${session.id}`);
    assert.deepEqual([after.state, after.pauseReason], ['paused', 'network']);
    const goOn = session.consentPage.getByRole('button', { name: 'Go on as before' });
    await goOn.waitFor({ timeout: 60_000 });
    await goOn.click();
    await eventually('the picture again', async () => (await pictureSize(agent.page)) === '1280x800', 60_000);
    await session.close();
    assert.equal(product.setupLink(), office.product.setupLink());
    assert.match(await product.run('node', 'ops/audit-verify.ts'), /^Intact: /);
    assert.ok(await product.isHealthy());
  });

  test('refuses a second server on its data', async () => {
    const volume = `${VOLUME}:/data`;
    const refused = podman('run', '--rm', '--network', 'none', '--volume', volume, 'localhost/handrail');
    await assert.rejects(refused, (error: { stdout?: string }) => {
      const line = JSON.parse(error.stdout ?? '') as LogLine;
      return line.event === 'server/not-started' && String(line['text']).includes('another server is running on /data');
    });
  });

  test('stops within ten seconds while a session lives and somebody never finishes their request', async () => {
    session = await openSession(office, { agentPage: agent.page, desktop, mode: 'view', isDownloaded: true });
    await eventually('the picture', async () => (await pictureSize(agent.page)) === '1280x800');
    const slow = connect({ port: product.port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(slow, 'secureConnect');
    slow
      .on('error', () => undefined)
      .write('POST /api/sign-in HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n');
    const { ms, exitCode } = await product.stop(STOP_LIMIT_S);
    slow.destroy();
    console.log(`stopped after ${(ms / 1000).toFixed(1)} s`);
    assert.equal(exitCode, 0);
    assert.ok(ms < STOP_LIMIT_S * 1000, `it took ${ms} ms`);
  });

  test('a new container finds the data: people, sessions and an audit that verifies', async () => {
    log.push(...(await product.log()));
    await product.down();
    await product.up();
    assert.equal(product.setupLink(), undefined, 'it can be set up again');
    const read = async (): Promise<unknown[]> => {
      const path = `/api/sessions/${session.id}`;
      const { id, state, pauseReason } = await office.employee.get<Record<string, unknown>>(path);
      return [id, state, pauseReason];
    };
    const found = [session.id, 'paused', 'network'];
    assert.deepEqual(await read(), found);
    const { employeeNumber, password } = EMPLOYEE;
    await office.employee.post('/api/sign-out');
    await assert.rejects(read(), /401/);
    await office.employee.post('/api/sign-in', { employeeNumber, password });
    assert.deepEqual(await read(), found);
    assert.match(await product.run('node', 'ops/audit-verify.ts'), /^Intact: /);
    log.push(...(await product.log()));
  });

  test('says everything in lines of JSON and no secret but the set-up link', async () => {
    assert.equal((await product.output()).stderr, '');
    const links = log.filter(({ text }) => /\/setup#[\w-]{43}$/.test(String(text)));
    assert.equal(links.length, 1, 'the set-up link is not a line that one can copy it from');
    const text = JSON.stringify(log);
    for (const { password } of [ADMIN, AGENT, EMPLOYEE]) assert.ok(!text.includes(password), 'a password');
    assert.doesNotMatch(text, /__Host-|PRIVATE KEY|welcome#|handrail-helper_/);
  });
});
