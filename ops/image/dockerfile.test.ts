import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import manifest from '../../package.json' with { type: 'json' };
import { SERVER_ENVIRONMENT, SERVER_FLAGS } from '../server-process.mjs';
import { SETTINGS, SETTINGS_PREFIX } from '../../server/config.ts';

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

test('the image runs, and packs into the helper, the Node that everything is tested with', () => {
  const [, version] =
    /^ARG NODE_IMAGE=docker\.io\/library\/node:([\d.]+)-bookworm-slim$/m.exec(read('Dockerfile')) ?? [];
  assert.equal(version, manifest.devDependencies.node);
  assert.equal(`v${version ?? ''}`, process.version);
});

test('the image starts the server as npm start does', () => {
  const dockerfile = read('Dockerfile');
  assert.ok(
    dockerfile.includes(
      `ENTRYPOINT ${JSON.stringify(['node', ...SERVER_FLAGS, 'server/main.ts']).replaceAll(',', ', ')}`,
    ),
  );
  for (const [name, value] of Object.entries(SERVER_ENVIRONMENT))
    assert.ok(dockerfile.includes(`${name}=${value}`), name);
});

test('compose.yaml sets only what there is to set', () => {
  const names = [...read('compose.yaml').matchAll(/^ +(HANDRAIL_\w+):/gm)].map(([, name]) => name);
  assert.notEqual(names.length, 0);
  for (const name of names) assert.ok(String(name).slice(SETTINGS_PREFIX.length) in SETTINGS, name);
});
