import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

test('where Wine is missing its scene is left out, which is said and no failure', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'handrail-bench-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'rows.json');
  const args = ['--scene', 'wine', '--json', file];
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, PATH: folder },
  });
  assert.match(stderr, /^ {2}handrail wine is left out: wine, .* is not installed$/m);
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), []);
});
