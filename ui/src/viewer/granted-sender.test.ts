import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fromUtf8 } from '../../../protocol/bytes.ts';
import { FROZEN_BY, type InputMessage } from '../../../protocol/stream.ts';
import { GrantedSender } from './granted-sender.ts';
import type { GrantsMessage } from './rights.ts';

const KEY: InputMessage = { type: 'key', code: 'KeyA', isDown: true };

function start() {
  const sent: string[] = [];
  const sender = new GrantedSender({
    send: async (channel, payload, { grant }) => {
      const { type } = JSON.parse(fromUtf8(payload)) as { type: string };
      sent.push(`${channel} ${type} ${grant.toString(16)}`);
      return Promise.resolve();
    },
  });
  const grant = (tags: Record<string, string>): void => {
    const rights = Object.entries(tags).map(([capability, tag]): GrantsMessage['rights'][number] => ({
      capability,
      tag: tag.padStart(16, '0'),
      reach: 'all',
      purpose: 'session',
      notAfter: 1,
    }));
    sender.take({ type: 'grants', rights, askable: [] });
  };
  return { sender, sent, grant };
}

describe('what the agent sends', () => {
  test('names the right that it uses: input that of input, all else that of view', () => {
    const { sender, sent, grant } = start();
    grant({ view: 'a', input: 'b', files: 'c' });
    sender.control({ type: 'ping', sentAt: 1 });
    sender.input(KEY);
    assert.deepEqual(sent, ['control ping a', 'input key b']);
  });

  test('names the new right after every change', () => {
    const { sender, sent, grant } = start();
    grant({ view: 'a', input: 'b' });
    grant({ view: 'd', input: 'e' });
    sender.control({ type: 'ping', sentAt: 1 });
    sender.input(KEY);
    assert.deepEqual(sent, ['control ping d', 'input key e']);
  });

  test('waits for the first word of the device when it is control, and is lost when it is input', () => {
    const { sender, sent, grant } = start();
    sender.control({ type: 'ack', frame: 1 });
    sender.input(KEY);
    assert.deepEqual(sent, []);
    grant({ view: 'a', input: 'b' });
    assert.deepEqual(sent, ['control ack a']);
  });

  test('is nothing once the right is gone', () => {
    const { sender, sent, grant } = start();
    grant({ view: 'a', input: 'b' });
    grant({ view: 'a' });
    sender.input(KEY);
    sender.input({ type: 'release-all' });
    assert.deepEqual(sent, []);
    grant({});
    sender.control({ type: 'ping', sentAt: 1 });
    assert.deepEqual(sent, []);
  });

  for (const by of FROZEN_BY) {
    test(`is no input while the device holds it back (${by}), but for letting go; questions go on`, () => {
      const { sender, sent, grant } = start();
      grant({ view: 'a', input: 'b' });
      sender.take({ type: 'frozen', by });
      sender.input(KEY);
      sender.input({ type: 'pointer/move', x: 1, y: 1 });
      sender.input({ type: 'text', text: 'a' });
      assert.deepEqual(sent, []);
      sender.input({ type: 'release-all' });
      sender.control({ type: 'ask-withdrawn', id: '0'.repeat(16) });
      assert.deepEqual(sent, ['input release-all b', 'control ask-withdrawn a']);
      sender.take({ type: 'frozen', by: null });
      sender.input(KEY);
      assert.equal(sent.at(-1), 'input key b');
    });
  }

  test('is nothing after the link is closed', () => {
    const { sender, sent, grant } = start();
    grant({ view: 'a', input: 'b' });
    sender.close();
    sender.control({ type: 'ping', sentAt: 1 });
    sender.input({ type: 'release-all' });
    assert.deepEqual(sent, []);
  });
});
