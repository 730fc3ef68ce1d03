/** What an operator sees of a server on which much has happened: its log, its metrics, its health. */
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { status } from '../protocol/api/status.ts';
import { readConfig } from '../server/config.ts';
import { systemClock } from '../server/platform/clock.ts';
import { createLogger } from '../server/platform/logger.ts';
import { systemRandom } from '../server/platform/random.ts';
import { startServer, type RunningServer } from '../server/server.ts';
import { PlainClient } from './plain-client.ts';
import { liveThroughADay, openLive, type WholeDay } from './plain-day.ts';
import { eventually, freePort } from './processes.ts';

interface Line {
  event: string;
  level: string;
  requestId?: string;
  sessionId?: string;
  [field: string]: unknown;
}

describe('a server after a whole day', { timeout: 120_000 }, () => {
  let folder = '';
  let server: RunningServer;
  let day: WholeDay;
  let metricsPort = 0;
  const lines: string[] = [];
  const parsed = (): Line[] => lines.map((line) => JSON.parse(line) as Line);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'handrail-operation-'));
    const [port, devicePort] = [await freePort(), await freePort()];
    metricsPort = await freePort();
    const said: string[] = [];
    server = await startServer({
      config: readConfig({
        HANDRAIL_DATA_DIR: join(folder, 'data'),
        HANDRAIL_PUBLIC_HOST: 'localhost',
        HANDRAIL_PORT: String(port),
        HANDRAIL_DEVICE_PORT: String(devicePort),
        HANDRAIL_METRICS_PORT: String(metricsPort),
      }),
      clock: systemClock,
      random: systemRandom,
      log: createLogger({ format: 'json', level: 'debug', now: Date.now, write: (line) => lines.push(line) }),
      version: '0.0.0-test',
      isDemo: false,
      say: (text) => said.push(text),
    });
    const { caCertificate: ca } = server.services.authority;
    const caFingerprint = createHash('sha256').update(new X509Certificate(ca).raw).digest('hex').slice(0, 32);
    day = await liveThroughADay({
      stranger: new PlainClient(`https://localhost:${port}`, { ca }),
      setUpToken: /setup#([\w-]{43})/.exec(said.join('\n'))?.[1] ?? '',
      device: { host: 'localhost', port: devicePort, caFingerprint },
    });
    // The error that says most: a statement that fails, with the hash of a secret among its values.
    const fail = "BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END";
    server.services.database.raw.exec(`CREATE TRIGGER broken BEFORE INSERT ON sign_ins ${fail}`);
    const body = { employeeNumber: day.made.agent.me.employeeNumber, password: day.made.agent.password };
    assert.equal((await day.made.admin.client.stranger().send('POST', '/api/sign-in', body)).status, 500);
    server.services.database.raw.exec('DROP TRIGGER broken');
  });
  after(async () => {
    day.made.admin.client.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const ask = (path: string, method = 'GET'): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port: metricsPort, path, method, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      }).on('error', reject);
    });

  test('has no secret in any line of its log, at the level that says most', () => {
    assert.ok(lines.length > 50, `${lines.length} lines`);
    for (const [name, secret] of day.secrets) {
      assert.ok(secret.length >= 9, `${name} is there to be looked for`);
      const hash = createHash('sha256').update(secret).digest('hex');
      for (const form of [secret, hash, Buffer.from(secret).toString('base64').slice(0, -3)])
        assert.equal(
          lines.find((line) => line.includes(form)),
          undefined,
          name,
        );
    }
    assert.equal(
      lines.find((line) => /\$argon2id|PRIVATE KEY|__Host-handrail/.test(line)),
      undefined,
    );
    const failed = lines.find((line) => line.includes('http/failed')) ?? '';
    assert.match(failed, /broken on purpose/);
    assert.doesNotMatch(failed, /[0-9a-f]{64}/);
  });

  test('has a line for each change, with the request and the session it belongs to', () => {
    const answered = parsed().filter(({ event }) => event === 'http/answered');
    assert.ok(answered.every(({ requestId }) => /^[\w-]{12}$/.test(requestId ?? '')));
    assert.equal(new Set(answered.map(({ requestId }) => requestId)).size, answered.length);
    const ofSession = parsed().filter(({ sessionId }) => sessionId === day.sessionId);
    const moves = ofSession.filter(({ event }) => event === 'session/moved').map(({ to }) => to);
    assert.deepEqual(moves, ['invited', 'accepted', 'connecting', 'active', 'ended']);
    const ended = ofSession.find(({ route }) => route === '/api/sessions/:id/end');
    assert.equal(ended?.level, 'info');
  });

  test('has metrics that name no person, no thing and no path', async () => {
    const { status: code, text } = await ask('/metrics');
    assert.equal(code, 200);
    const values = [...text.matchAll(/[{,]([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, value]) => ({
      label,
      value,
    }));
    for (const { label = '', value = '' } of values) {
      assert.doesNotMatch(value, /(per|req|ses|dep|cat|att|msg)_[a-z2-7]{20}|[0-9a-f]{16}|@/, `${label}="${value}"`);
      assert.ok(!day.identifying.some((word) => value.includes(word)), `${label}="${value}"`);
    }
    const known: Record<string, RegExp> = {
      route: /^(\/|(\/:?[A-Za-z.-]+)+|static|unknown)$/,
      method: /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|OTHER)$/,
      status: /^[1-5]\d\d$/,
      state: /^[a-z]+$/,
      reason: /^[a-z-]+$/,
      outcome: /^(success|refused|throttled|invalid)$/,
      certificate: /^(portal|server|authority|checkpoint)$/,
      part: /^(database|attachments|backups|other)$/,
    };
    const ours = text.split('\n').filter((line) => line.startsWith('handrail_') && !line.startsWith('handrail_build'));
    for (const line of ours)
      for (const [, label = '', value = ''] of line.matchAll(/[{,]([a-z_]+)="([^"]*)"/g))
        if (label !== 'le') assert.match(value, known[label] ?? /^no such label$/, line);
    assert.ok(ours.length < 1500, `${ours.length} series`);
  });

  test('counts what happened', async () => {
    const { text } = await ask('/metrics');
    const value = (series: string): number => {
      const line = text.split('\n').find((each) => each.startsWith(`${series} `));
      assert.ok(line, series);
      return Number(line.split(' ').at(-1));
    };
    assert.equal(value('handrail_sign_ins_total{outcome="success"}'), 1);
    assert.equal(value('handrail_sign_ins_total{outcome="throttled"}'), 1);
    assert.ok(value('handrail_sign_ins_total{outcome="refused"}') >= 5);
    assert.ok(value('handrail_relay_bytes_total') > 300_000);
    assert.ok(value('handrail_relay_chunks_total') >= 20);
    assert.equal(value('handrail_relay_picture_frames_total'), 10);
    assert.equal(value('handrail_relay_refusals_total{reason="no-grant"}'), 1);
    assert.equal(value('handrail_sessions{state="active"}'), 0);
    assert.ok(value('handrail_audit_head_sequence') > 30);
    assert.ok(value('handrail_data_bytes{part="database"}') > 100_000);
    assert.ok(value('handrail_data_bytes{part="attachments"}') > 4000);
    assert.ok(value('handrail_disk_free_bytes') > 1_000_000);
    const serverEnds = value('handrail_certificate_not_after_timestamp_seconds{certificate="server"}');
    assert.ok(Math.abs(serverEnds - Date.now() / 1000 - 397 * 86_400) < 3600);
    assert.ok(value('handrail_http_request_duration_seconds_count{route="/api/people",method="POST"}') >= 3);
    assert.ok(value('handrail_http_requests_total{route="unknown",method="OTHER",status="404"}') >= 1);
    assert.match(
      text,
      /handrail_build_info\{version="0\.0\.0-test",node="[\d.]+",sqlite="[\d.]+",schema="\d{4}_[\w-]+"\} 1/,
    );
    assert.ok(value('process_resident_memory_bytes') > 0);
    assert.ok(value('nodejs_eventloop_lag_p99_seconds') >= 0);
    assert.doesNotMatch(text, /handrail_backup_timestamp_seconds \d/);
  });

  test('counts the pages that are open', async () => {
    const live = await openLive(day.made.agent);
    assert.match((await ask('/metrics')).text, /handrail_live_connections 1\n/);
    live.terminate();
    await eventually('the page to be gone', async () =>
      (await ask('/metrics')).text.includes('handrail_live_connections 0\n'),
    );
  });

  test('shows its state to administrators and to nobody else', async () => {
    const seen = await day.made.admin.client.get('/api/status', status);
    assert.equal(seen.versions.handrail, '0.0.0-test');
    assert.deepEqual(
      seen.certificates.map(({ kind }) => kind),
      ['authority', 'checkpoint', 'server'],
    );
    assert.ok(seen.storage.databaseBytes > 0 && seen.storage.attachmentBytes > 0 && seen.storage.totalBytes > 0);
    assert.ok(seen.relay.bytes > 300_000);
    assert.ok(seen.relay.refusals.some(({ reason, count }) => reason === 'no-grant' && count === 1));
    assert.deepEqual(seen.sessions, []);
    assert.equal(seen.backup, null);
    for (const member of [day.made.agent, day.made.employee])
      assert.equal((await member.client.send('GET', '/api/status')).status, 403);
    assert.equal((await day.made.admin.client.stranger().send('GET', '/api/status')).status, 401);
  });

  test('is alive and ready, and knows no other address there', async () => {
    assert.deepEqual(await ask('/healthz'), { status: 200, text: '{"status":"alive"}\n' });
    const ready = await ask('/readyz');
    assert.equal(ready.status, 200);
    const checks = { database: 'ok', disk: 'ok', certificate: 'ok', process: 'ok' };
    assert.deepEqual(JSON.parse(ready.text), { status: 'ready', checks });
    for (const path of ['/', '/metrics/', '/api/me', '/healthz/../metrics'])
      assert.equal((await ask(path)).status, 404);
    assert.equal((await ask('/metrics', 'POST')).status, 405);
    assert.equal((await ask('/metrics', 'HEAD')).text, '');
  });
});
