import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

describe('the process of the server, with a log of JSON lines', () => {
  let dataDir = '';
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'handrail-main-'))));
  afterEach(() => rmSync(dataDir, { recursive: true }));

  async function run(args: string[], options: { env?: Record<string, string>; onOutput?: (pid: number) => void } = {}) {
    const env = { ...process.env, HANDRAIL_LOG: 'json', HANDRAIL_DATA_DIR: dataDir, ...options.env };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (part: Buffer) => {
      stdout += part.toString();
      options.onOutput?.(child.pid ?? 0);
    });
    child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
    await once(child, 'close');
    // Fails here when a line is anything else.
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    return { code: child.exitCode, signal: child.signalCode, lines, events: lines.map(({ event }) => event), stderr };
  }

  const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

  test('settings that are wrong are named in a line of the log', async () => {
    const { code, lines, stderr } = await run([MAIN], { env: { HANDRAIL_PORT: 'many' } });
    assert.deepEqual([code, stderr], [1, '']);
    assert.equal(lines[0]?.['event'], 'server/not-started');
    assert.match(String(lines[0]?.['text']), /HANDRAIL_PORT is "many"/);
  });

  test('a data directory that cannot be used is named with the account that has to own it', async () => {
    writeFileSync(join(dataDir, 'file'), '');
    const { code, lines, stderr } = await run([MAIN], { env: { HANDRAIL_DATA_DIR: join(dataDir, 'file') } });
    assert.deepEqual([code, stderr], [1, '']);
    assert.match(String(lines[0]?.['text']), /file cannot be used as data directory .* by account \d+, .* EEXIST/);
  });

  test('a stop that is asked for during the start is obeyed as soon as there is something to stop', async () => {
    const [port, devicePort] = [await freePort(), await freePort()];
    const env = { HANDRAIL_PORT: port, HANDRAIL_DEVICE_PORT: devicePort };
    let isAsked = false;
    const { code, signal, events, stderr } = await run([MAIN], {
      env,
      onOutput: (pid) => {
        // The first line comes from the migrations; keys, certificates and listeners come after it.
        if (!isAsked) process.kill(pid, 'SIGTERM');
        isAsked = true;
      },
    });
    assert.deepEqual([code, signal, stderr], [0, null, '']);
    assert.equal(events[0], 'database/migrated');
    assert.ok(events.indexOf('server/stopping') < events.indexOf('server/started'), events.join(' '));
  });

  test('a crash and a warning of Node are lines of the log', async () => {
    const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
    const script = `
      const { logProcess } = await import(${url('process-log.ts')});
      const { createLogger } = await import(${url('platform/logger.ts')});
      logProcess(createLogger({ format: 'json', level: 'info', now: Date.now, write: (line) => console.log(line) }));
      process.emitWarning('old ways');
      setTimeout(() => Promise.reject(new Error('nobody caught this')), 1);
      setTimeout(() => undefined, 60_000);`;
    const { code, lines, stderr } = await run(['--input-type=module', '--eval', script]);
    assert.deepEqual([code, stderr], [1, '']);
    const messages = lines.map(({ event, error }) => [event, (error as Error).message]);
    assert.deepEqual(messages, [
      ['server/warned', 'old ways'],
      ['server/crashed', 'nobody caught this'],
    ]);
  });
});

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? String(address.port) : assert.fail('no port');
}
