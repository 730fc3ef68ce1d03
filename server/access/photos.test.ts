import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { inspectPhoto } from './photos.ts';
import { png } from './test-photo.ts';

function jpeg(width: number, height: number): Buffer {
  const frame = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0001108000000000301', 'hex');
  frame.writeUInt16BE(height, 25);
  frame.writeUInt16BE(width, 27);
  return Buffer.concat([frame, Buffer.alloc(16)]);
}

describe('photos', () => {
  test('are PNG or JPEG by their own first bytes', () => {
    assert.equal(inspectPhoto(png(200, 240)), 'image/png');
    assert.equal(inspectPhoto(jpeg(200, 240)), 'image/jpeg');
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'.padEnd(64));
    for (const other of [svg, Buffer.from('GIF89a'.padEnd(64)), Buffer.from('<html>'.padEnd(64)), Buffer.alloc(0)])
      assert.equal(inspectPhoto(other), null);
  });

  test('are refused when their edges are absurd', () => {
    for (const [width, height] of [
      [0, 10],
      [8, 200],
      [200, 8],
      [5000, 200],
      [200, 60_000],
      [4_000_000_000, 200],
    ] as const)
      assert.equal(inspectPhoto(png(width, height)), null, `${width}×${height}`);
    assert.equal(inspectPhoto(jpeg(65_535, 200)), null);
  });

  test('no bytes make the inspection fail or run on', () => {
    const start = fc.constantFrom(Buffer.alloc(0), Buffer.from('ffd8ff', 'hex'), png(20, 20).subarray(0, 16));
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (head, tail) => {
        const kind = inspectPhoto(Buffer.concat([head, tail]));
        assert.ok(kind === null || kind.startsWith('image/'));
      }),
    );
  });
});
