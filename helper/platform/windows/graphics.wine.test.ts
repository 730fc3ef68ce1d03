import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { reasonToSkipWine, Wine } from '../contract/wine.testing.ts';
import { missing, temporaryFolder } from '../linux/xvfb.testing.ts';

const COMPILER = 'x86_64-w64-mingw32-gcc';

describe('graphics on Windows, as Wine is it', { skip: reasonToSkipWine() || missing(COMPILER) }, () => {
  let wine: Wine;

  before(async () => (wine = await Wine.start()));
  after(() => wine.stop());

  test('a device of Direct3D is driven, and duplication is refused', async () => {
    const source = fileURLToPath(new URL('./duplication.testing.c', import.meta.url));
    const library = join(temporaryFolder(), 'duplication.dll');
    execFileSync(COMPILER, ['-shared', '-Wall', '-Werror', '-o', library, source]);
    const tap = await wine.runTests(new URL('./graphics.wine.entry.ts', import.meta.url), `Z:${library}`);
    assert.match(tap, /^# pass 7$/m, tap);
    assert.match(tap, /^# fail 0$/m, tap);
  });
});
