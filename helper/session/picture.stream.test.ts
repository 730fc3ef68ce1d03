import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { fromUtf8 } from '../../protocol/bytes.ts';
import { PictureStream, type EncodedFrame } from './picture.stream.ts';
import { FakeCapture, FakeEncoder, settle } from './test-desktop.ts';

function open(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const capture = new FakeCapture();
  const encoder = new FakeEncoder();
  const sent: string[] = [];
  const errors: unknown[] = [];
  const carrier = { waitingBytes: 0, send: (): Promise<void> => Promise.resolve() };
  const masks = { list: [] as { x: number; y: number; width: number; height: number }[], stands: [] as boolean[] };
  let now = 1_000_000;
  const stream = new PictureStream({
    capture,
    encoder,
    shield: {
      raise: () => Promise.resolve(masks.list),
      stood: () => Promise.resolve(masks.stands.shift() ?? true),
    },
    send: ({ payload, number, isKey }: EncodedFrame) => {
      sent.push(`${isKey ? 'key' : 'delta'} ${number}: ${fromUtf8(payload)}`);
      return carrier.send();
    },
    waitingBytes: () => carrier.waitingBytes,
    now: () => now,
    onError: (cause) => errors.push(cause),
  });
  t.after(() => stream.stop());
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    t.mock.timers.tick(ms);
    await settle();
  };
  const start = async (): Promise<void> => {
    stream.start();
    await settle();
    stream.acknowledge(1);
    await pass(500);
    sent.length = 0;
  };
  return { stream, capture, encoder, sent, errors, carrier, masks, pass, start };
}

describe('a stream of pictures', () => {
  test('begins with a complete one and then sends what changes, and nothing while nothing does', async (t) => {
    const { stream, capture, sent, pass } = open(t);
    stream.start();
    await settle();
    capture.change();
    await settle();
    await pass(5000);
    assert.deepEqual(sent, ['key 1: 0', 'delta 2: 1']);
  });

  test('newest wins: what changed several times while a frame was on its way is sent once, as it is now', async (t) => {
    const { capture, sent, carrier, start } = open(t);
    await start();
    const taken = Promise.withResolvers<undefined>();
    carrier.send = () => taken.promise;
    capture.change();
    await settle();
    for (let count = 0; count < 5; count++) capture.change();
    await settle();
    assert.deepEqual(sent, ['delta 2: 1']);
    carrier.send = () => Promise.resolve();
    taken.resolve(undefined);
    await settle();
    assert.deepEqual(sent, ['delta 2: 1', 'delta 3: 6']);
  });

  test('has at most four frames on the way; what the viewer has painted makes room, newest first', async (t) => {
    const { stream, capture, sent, start } = open(t);
    await start();
    for (let count = 0; count < 20; count++) {
      capture.change();
      await settle();
    }
    assert.equal(sent.length, 4);
    const grabs = capture.grabs;
    await settle();
    assert.equal(capture.grabs, grabs);
    stream.acknowledge(3);
    await settle();
    assert.deepEqual([sent.length, sent.at(-1), stream.inFlight], [5, 'delta 6: 20', 3]);
  });

  test('waits while the network takes nothing', async (t) => {
    const { capture, sent, carrier, start, pass } = open(t);
    await start();
    carrier.waitingBytes = 1 << 20;
    capture.change();
    await pass(100);
    assert.deepEqual(sent, []);
    carrier.waitingBytes = 0;
    await pass(5);
    assert.equal(sent.length, 1);
  });

  test('covers what nobody may see before each grab', async (t) => {
    const { capture, encoder, masks, start } = open(t);
    await start();
    masks.list = [{ x: 1, y: 2, width: 3, height: 4 }];
    capture.change();
    await settle();
    assert.equal(encoder.log[0], 'masks [{"x":1,"y":2,"width":3,"height":4}]');
  });
});

describe('after stop', () => {
  test('nothing is sent, also when a picture was just being grabbed or encoded', async (t) => {
    for (const part of ['capture', 'encoder'] as const) {
      await t.test(part, async (inner) => {
        const opened = open(inner);
        await opened.start();
        const release = opened[part].hold();
        opened.capture.change();
        await settle();
        opened.stream.stop();
        assert.deepEqual([opened.capture.isClosed, opened.encoder.isClosed], [true, false]);
        await release();
        assert.equal(opened.encoder.isClosed, true);
        opened.stream.requestKey();
        opened.stream.acknowledge(9);
        opened.capture.change();
        await opened.pass(120_000);
        assert.deepEqual([opened.sent, opened.errors], [[], []]);
      });
    }
  });

  test('the encoder is closed at once when it has nothing to do', async (t) => {
    const { stream, encoder, start } = open(t);
    await start();
    stream.stop();
    assert.equal(encoder.isClosed, true);
  });
});

describe('a complete picture', () => {
  test('is sent once for all requests within half a second', async (t) => {
    const { stream, sent, start, pass } = open(t);
    await start();
    for (let count = 0; count < 50; count++) {
      stream.requestKey();
      await pass(10);
      stream.acknowledge(1000);
    }
    assert.deepEqual(sent, ['key 2: 0', 'key 3: 0']);
  });

  test('gets the stream going again when everything on the way was dropped', async (t) => {
    const { stream, capture, sent, start } = open(t);
    await start();
    for (let count = 0; count < 9; count++) {
      capture.change();
      await settle();
    }
    assert.equal(stream.inFlight, 4);
    stream.requestKey();
    await settle();
    assert.equal(sent.at(-1), 'key 6: 9');
    assert.equal(stream.inFlight, 1);
  });

  test('is sent once a minute while nothing changes', async (t) => {
    const { stream, sent, start, pass } = open(t);
    await start();
    for (let second = 0; second < 130; second++) {
      await pass(1000);
      stream.acknowledge(1000);
    }
    assert.deepEqual(sent, ['key 2: 0', 'key 3: 0']);
  });

  test('follows a failure half a second later; until then nothing is tried', async (t) => {
    const { capture, encoder, sent, errors, start, pass } = open(t);
    await start();
    encoder.failure = new Error('the encoder broke');
    capture.change();
    await settle();
    for (let count = 0; count < 10; count++) capture.change();
    await settle();
    assert.deepEqual([errors.length, sent], [1, []]);
    encoder.failure = undefined;
    await pass(500);
    assert.deepEqual(sent, ['key 2: 11']);
  });
});

describe('refinement', () => {
  test('comes when it is due and not before', async (t) => {
    const { capture, encoder, sent, start, pass } = open(t);
    await start();
    encoder.refineAt = 1_000_500 + 300;
    encoder.refinements = ['sharp'];
    capture.change();
    await settle();
    await pass(299);
    assert.deepEqual(sent, ['delta 2: 1']);
    await pass(1);
    assert.deepEqual(sent, ['delta 2: 1', 'delta 3: sharp']);
    assert.deepEqual(encoder.log, ['refine 49152']);
  });

  test('gives way to a change when both are due', async (t) => {
    const { capture, encoder, sent, carrier, start, pass } = open(t);
    await start();
    carrier.waitingBytes = 1 << 20;
    encoder.refineAt = 0;
    encoder.refinements = ['sharp'];
    capture.change();
    await pass(5);
    carrier.waitingBytes = 0;
    await pass(5);
    assert.deepEqual(sent, ['delta 2: 1', 'delta 3: sharp']);
  });

  test('that has nothing to say yet is asked again a little later, not in a loop', async (t) => {
    const { capture, encoder, start, pass } = open(t);
    await start();
    encoder.refineAt = 0;
    capture.change();
    await settle();
    assert.equal(encoder.log.length, 1);
    await pass(20);
    assert.equal(encoder.log.length, 2);
  });
});

describe('what may not be seen', () => {
  test('is not in a frame of which windows moved while it was taken: it is dropped and taken anew', async (t) => {
    const { capture, sent, masks, start } = open(t);
    await start();
    masks.stands.push(false, false, true);
    const before = capture.grabs;
    capture.change();
    await settle();
    assert.deepEqual(sent, ['delta 2: 1']);
    assert.ok(capture.grabs - before >= 3);
  });

  test('once it may be seen again is taken anew although nothing there has changed', async (t) => {
    const { stream, capture, sent, masks, start } = open(t);
    masks.list = [{ x: 0, y: 0, width: 1, height: 1 }];
    await start();
    masks.list = [];
    stream.look();
    await settle();
    assert.deepEqual(sent, [`delta 2: ${capture.content}`]);
  });
});
