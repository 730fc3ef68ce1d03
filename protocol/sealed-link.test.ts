import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { fromUtf8, randomBytes, utf8, type Bytes } from './bytes.ts';
import { chunksOf, type ConnectionKind } from './frame.ts';
import { FrameSealer, type EpochSecrets } from './seal.ts';
import { SealedLink, type LinkRefusal } from './sealed-link.ts';
import type { Transport } from './transport.ts';

const SESSION_ID = 'ses_abcdefghijklmnopqrstuvwxyz';
const GRANT = { grant: 5n };
const secrets: EpochSecrets = { epoch: randomBytes(32), pair: randomBytes(32) };
const ends = {
  device: { sender: 0, connectionNonce: randomBytes(16) },
  agent: { sender: 1, connectionNonce: randomBytes(16) },
};

interface Sent {
  kind: ConnectionKind;
  chunk: Bytes;
}

async function newEnd(party: 'device' | 'agent', changes: { epoch?: number; secrets?: EpochSecrets } = {}) {
  const sent: Sent[] = [];
  const refused: LinkRefusal[] = [];
  const transport: Transport = {
    sendChunk: (kind, chunk) => void sent.push({ kind, chunk }),
    waitingBytes: () => 0,
    onChunk: () => undefined,
    onClose: () => undefined,
    close: () => undefined,
  };
  const link = await SealedLink.create({
    transport,
    sessionId: SESSION_ID,
    epoch: 1,
    secrets,
    party,
    self: ends[party],
    peer: ends[party === 'device' ? 'agent' : 'device'],
    onRefused: (reason) => void refused.push(reason),
    ...changes,
  });
  return { link, sent, refused };
}

/** The link opens asynchronously: waits until what was sent has been heard or refused. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
}

describe('the sealed link', () => {
  test('carries every channel to the other end, in order, on its own connection', async () => {
    const [device, agent] = [await newEnd('device'), await newEnd('agent')];
    const heard: string[] = [];
    for (const channel of ['picture', 'cursor', 'control'] as const)
      agent.link.listen(channel, (payload) => heard.push(`${channel} ${payload.length}`));
    await Promise.all([
      device.link.send('picture', randomBytes(40_000), { ...GRANT, isKey: true }),
      device.link.send('picture', randomBytes(10), GRANT),
      device.link.send('cursor', randomBytes(3), GRANT),
      device.link.send('control', randomBytes(4), GRANT),
    ]);
    assert.deepEqual(device.sent.map(({ kind }) => kind).toSorted(), [
      'bulk',
      'bulk',
      'bulk',
      'bulk',
      'control',
      'control',
    ]);
    for (const { kind, chunk } of device.sent) agent.link.receive(kind, chunk);
    await until(() => heard.length === 4);
    assert.deepEqual(
      heard.filter((each) => each.startsWith('picture')),
      ['picture 40000', 'picture 10'],
    );
    assert.deepEqual(
      heard.filter((each) => !each.startsWith('picture')),
      ['cursor 3', 'control 4'],
    );
    assert.deepEqual(agent.refused, []);
  });

  test('keeps the order in which an end spoke, however long each frame takes to open', async () => {
    const [device, agent] = [await newEnd('device'), await newEnd('agent')];
    const heard: string[] = [];
    device.link.listen('input', (payload) => heard.push(fromUtf8(payload)));
    const spoken = Array.from({ length: 40 }, (_, at) => `${at} `.padEnd(at % 2 === 0 ? 8000 : 5));
    await Promise.all(spoken.map((text) => agent.link.send('input', utf8(text), GRANT)));
    for (const { kind, chunk } of agent.sent) device.link.receive(kind, chunk);
    await until(() => heard.length === spoken.length);
    assert.deepEqual(heard, spoken);
  });

  test('refuses an end that sends on the other’s channel, before any room is made for its frame', async () => {
    const [device, agent] = [await newEnd('device'), await newEnd('agent')];
    await assert.rejects(agent.link.send('picture', randomBytes(4), GRANT), /does not send/);
    await assert.rejects(device.link.send('input', randomBytes(4), GRANT), /does not send/);
    const forger = await FrameSealer.create(secrets, {
      sessionId: SESSION_ID,
      epoch: 1,
      channel: 'picture',
      ...ends.agent,
    });
    const [first = randomBytes(0)] = chunksOf(await forger.seal(new Uint8Array(1 << 23), GRANT));
    device.link.receive('bulk', first);
    assert.deepEqual(device.refused, ['wrong-channel']);
  });

  test('refuses a channel on the wrong connection', async () => {
    const [device, agent] = [await newEnd('device'), await newEnd('agent')];
    await agent.link.send('input', randomBytes(4), GRANT);
    for (const { chunk } of agent.sent) device.link.receive('bulk', chunk);
    assert.deepEqual(device.refused, ['wrong-connection']);
  });

  test('counts what does not open by reason and hears nothing of it', async () => {
    const device = await newEnd('device');
    device.link.listen('input', () => assert.fail('was heard'));
    const formerEpoch = await newEnd('agent', { epoch: 9 });
    const stranger = await newEnd('agent', { secrets: { epoch: secrets.epoch, pair: randomBytes(32) } });
    for (const { link, sent } of [formerEpoch, stranger]) {
      await link.send('input', utf8('rm'), GRANT);
      for (const { kind, chunk } of sent) device.link.receive(kind, chunk);
    }
    device.link.receive('control', utf8('{"type":"release-all"}'));
    await until(() => device.refused.length === 3);
    assert.deepEqual(device.refused.toSorted(), ['not-authentic', 'too-short', 'wrong-epoch']);
  });

  test('takes a replayed frame once', async () => {
    const [device, agent] = [await newEnd('device'), await newEnd('agent')];
    const heard: string[] = [];
    device.link.listen('input', (payload) => heard.push(fromUtf8(payload)));
    await agent.link.send('input', utf8('a'), GRANT);
    for (const { kind, chunk } of [...agent.sent, ...agent.sent]) device.link.receive(kind, chunk);
    await until(() => heard.length + device.refused.length === 2);
    assert.deepEqual([heard, device.refused], [['a'], ['replayed']]);
  });

  test('sends and hears nothing once closed, also what was on its way', async () => {
    const [device, agent] = [await newEnd('device'), await newEnd('agent')];
    device.link.listen('input', () => assert.fail('was heard'));
    const sending = agent.link.send('input', utf8('a'), GRANT);
    agent.link.close();
    await sending;
    assert.deepEqual(agent.sent, []);
    const other = await newEnd('agent');
    await other.link.send('input', utf8('b'), GRANT);
    for (const { kind, chunk } of other.sent) device.link.receive(kind, chunk);
    device.link.close();
    for (const { kind, chunk } of other.sent) device.link.receive(kind, chunk);
    // Whoever starts to open the same frame after that has it once the former would have had it.
    const later = await newEnd('device');
    let heardLater = 0;
    later.link.listen('input', () => (heardLater += 1));
    for (const { kind, chunk } of other.sent) later.link.receive(kind, chunk);
    await until(() => heardLater === 1);
    assert.deepEqual(device.refused, []);
  });

  test('goes on after a frame that could not be sent', async () => {
    const agent = await newEnd('agent');
    await assert.rejects(agent.link.send('input', new Uint8Array(9000), GRANT), RangeError);
    await agent.link.send('input', utf8('a'), GRANT);
    assert.equal(agent.sent.length, 1);
  });
});
