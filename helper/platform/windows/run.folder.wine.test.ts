import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { missing } from '../linux/xvfb.testing.ts';
import { bundleForWine, windowsParts } from './wine.parts.ts';
import { WinePrefix } from './wine.prefix.testing.ts';

const ENTRY = fileURLToPath(new URL('./run.folder.wine.entry.ts', import.meta.url));

describe("a run's folder on Windows, as Wine is it", { skip: missing('wine', 'wineserver') }, () => {
  let wine: WinePrefix;

  before(async () => (wine = await WinePrefix.start()));
  after(() => wine.stop());

  test('is known as that of its process, and closed to others', async () => {
    const program = join(wine.aside, 'program.cjs');
    const root = join(wine.aside, 'folders');
    mkdirSync(root);
    writeFileSync(program, await bundleForWine(ENTRY));
    const { output } = await wine.run(windowsParts().node, ['--test-reporter=tap', `Z:${program}`, `Z:${root}`]);
    assert.match(output, /^# pass 4$/m, output);
    assert.match(output, /^# fail 0$/m, output);
    // Wine makes a mode of an access list; what this person may, the person's group may as well.
    const others = (name: string): number => statSync(join(root, name)).mode & 0o007;
    assert.notEqual(others('open'), 0);
    assert.equal(others('private'), 0);
  });
});
