import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concat, randomBytes, toHex, type Bytes } from './bytes.ts';
import {
  CHANNELS,
  CHANNEL_NAMES,
  CHUNK_PREFIX_BYTES,
  FrameAssembler,
  HEADER_BYTES,
  MAX_CHUNK_BYTES,
  TAG_BYTES,
  chunksOf,
  encodeHeader,
  parseChunk,
  type ArrivedFrame,
  type Chunk,
  type FrameHeader,
  type SealedFrame,
} from './frame.ts';
import { isCapability } from './capabilities.ts';

const SLICE_BYTES = MAX_CHUNK_BYTES - CHUNK_PREFIX_BYTES;

function frameOf(sealed: Bytes, header: Partial<FrameHeader> = {}): SealedFrame {
  const whole: FrameHeader = {
    channel: 'picture',
    sender: 0,
    isKey: false,
    epoch: 1,
    seq: 0n,
    grant: 0n,
    sealedBytes: 0,
    ...header,
  };
  return { ...whole, headerBytes: encodeHeader({ ...whole, sealedBytes: sealed.length }), sealed };
}

function chunk(bytes: Uint8Array): Chunk {
  const parsed = parseChunk(bytes);
  assert.ok(typeof parsed !== 'string', `refused as ${String(parsed)}`);
  return parsed;
}

/** What an assembler makes of chunks as they arrive; those that do not parse are dropped before it. */
function assemble(arriving: Iterable<Uint8Array>): ArrivedFrame[] {
  const assembler = new FrameAssembler();
  const whole: ArrivedFrame[] = [];
  for (const bytes of arriving) {
    const parsed = parseChunk(bytes);
    const frame = typeof parsed === 'string' ? undefined : assembler.push(parsed);
    if (frame !== undefined) whole.push(frame);
  }
  return whole;
}

const identityOf = (frame: { headerBytes: Uint8Array; sealed: Uint8Array }) =>
  toHex(concat(frame.headerBytes, frame.sealed));

function altered(bytes: Bytes, at: number, value: number): Bytes {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

const smallest = [...chunksOf(frameOf(randomBytes(TAG_BYTES + 1), { channel: 'control' }))][0] ?? randomBytes(0);
const anyHeader = fc.record({
  channel: fc.constantFrom(...CHANNEL_NAMES),
  sender: fc.integer({ min: 0, max: 255 }),
  isKey: fc.boolean(),
  epoch: fc.integer({ min: 0, max: 0xffffffff }),
  seq: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  grant: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
});

describe('chunks', () => {
  test('a frame of any header and length that a channel allows arrives as it was sent', () => {
    fc.assert(
      fc.property(anyHeader, fc.integer({ min: TAG_BYTES + 1, max: 70_000 }), (header, length) => {
        const sealedBytes = Math.min(length, CHANNELS[header.channel].maxBytes);
        const sealed = Uint8Array.from({ length: sealedBytes }, (_, at) => at * 11);
        const sent = frameOf(sealed, header);
        const chunks = [...chunksOf(sent)];
        assert.ok(chunks.every((bytes) => bytes.length <= MAX_CHUNK_BYTES));
        const [arrived, ...more] = assemble(chunks);
        assert.deepEqual(more, []);
        assert.deepEqual(arrived?.header, { ...header, sealedBytes });
        assert.equal(arrived && identityOf(arrived), identityOf(sent));
      }),
      { numRuns: 60 },
    );
  });

  test('whatever bytes come, parsing gives a chunk or a reason and never throws', () => {
    const anything = fc.uint8Array({ maxLength: 200 });
    const nearlyRight = fc
      .tuple(fc.nat({ max: smallest.length - 1 }), fc.nat({ max: 255 }), fc.nat({ max: smallest.length }))
      .map(([at, value, length]) => altered(smallest, at, value).subarray(0, length));
    fc.assert(
      fc.property(fc.oneof(anything, nearlyRight), (bytes) => {
        const parsed = parseChunk(bytes);
        if (typeof parsed === 'string') return;
        assert.ok(parsed.index < parsed.count && parsed.header.sealedBytes <= CHANNELS[parsed.header.channel].maxBytes);
        assert.ok(parsed.slice.length > 0 && parsed.slice.length <= SLICE_BYTES);
      }),
      { numRuns: 3000 },
    );
  });

  test('a chunk is read where it lies in a larger buffer, and the buffer is not kept', () => {
    const buffer = concat(Uint8Array.of(9, 9, 9), smallest, Uint8Array.of(9));
    const [arrived] = assemble([buffer.subarray(3, 3 + smallest.length)]);
    const before = arrived && identityOf(arrived);
    buffer.fill(0);
    assert.equal(arrived && identityOf(arrived), before);
    assert.equal(before, toHex(concat(smallest.subarray(0, HEADER_BYTES), smallest.subarray(CHUNK_PREFIX_BYTES))));
  });

  test('a truncated chunk, and one with a byte too many, is refused', () => {
    for (let length = 0; length < smallest.length; length++)
      assert.equal(typeof parseChunk(smallest.subarray(0, length)), 'string', `${length} bytes were taken`);
    assert.equal(parseChunk(concat(smallest, Uint8Array.of(0))), 'bad-length');
    assert.equal(parseChunk(new Uint8Array(MAX_CHUNK_BYTES + 1)), 'too-long');
    const [first, last] = [...chunksOf(frameOf(randomBytes(SLICE_BYTES + 10)))];
    assert.equal(parseChunk(first?.subarray(0, -1) ?? smallest), 'bad-length');
    assert.equal(parseChunk(last?.subarray(0, -1) ?? smallest), 'bad-length');
  });

  test('count and index that do not belong to the length are refused', () => {
    const [first = smallest] = [...chunksOf(frameOf(randomBytes(3 * SLICE_BYTES)))];
    const withTail = (index: number, count: number) => {
      const copy = first.slice();
      new DataView(copy.buffer).setUint32(HEADER_BYTES, (index << 16) | count);
      return parseChunk(copy);
    };
    assert.equal(typeof withTail(2, 3), 'object');
    for (const [index, count] of [
      [0, 0],
      [0, 2],
      [0, 4],
      [3, 3],
      [0xffff, 3],
      [0, 0xffff],
    ] as const)
      assert.equal(withTail(index, count), 'bad-count', `${index} of ${count} was taken`);
  });

  test('a version, channel or flag that this version does not know is refused', () => {
    for (let value = 0; value < 256; value++) {
      if (value !== 1) assert.equal(parseChunk(altered(smallest, 0, value)), 'unknown-version');
      const isKnown = CHANNEL_NAMES.some((name) => CHANNELS[name].id === value);
      if (!isKnown) assert.equal(parseChunk(altered(smallest, 1, value)), 'unknown-channel');
      if (value > 1) assert.equal(parseChunk(altered(smallest, 3, value)), 'bad-flags');
    }
  });

  test('each channel takes frames up to its limit, none above it, and none without a byte of payload', () => {
    for (const channel of CHANNEL_NAMES) {
      const { maxBytes } = CHANNELS[channel];
      const firstOf = (sealedBytes: number) => {
        const [bytes = smallest] = chunksOf(frameOf(new Uint8Array(sealedBytes), { channel }));
        return parseChunk(bytes);
      };
      assert.equal(typeof firstOf(maxBytes), 'object', channel);
      assert.equal(firstOf(maxBytes + 1), 'bad-length', channel);
      assert.equal(firstOf(TAG_BYTES), 'bad-length', channel);
      assert.equal(typeof firstOf(TAG_BYTES + 1), 'object', channel);
    }
  });

  test('the largest frame fits the chunk count', () => {
    const largest = Math.max(...CHANNEL_NAMES.map((name) => CHANNELS[name].maxBytes));
    assert.ok(Math.ceil(largest / SLICE_BYTES) <= 0xffff);
    const [arrived] = assemble(chunksOf(frameOf(new Uint8Array(largest).fill(7))));
    assert.equal(arrived?.sealed.length, largest);
  });
});

describe('putting frames together', () => {
  const threeChunks = (seq: bigint) => frameOf(randomBytes(2 * SLICE_BYTES + 100), { seq });

  test('a chunk dropped at the start, in the middle or at the end takes its frame with it and no other', () => {
    for (const missing of [0, 1, 2]) {
      const [before, holed, after] = [threeChunks(0n), threeChunks(1n), threeChunks(2n)];
      const arriving = [
        ...chunksOf(before),
        ...[...chunksOf(holed)].filter((_, at) => at !== missing),
        ...chunksOf(after),
      ];
      assert.deepEqual(assemble(arriving).map(identityOf), [before, after].map(identityOf), `chunk ${missing} missing`);
    }
  });

  test('of two interleaved frames neither is made up from parts of the other', () => {
    const [a, b] = [threeChunks(0n), threeChunks(1n)].map((frame) => [...chunksOf(frame)]);
    const interleaved = (a ?? []).flatMap((bytes, at) => [bytes, b?.[at] ?? bytes]);
    assert.deepEqual(assemble(interleaved), []);
  });

  test('a repeated chunk spoils its frame rather than fill it twice', () => {
    const frame = threeChunks(0n);
    const [first, second, third] = [...chunksOf(frame)].map(chunk);
    assert.ok(first && second && third);
    const assembler = new FrameAssembler();
    assert.deepEqual(
      [first, second, second, third].map((part) => assembler.push(part)),
      Array(4).fill(undefined),
    );
    assert.deepEqual(
      [first, first, second, third].map((part) => assembler.push(part)?.sealed),
      [undefined, undefined, undefined, frame.sealed],
    );
  });

  test('a chunk under another header never lands in the frame, whichever header byte differs', () => {
    const frame = threeChunks(0n);
    const [first, second, third] = [...chunksOf(frame)];
    assert.ok(first && second && third);
    for (let at = 0; at < HEADER_BYTES; at++) {
      const forged = altered(second, at, (second[at] ?? 0) ^ 1);
      // Some do not parse, which the link drops; then the frame lacks a chunk.
      assert.deepEqual(assemble([first, forged, third]), [], `header byte ${at}`);
    }
  });

  test('however chunks are dropped, repeated, reordered or altered, no frame comes out that has bytes never sent in its place', () => {
    const sent = [
      threeChunks(0n),
      frameOf(randomBytes(500), { seq: 1n }),
      threeChunks(2n),
      frameOf(randomBytes(SLICE_BYTES), { seq: 3n }),
    ];
    const chunks = sent.flatMap((frame) => [...chunksOf(frame)]);
    const known = new Set(sent.map(identityOf));
    const order = fc.array(fc.nat({ max: chunks.length - 1 }), { maxLength: 24 });
    fc.assert(
      fc.property(order, (arriving) => {
        for (const frame of assemble(arriving.map((at) => chunks[at] ?? smallest)))
          assert.ok(known.has(identityOf(frame)));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('channels', () => {
  test('each has an id of its own that fits its byte, needs a known right, and tells who may send', () => {
    const ids = CHANNEL_NAMES.map((name) => CHANNELS[name].id);
    assert.equal(new Set(ids).size, ids.length);
    for (const name of CHANNEL_NAMES) {
      const { id, capability, from, maxBytes } = CHANNELS[name];
      assert.ok(id > 0 && id < 256 && from.length > 0 && maxBytes > TAG_BYTES);
      assert.ok(isCapability(capability));
    }
  });

  test('what an agent sends is under a key that no other agent has', () => {
    for (const name of CHANNEL_NAMES) {
      const { from, secret } = CHANNELS[name];
      if ((from as readonly string[]).includes('agent')) assert.equal(secret, 'pair', name);
    }
  });

  test('pictures never share a connection with input and control', () => {
    assert.equal(CHANNELS.picture.connection, 'bulk');
    for (const name of ['control', 'input', 'cursor'] as const) assert.equal(CHANNELS[name].connection, 'control');
  });
});
