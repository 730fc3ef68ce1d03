import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AskedLock } from './asked.lock.ts';
import type { LockReason } from './platform.ts';

test('a lock that is asked tells each change once, and nothing once it is closed', (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  let reason: LockReason | undefined = 'locked';
  const lock = new AskedLock(() => reason);
  const told: (LockReason | undefined)[] = [];
  lock.onChange((change) => told.push(change));
  assert.equal(lock.reason(), 'locked', 'at once');
  for (const next of ['locked', 'disconnected', 'disconnected', undefined, undefined] as const) {
    reason = next;
    context.mock.timers.tick(200);
    assert.equal(lock.reason(), next);
  }
  assert.deepEqual(told, ['disconnected', undefined]);
  lock.close();
  reason = 'locked';
  context.mock.timers.tick(1000);
  assert.deepEqual([told.length, lock.reason()], [2, undefined]);
});
