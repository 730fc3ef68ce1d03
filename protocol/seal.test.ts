import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes, toHex, utf8, type Bytes } from './bytes.ts';
import {
  CHANNELS,
  CHANNEL_NAMES,
  FrameAssembler,
  HEADER_BYTES,
  TAG_BYTES,
  chunksOf,
  encodeHeader,
  parseChunk,
  type ArrivedFrame,
  type SealedFrame,
} from './frame.ts';
import { FrameOpener, FrameSealer, deriveSubkeyBytes, type EpochSecrets, type SubkeyContext } from './seal.ts';

const secrets: EpochSecrets = { epoch: randomBytes(32), pair: randomBytes(32) };
const context: SubkeyContext = {
  sessionId: 'ses_abcdefghijklmnopqrstuvwxyz',
  epoch: 3,
  sender: 1,
  channel: 'input',
  connectionNonce: randomBytes(16),
};
const GRANT = { grant: 0x1122334455667788n };

/** The frame as it is put together at the other end, or why it is not. */
function arrive(frame: Pick<SealedFrame, 'headerBytes' | 'sealed'>): ArrivedFrame | string {
  const assembler = new FrameAssembler();
  let arrived: ArrivedFrame | undefined;
  for (const bytes of chunksOf({ channel: 'input', seq: 0n, isKey: false, ...frame })) {
    const chunk = parseChunk(bytes);
    if (typeof chunk === 'string') return chunk;
    arrived = assembler.push(chunk);
  }
  return arrived ?? 'incomplete';
}

async function open(opener: FrameOpener, frame: Pick<SealedFrame, 'headerBytes' | 'sealed'>): Promise<string> {
  const arrived = arrive(frame);
  if (typeof arrived === 'string') return arrived;
  const opened = await opener.open(arrived);
  return typeof opened === 'string' ? opened : `payload ${toHex(opened)}`;
}

const payloadOf = (bytes: Bytes) => `payload ${toHex(bytes)}`;

async function pair(changes: Partial<SubkeyContext> = {}, others: EpochSecrets = secrets) {
  const sealer = await FrameSealer.create(secrets, context);
  return { sealer, opener: await FrameOpener.create(others, { ...context, ...changes }) };
}

async function sealMany(sealer: FrameSealer, count: number): Promise<SealedFrame[]> {
  return Promise.all(Array.from({ length: count }, (_, at) => sealer.seal(Uint8Array.of(1, at), GRANT)));
}

function flipped(bytes: Bytes, bit: number): Bytes {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

describe('opening', () => {
  test('a frame opens once; its replay is refused', async () => {
    const { sealer, opener } = await pair();
    const frame = await sealer.seal(utf8('hello'), GRANT);
    assert.equal(await open(opener, frame), payloadOf(utf8('hello')));
    assert.equal(await open(opener, frame), 'replayed');
  });

  test('of two copies opened at the same moment one is refused', async () => {
    const { sealer, opener } = await pair();
    const frame = await sealer.seal(utf8('hello'), GRANT);
    const results = await Promise.all(Array.from({ length: 8 }, () => open(opener, frame)));
    assert.deepEqual(results.toSorted(), [payloadOf(utf8('hello')), ...Array<string>(7).fill('replayed')]);
  });

  test('frames reordered inside the window of 64 all open, each once', async () => {
    const { sealer, opener } = await pair();
    const frames = await sealMany(sealer, 64);
    for (const [at, frame] of frames.toReversed().entries())
      assert.equal(await open(opener, frame), payloadOf(Uint8Array.of(1, 63 - at)));
    for (const frame of frames) assert.equal(await open(opener, frame), 'replayed');
  });

  test('a frame beyond the window is too old, whether it was seen or not', async () => {
    const { sealer, opener } = await pair();
    const frames = await sealMany(sealer, 200);
    const openAt = (at: number) => open(opener, frames[at] ?? assert.fail());
    assert.equal(await openAt(0), payloadOf(Uint8Array.of(1, 0)));
    assert.equal(await openAt(64), payloadOf(Uint8Array.of(1, 64)));
    assert.equal(await openAt(0), 'too-old');
    assert.equal(await openAt(1), payloadOf(Uint8Array.of(1, 1)));
    assert.equal(await openAt(199), payloadOf(Uint8Array.of(1, 199)));
    assert.equal(await openAt(135), 'too-old');
    assert.equal(await openAt(136), payloadOf(Uint8Array.of(1, 136)));
    assert.equal(await openAt(136), 'replayed');
  });

  test('frames lost on the way do not stop the ones after them', async () => {
    const { sealer, opener } = await pair();
    const frames = await sealMany(sealer, 150);
    for (const at of [0, 3, 100, 149]) {
      assert.equal(await open(opener, frames[at] ?? assert.fail()), payloadOf(Uint8Array.of(1, at)));
    }
  });

  test('a flipped bit, at every bit of header, payload and tag, is never opened and never moves the window', async () => {
    const { sealer, opener } = await pair();
    const honest = await sealer.seal(utf8('pointer to 10, 20'), { ...GRANT, isKey: true });
    const reasons = new Set<string>();
    for (let bit = 0; bit < HEADER_BYTES * 8; bit++) {
      const result = await open(opener, { ...honest, headerBytes: flipped(honest.headerBytes, bit) });
      assert.ok(!result.startsWith('payload'), `header bit ${bit} was not missed`);
      reasons.add(result);
    }
    for (let bit = 0; bit < honest.sealed.length * 8; bit++)
      assert.equal(
        await open(opener, { ...honest, sealed: flipped(honest.sealed, bit) }),
        'not-authentic',
        `bit ${bit}`,
      );
    for (const reason of [
      'not-authentic',
      'wrong-epoch',
      'wrong-sender',
      'wrong-channel',
      'unknown-version',
      'bad-length',
    ])
      assert.ok(reasons.has(reason), `no header bit was refused as ${reason}`);
    assert.equal(await open(opener, honest), payloadOf(utf8('pointer to 10, 20')));
  });

  test('a forged high sequence number does not push honest frames out of the window', async () => {
    const { sealer, opener } = await pair();
    const honest = await sealer.seal(utf8('hello'), GRANT);
    const headerBytes = honest.headerBytes.slice();
    new DataView(headerBytes.buffer).setBigUint64(8, 2n ** 64n - 1n);
    assert.equal(await open(opener, { ...honest, headerBytes }), 'not-authentic');
    assert.equal(await open(opener, honest), payloadOf(utf8('hello')));
  });

  test('a truncated or lengthened ciphertext under a header made to fit is not authentic', async () => {
    const { sealer, opener } = await pair();
    const frame = await sealer.seal(utf8('abcdefgh'), GRANT);
    const refit = (sealed: Bytes) => {
      const headerBytes = frame.headerBytes.slice();
      new DataView(headerBytes.buffer).setUint32(24, sealed.length);
      return { headerBytes, sealed };
    };
    for (let length = TAG_BYTES + 1; length < frame.sealed.length; length++)
      assert.equal(await open(opener, refit(frame.sealed.slice(0, length))), 'not-authentic');
    assert.equal(await open(opener, refit(new Uint8Array([...frame.sealed, 0]))), 'not-authentic');
  });

  test('swapping the headers of two frames opens neither', async () => {
    const { sealer, opener } = await pair();
    const [a, b] = [await sealer.seal(utf8('one'), GRANT), await sealer.seal(utf8('two'), { grant: 2n })];
    assert.equal(await open(opener, { headerBytes: a.headerBytes, sealed: b.sealed }), 'not-authentic');
    assert.equal(await open(opener, { headerBytes: b.headerBytes, sealed: a.sealed }), 'not-authentic');
    assert.equal(await open(opener, a), payloadOf(utf8('one')));
    assert.equal(await open(opener, b), payloadOf(utf8('two')));
  });

  test('a payload that is not sealed is not authentic, with a tag of zeros, a tag of its own, or none of any kind', async () => {
    const { sealer, opener } = await pair();
    const { headerBytes } = await sealer.seal(utf8('{"type":"release-all"}'), GRANT);
    const plain = utf8('{"type":"release-all"}');
    const sealedBytes = plain.length + TAG_BYTES;
    assert.equal(
      await open(opener, { headerBytes, sealed: new Uint8Array([...plain, ...new Uint8Array(TAG_BYTES)]) }),
      'not-authentic',
    );
    assert.equal(
      await open(opener, { headerBytes, sealed: new Uint8Array([...plain, ...randomBytes(TAG_BYTES)]) }),
      'not-authentic',
    );
    const header = { channel: 'input', sender: 1, isKey: false, epoch: 3, seq: 0n, grant: 0n, sealedBytes } as const;
    const bare = { header: { ...header, sealedBytes: plain.length }, headerBytes, sealed: plain };
    assert.equal(await opener.open(bare), 'not-authentic');
    assert.equal(
      await opener.open({ header, headerBytes: encodeHeader(header), sealed: new Uint8Array(0) }),
      'not-authentic',
    );
  });
});

describe('who and where', () => {
  test('another epoch, sender or channel is refused by name', async () => {
    const { sealer } = await pair();
    const frame = await sealer.seal(utf8('x'), GRANT);
    for (const [changes, reason] of [
      [{ epoch: 4 }, 'wrong-epoch'],
      [{ epoch: 2 }, 'wrong-epoch'],
      [{ sender: 2 }, 'wrong-sender'],
      [{ sender: 0 }, 'wrong-sender'],
      [{ channel: 'control' }, 'wrong-channel'],
    ] as const) {
      const opener = await FrameOpener.create(secrets, { ...context, ...changes });
      assert.equal(await open(opener, frame), reason);
    }
  });

  test('a header rewritten to the epoch, sender or channel that is expected is not authentic', async () => {
    const { sealer } = await pair();
    const frame = await sealer.seal(utf8('x'), GRANT);
    for (const [changes, at, value] of [
      [{ epoch: 4 }, 7, 4],
      [{ sender: 2 }, 2, 2],
      [{ channel: 'control' }, 1, CHANNELS.control.id],
    ] as const) {
      const headerBytes = frame.headerBytes.slice();
      headerBytes[at] = value;
      const opener = await FrameOpener.create(secrets, { ...context, ...changes });
      assert.equal(await open(opener, { ...frame, headerBytes }), 'not-authentic');
    }
  });

  test('another session, connection, or other secrets do not open', async () => {
    const { sealer } = await pair();
    const frame = await sealer.seal(utf8('x'), GRANT);
    const strangers = [
      await FrameOpener.create(secrets, { ...context, sessionId: 'ses_bbcdefghijklmnopqrstuvwxyz' }),
      await FrameOpener.create(secrets, { ...context, connectionNonce: randomBytes(16) }),
      await FrameOpener.create({ ...secrets, pair: randomBytes(32) }, context),
      await FrameOpener.create({ epoch: secrets.pair, pair: secrets.epoch }, context),
    ];
    for (const opener of strangers) assert.equal(await open(opener, frame), 'not-authentic');
  });

  test('an agent admitted to the same epoch can neither read nor forge what another agent sends', async () => {
    const { sealer, opener } = await pair();
    const other = { epoch: secrets.epoch, pair: randomBytes(32) };
    const spy = await FrameOpener.create(other, context);
    assert.equal(await open(spy, await sealer.seal(utf8('password'), GRANT)), 'not-authentic');
    const forger = await FrameSealer.create(other, context);
    assert.equal(await open(opener, await forger.seal(utf8('rm'), GRANT)), 'not-authentic');
  });

  test('a control frame thrown back at its sender is refused', async () => {
    const control = { ...context, channel: 'control', sender: 1 } as const;
    const fromAgent = await FrameSealer.create(secrets, control);
    const atAgent = await FrameOpener.create(secrets, { ...control, sender: 0, connectionNonce: randomBytes(16) });
    assert.equal(await open(atAgent, await fromAgent.seal(utf8('x'), GRANT)), 'wrong-sender');
  });
});

describe('subkeys', () => {
  test('no two of session, epoch, sender, channel, connection and secret share a subkey', async () => {
    const contexts: SubkeyContext[] = [
      ...[0, 1, 2, 255].map((sender) => ({ ...context, sender })),
      ...[1, 2, 256, 0xffffffff].map((epoch) => ({ ...context, epoch })),
      ...CHANNEL_NAMES.filter((channel) => channel !== context.channel).map((channel) => ({ ...context, channel })),
      ...['ses_bbcdefghijklmnopqrstuvwxyz', 'ses_a', ''].map((sessionId) => ({ ...context, sessionId })),
      { ...context, connectionNonce: randomBytes(16) },
    ];
    const keys = await Promise.all([
      ...contexts.map((each) => deriveSubkeyBytes(secrets.pair, each)),
      deriveSubkeyBytes(secrets.epoch, context),
    ]);
    assert.equal(new Set(keys.map(toHex)).size, contexts.length + 1);
    assert.ok(keys.every((key) => key.length === 32));
  });

  test('without 32 bytes of secret and 16 of nonce there is no sealing at all', async () => {
    for (const length of [0, 16, 31, 33])
      await assert.rejects(FrameSealer.create({ ...secrets, pair: new Uint8Array(length) }, context), RangeError);
    for (const length of [0, 15, 17]) {
      const changed = { ...context, connectionNonce: new Uint8Array(length) };
      await assert.rejects(FrameSealer.create(secrets, changed), RangeError);
      await assert.rejects(FrameOpener.create(secrets, changed), RangeError);
    }
  });

  test('a sender or epoch that would wrap around to another is refused', async () => {
    for (const sender of [256, -1, 0.5, Number.NaN])
      await assert.rejects(FrameSealer.create(secrets, { ...context, sender }), RangeError);
    for (const epoch of [2 ** 32, -1, 1.5])
      await assert.rejects(FrameOpener.create(secrets, { ...context, epoch }), RangeError);
  });
});

describe('sealing', () => {
  test('sequence numbers count up from zero without a gap, also when frames are sealed at the same time', async () => {
    const { sealer } = await pair();
    const frames = await sealMany(sealer, 50);
    assert.deepEqual(
      frames.map((frame) => frame.seq),
      Array.from({ length: 50 }, (_, at) => BigInt(at)),
    );
    assert.equal(new Set(frames.map((frame) => toHex(frame.headerBytes))).size, 50);
  });

  test('the same payload twice gives two ciphertexts', async () => {
    const { sealer } = await pair();
    const [a, b] = [await sealer.seal(utf8('same'), GRANT), await sealer.seal(utf8('same'), GRANT)];
    assert.notEqual(toHex(a.sealed), toHex(b.sealed));
  });

  test('a payload that is empty or over the limit of its channel is not sealed, and uses up no number', async () => {
    const { sealer } = await pair();
    const max = CHANNELS.input.maxBytes - TAG_BYTES;
    await assert.rejects(sealer.seal(new Uint8Array(0), GRANT), RangeError);
    await assert.rejects(sealer.seal(new Uint8Array(max + 1), GRANT), RangeError);
    assert.equal((await sealer.seal(new Uint8Array(max), GRANT)).seq, 0n);
  });

  test('nothing of the payload can be read in what is sent', async () => {
    const { sealer } = await pair();
    const payload = utf8('correct horse battery staple');
    const { headerBytes, sealed } = await sealer.seal(payload, GRANT);
    assert.ok(!Buffer.concat([headerBytes, sealed]).includes(Buffer.from(payload.subarray(0, 4))));
  });
});
