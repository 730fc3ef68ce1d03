import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { startCountingProxy } from './byte-counter.ts';

test('only bytes from the server count, each once, and none is changed on the way', async () => {
  const answer = Buffer.alloc(300_000, 'handrail');
  const server = createServer((socket) => socket.once('data', () => socket.end(answer)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await startCountingProxy((server.address() as AddressInfo).port);
  const ask = async (): Promise<Buffer> => {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write('a question of no matter what length');
    return await buffer(socket);
  };
  assert.deepEqual(await ask(), answer);
  assert.deepEqual(await ask(), answer);
  assert.equal(proxy.bytes(), 2 * answer.length);
  await proxy.close();
  server.close();
});
