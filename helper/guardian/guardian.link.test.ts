import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { plainProcesses } from '../platform/host.ts';
import { endGuardian } from './guardian.link.ts';

describe('a guardian that hangs', { skip: process.platform !== 'linux' }, () => {
  test('is ended, and nobody who has its number since', async () => {
    const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = once(child, 'exit');
    const pid = child.pid ?? 0;
    const guardian = { pid, start: plainProcesses.startOf(pid) ?? '' };
    endGuardian({ pid, start: '1' }, plainProcesses, pid);
    endGuardian(guardian, plainProcesses, process.pid);
    child.stdin.write('still here');
    assert.equal(String(await Promise.race([once(child.stdout, 'data'), ended])), 'still here');
    endGuardian(guardian, plainProcesses, pid);
    assert.deepEqual(await ended, [null, 'SIGKILL']);
  });
});
