import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { InflateError, inflateNow, inflateStreamed, isInflatedNow } from './inflate.ts';
import { findParameterSet } from './video-track.ts';

const ways = {
  'at once': (body: Uint8Array<ArrayBuffer>, length: number) => Promise.resolve().then(() => inflateNow(body, length)),
  streamed: inflateStreamed,
};

for (const [name, inflate] of Object.entries(ways)) {
  describe(`inflating ${name}`, () => {
    test('gives back what was deflated', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 3000 }), async (plain) => {
          const body = Uint8Array.from(deflateRawSync(plain));
          assert.deepEqual([...(await inflate(body, plain.length))], [...plain]);
        }),
        { numRuns: 50 },
      );
    });

    test('a body that stands for more or less than its tile is refused', async () => {
      const body = Uint8Array.from(deflateRawSync(new Uint8Array(1000)));
      await assert.rejects(inflate(body, 999), InflateError);
      await assert.rejects(inflate(body, 1001), InflateError);
    });

    test('a bomb is refused', async () => {
      const bomb = Uint8Array.from(deflateRawSync(new Uint8Array(1 << 23)));
      await assert.rejects(inflate(bomb, 65_536), InflateError);
    });

    test('noise is refused with a typed error', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (noise) => {
          await inflate(Uint8Array.from(noise), 300).catch((cause: unknown) =>
            assert.ok(cause instanceof InflateError),
          );
        }),
        { numRuns: 300 },
      );
    });
  });
}

test('what could grow large is never inflated at once', () => {
  assert.equal(isInflatedNow(new Uint8Array(100), 1 << 17), false);
  assert.equal(isInflatedNow(new Uint8Array(20_000), 30_000), false);
  assert.equal(isInflatedNow(new Uint8Array(100), 3000), true);
});

describe('parameters of a video', () => {
  test('are found after other units, with start codes of three or four bytes', () => {
    const unit = Uint8Array.of(0, 0, 0, 1, 9, 16, 0, 0, 1, 0x67, 0x64, 0, 31, 5, 0, 0, 1, 0x68, 1);
    assert.deepEqual([...(findParameterSet(unit) ?? [])], [0x67, 0x64, 0, 31, 5]);
  });

  test('are missing where there are none', () => {
    assert.equal(findParameterSet(Uint8Array.of(0, 0, 1, 0x65, 0, 0, 1)), undefined);
  });
});
