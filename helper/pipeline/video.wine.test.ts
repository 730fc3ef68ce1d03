import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { reasonToSkipWine, Wine } from '../platform/contract/wine.testing.ts';

describe('video on Windows, as Wine is it', { skip: reasonToSkipWine() }, () => {
  let wine: Wine;

  before(async () => (wine = await Wine.start()));
  after(() => wine.stop());

  test('encoders of graphics cards are known and refused, and the processor encodes', async () => {
    const tap = await wine.runTests(new URL('./video.wine.entry.ts', import.meta.url));
    assert.match(tap, /^# pass 4$/m, tap);
    assert.match(tap, /^# fail 0$/m, tap);
  });
});
