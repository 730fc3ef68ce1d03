import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Framebuffer } from './framebuffer.ts';
import {
  MAX_PICTURE_BYTES,
  MAX_REGIONS,
  encodePicture,
  parsePicture,
  regionBytes,
  tileBytes,
  type PictureFrame,
  type Region,
} from './picture.ts';

const RECT = { x: 3, y: 2, width: 5, height: 4 };

function frameOf(...regions: Region[]): PictureFrame {
  return { isKey: false, width: 64, height: 48, number: 7, capturedAtMs: 123_456, regions };
}

function refusalOf(frame: PictureFrame, spoil: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): unknown {
  return parsePicture(spoil(encodePicture(frame)));
}

const PALETTE: Region = {
  kind: 'palette',
  rect: RECT,
  palette: [0x112233, 0xffffff, 0x000001],
  isDeflated: false,
  body: new Uint8Array(8).fill(0x1b),
};
const EVERY_KIND: Region[] = [
  { kind: 'fill', rect: RECT, colour: 0x0a0b0c },
  { kind: 'copy', rect: RECT, sourceX: 59, sourceY: 44 },
  PALETTE,
  { kind: 'rgb', rect: RECT, isDeflated: true, body: new Uint8Array(59) },
  {
    kind: 'video',
    rect: RECT,
    coded: { x: 0, y: 0, width: 16, height: 16 },
    isKey: true,
    accessUnit: Uint8Array.of(0, 0, 1),
  },
];

describe('picture payload', () => {
  test('comes back as it was written, every kind of region', () => {
    const frame = frameOf(...EVERY_KIND);
    const parsed = parsePicture(encodePicture({ ...frame, isKey: true }));
    assert.deepEqual(parsed, { ...frame, isKey: true });
  });

  test('has exactly the layout that is documented', () => {
    const bytes = encodePicture(frameOf({ kind: 'fill', rect: RECT, colour: 0x0a0b0c }));
    assert.equal(
      Buffer.from(bytes).toString('hex'),
      '01' +
        '00' +
        '0040' +
        '0030' +
        '00000007' +
        '0001e240' +
        '0001' +
        '01' +
        '0003000200050004' +
        '00000003' +
        '0a0b0c',
    );
  });

  test('says beforehand how many bytes a region takes', () => {
    const empty = encodePicture(frameOf()).length;
    for (const region of EVERY_KIND) {
      assert.equal(encodePicture(frameOf(region)).length - empty, regionBytes(region), region.kind);
    }
  });

  const outside: [string, Region][] = [
    ['right', { kind: 'fill', rect: { ...RECT, x: 60 }, colour: 0 }],
    ['bottom', { kind: 'fill', rect: { ...RECT, y: 45 }, colour: 0 }],
    ['nothing', { kind: 'fill', rect: { ...RECT, width: 0 }, colour: 0 }],
    ['copy source', { kind: 'copy', rect: RECT, sourceX: 60, sourceY: 0 }],
    [
      'odd video',
      {
        kind: 'video',
        rect: RECT,
        coded: { x: 0, y: 0, width: 15, height: 16 },
        isKey: true,
        accessUnit: new Uint8Array(9),
      },
    ],
    [
      'paints beside its video',
      {
        kind: 'video',
        rect: RECT,
        coded: { x: 4, y: 0, width: 16, height: 16 },
        isKey: true,
        accessUnit: new Uint8Array(9),
      },
    ],
  ];
  for (const [name, region] of outside) {
    test(`a rectangle outside of what holds it is refused: ${name}`, () => {
      assert.equal(refusalOf(frameOf(region)), 'bad-rect');
    });
  }

  test('a body that is not what its rectangle needs is refused', () => {
    assert.equal(refusalOf(frameOf({ ...PALETTE, body: new Uint8Array(7) })), 'bad-body');
    assert.equal(refusalOf(frameOf({ ...PALETTE, isDeflated: true, body: new Uint8Array(0) })), 'bad-body');
    assert.equal(refusalOf(frameOf({ ...PALETTE, palette: [1] })), 'bad-body');
  });

  test('a deflated body at least as long as the plain one is refused, which bounds what a reader inflates', () => {
    assert.equal(refusalOf(frameOf({ ...PALETTE, isDeflated: true, body: new Uint8Array(8) })), 'bad-body');
  });

  test('a tile larger than the limit is refused, whatever its body', () => {
    const rect = { x: 0, y: 0, width: 2048, height: 1024 };
    const tile: Region = { kind: 'rgb', rect, isDeflated: true, body: new Uint8Array(10) };
    assert.equal(refusalOf({ ...frameOf(tile), width: 2048, height: 1024 }), 'bad-rect');
  });

  test('a frame that paints the screen more than four times over is refused', () => {
    const all: Region = { kind: 'fill', rect: { x: 0, y: 0, width: 64, height: 48 }, colour: 0 };
    assert.notEqual(typeof refusalOf(frameOf(all, all, all, all)), 'string');
    assert.equal(refusalOf(frameOf(all, all, all, all, all)), 'too-much-work');
  });

  test('two videos in one frame are refused', () => {
    const [video] = EVERY_KIND.slice(-1);
    assert.ok(video);
    assert.equal(refusalOf(frameOf(video, video)), 'too-much-work');
  });

  test('unknown versions, flags, kinds and screens are refused', () => {
    const frame = frameOf({ kind: 'fill', rect: RECT, colour: 0 });
    const set = (at: number, value: number) => (bytes: Uint8Array) => bytes.with(at, value);
    assert.equal(refusalOf(frame, set(0, 2)), 'unknown-version');
    assert.equal(refusalOf(frame, set(1, 2)), 'bad-flags');
    assert.equal(refusalOf(frame, set(3, 0)), 'bad-screen');
    assert.equal(refusalOf(frame, set(2, 0x80)), 'bad-screen');
    assert.equal(refusalOf(frame, set(16, 9)), 'unknown-region');
    assert.equal(refusalOf(frame, set(14, 0xff)), 'too-many-regions');
    assert.equal(parsePicture(new Uint8Array(MAX_PICTURE_BYTES + 1)), 'too-long');
    assert.ok(MAX_REGIONS < 0xff00);
  });

  test('cut short anywhere it is refused, with bytes behind it as well', () => {
    const bytes = encodePicture(frameOf(...EVERY_KIND));
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(parsePicture(bytes.slice(0, length)), 'too-short', `${length} bytes`);
    }
    assert.equal(parsePicture(Buffer.concat([bytes, Buffer.of(0)])), 'trailing-bytes');
  });

  test('whatever the bytes, reading ends in a frame or a reason, never in an exception', () => {
    const noise = fc.uint8Array({ maxLength: 400 });
    const spoilt = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }).map((edits) => {
      const bytes = encodePicture(frameOf(...EVERY_KIND));
      for (const [at, value] of edits) bytes[at % bytes.length] = value;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(noise, spoilt), (bytes) => {
        const frame = parsePicture(bytes);
        if (typeof frame === 'string') return;
        // What is accepted can be written again, byte for byte: nothing in a payload goes unread.
        assert.deepEqual(encodePicture(frame), new Uint8Array(bytes));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('framebuffer', () => {
  test('an index beyond the palette is black', () => {
    const buffer = new Framebuffer(4, 1);
    const rect = { x: 0, y: 0, width: 4, height: 1 };
    buffer.tile(
      { kind: 'palette', rect, palette: [0x111111, 0x222222, 0x333333], isDeflated: false, body: new Uint8Array() },
      Uint8Array.of(0b00_01_10_11),
    );
    assert.deepEqual([...buffer.colours(rect)], [0x111111, 0x222222, 0x333333, 0]);
  });

  test('bytes that do not fit the tile are an error', () => {
    const tile = { kind: 'rgb' as const, rect: RECT, isDeflated: false, body: new Uint8Array() };
    assert.throws(() => new Framebuffer(64, 48).tile(tile, new Uint8Array(tileBytes(tile) - 1)), RangeError);
  });

  test('a copy onto itself moves the pixels as they were, in each direction', () => {
    for (const [sourceX, sourceY] of [
      [0, 1],
      [1, 0],
      [2, 1],
      [1, 2],
    ] as const) {
      const buffer = new Framebuffer(6, 6);
      buffer.words.forEach((_, at) => (buffer.words[at] = at));
      const before = buffer.words.slice();
      buffer.copy({ kind: 'copy', rect: { x: 1, y: 1, width: 3, height: 3 }, sourceX, sourceY });
      for (let y = 0; y < 3; y++) {
        for (let x = 0; x < 3; x++) {
          assert.equal(buffer.words[(1 + y) * 6 + 1 + x], before[(sourceY + y) * 6 + sourceX + x]);
        }
      }
    }
  });
});
