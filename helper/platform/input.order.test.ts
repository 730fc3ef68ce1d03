import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InputOrder } from './input.order.ts';

describe('the order of input', () => {
  test('what is done while a text is typed comes behind it, and in its order', async () => {
    const done: string[] = [];
    const order = new InputOrder(() => true);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const typing = order.type(async () => {
      await promise;
      done.push('text');
    });
    order.act(() => done.push('key'));
    const second = order.type(() => Promise.resolve(void done.push('second text')));
    order.act(() => done.push('button'));
    assert.equal(done.join(), '');
    resolve(undefined);
    await typing;
    await second;
    await new Promise((later) => setImmediate(later));
    assert.deepEqual(done, ['text', 'key', 'second text', 'button']);
    order.act(() => done.push('at once'));
    assert.equal(done.at(-1), 'at once');
  });

  test('what waits when all is let go never happens', async () => {
    const done: string[] = [];
    const order = new InputOrder(() => true);
    const typing = order.type(async (isStopped) => {
      await new Promise((later) => setImmediate(later));
      done.push(isStopped() ? 'stopped' : 'went on');
    });
    const second = order.type(() => Promise.resolve(void done.push('second text')));
    order.act(() => done.push('key'));
    await Promise.resolve();
    order.drop();
    await Promise.all([typing, second]);
    await new Promise((later) => setImmediate(later));
    assert.deepEqual(done, ['stopped']);
  });

  test('a text that fails is told to its typist and holds nothing up', async () => {
    const order = new InputOrder(() => true);
    await assert.rejects(order.type(() => Promise.reject(new Error('no keyboard'))));
    let isDone = false;
    order.act(() => (isDone = true));
    assert.ok(isDone);
  });
});
