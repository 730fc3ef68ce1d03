/** The web process starts no program, whatever is done with it: what the kernel sees, not what the source says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PlainClient } from './plain-client.ts';
import { liveThroughADay } from './plain-day.ts';
import { eventually, freePort, start } from './processes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Programs that the server is meant to start, by path. There are none. */
const FIXED_CHILDREN: readonly string[] = [];

/** `-D`: the traced program is the one that was started, and the tracer watches from the side. */
const TRACE = ['-D', '-f', '-qq', '-e', 'trace=execve,execveat', '-e', 'signal=none'];

const canTrace = spawnSync('strace', ['-qq', '-e', 'trace=execve', '-o', '/dev/null', 'true']).status === 0;
const skip = canTrace ? false : 'this machine does not let one process look at another (ptrace)';

test(
  'from start to stop, over a whole day of use, the server starts no program',
  { skip, timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'handrail-tracer-'));
    const trace = join(folder, 'trace');
    const dataDir = join(folder, 'data');
    const [port, devicePort, metricsPort] = [await freePort(), await freePort(), await freePort()];
    const env = {
      ...process.env,
      HANDRAIL_DATA_DIR: dataDir,
      HANDRAIL_PUBLIC_HOST: 'localhost',
      HANDRAIL_PORT: String(port),
      HANDRAIL_DEVICE_PORT: String(devicePort),
      HANDRAIL_METRICS_PORT: String(metricsPort),
    };
    const command = [...TRACE, '-o', trace, process.execPath, 'server/main.ts'];
    const server = start('strace', command, { env, cwd: root });
    try {
      const setUpToken = await eventually(
        'the set-up link',
        () => /setup#([\w-]{43})/.exec(server.output())?.[1],
        60_000,
      );
      const ca = readFileSync(join(dataDir, 'authority', 'ca.crt'), 'utf8');
      const caFingerprint = createHash('sha256').update(new X509Certificate(ca).raw).digest('hex').slice(0, 32);
      const stranger = new PlainClient(`https://localhost:${port}`, { ca });
      const device = { host: 'localhost', port: devicePort, caFingerprint };
      const { made } = await liveThroughADay({ stranger, setUpToken, device });
      assert.equal((await made.admin.client.send('GET', '/api/status')).status, 200);
      assert.equal((await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).status, 200);
      stranger.close();
    } finally {
      await server.stop();
    }
    const started = readFileSync(trace, 'utf8')
      .split('\n')
      .flatMap((line) => /execve(?:at)?\(.*?"([^"]+)"/.exec(line)?.[1] ?? []);
    assert.equal(started[0], process.execPath, 'the tracer has seen the start of the server itself');
    assert.deepEqual(started.slice(1), FIXED_CHILDREN);
    rmSync(folder, { recursive: true });
  },
);
