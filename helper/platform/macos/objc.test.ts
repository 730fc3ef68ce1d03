import assert from 'node:assert/strict';
import { test } from 'node:test';
import koffi from 'koffi';
import { globalBlock } from './objc.ts';

const isLinux = process.platform === 'linux';

test('a block calls back with itself from a thread that is not ours', { skip: !isLinux }, async () => {
  const heard = Promise.withResolvers<[bigint, number]>();
  koffi.proto('void *TEST_BLOCK(void *block)');
  const main = threadId();
  const invoke = koffi.register((block: bigint) => {
    heard.resolve([block, threadId()]);
    return null;
  }, 'TEST_BLOCK *');
  const block = globalBlock(0x1234n, invoke);
  // As whoever gets the block does: its function is at 16, and the block is the first argument.
  const start = koffi.decode(block, 16, 'void *') as bigint;
  const libc = koffi.load('libc.so.6');
  const create = libc.func('int pthread_create(_Out_ uint64_t *thread, void *attributes, void *start, void *argument)');
  const thread = [0n];
  assert.equal(create(thread, null, start, block), 0);
  const [given, on] = await heard.promise;
  assert.equal(given, block);
  assert.equal(on, main, 'what JavaScript does, it does on its own thread');
  assert.equal(koffi.decode(block, 'uint64_t'), 0x1234);
  assert.equal(koffi.decode(block, 8, 'int32_t'), 1 << 28);
  const descriptor = koffi.decode(block, 24, 'void *') as bigint;
  assert.equal(koffi.decode(descriptor, 8, 'uint64_t'), 32);
});

function threadId(): number {
  return koffi.load('libc.so.6').func('int gettid()')() as number;
}
