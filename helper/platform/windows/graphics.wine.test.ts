import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { reasonToSkipWine, Wine } from '../contract/wine.testing.ts';

describe('graphics on Windows, as Wine is it', { skip: reasonToSkipWine() }, () => {
  let wine: Wine;

  before(async () => (wine = await Wine.start()));
  after(() => wine.stop());

  test('a device of Direct3D is driven, and duplication is refused', async () => {
    const tap = await wine.runTests(new URL('./graphics.wine.entry.ts', import.meta.url));
    assert.match(tap, /^# pass 6$/m, tap);
    assert.match(tap, /^# fail 0$/m, tap);
  });
});
