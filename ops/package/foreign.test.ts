import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { packageHelper } from '../package-helper.ts';
import { UnavailableError, fetchPart, verify } from './foreign.ts';

const CONTENT = Buffer.from('what was published');
const wanted = {
  name: '@example/part',
  version: '1.2.3',
  integrity: `sha512-${createHash('sha512').update(CONTENT).digest('base64')}`,
  file: 'part.node',
};

describe('parts for another platform', () => {
  const folder = mkdtempSync(join(tmpdir(), 'foreign-test-'));
  const environment = { ...process.env };
  before(() => {
    // Nobody listens there, and npm has nothing kept.
    Object.assign(process.env, {
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_fetch_retries: '0',
      npm_config_cache: join(folder, 'npm'),
    });
  });
  after(() => {
    process.env = environment;
    rmSync(folder, { recursive: true, force: true });
  });

  test('are held to their digest', () => {
    const archive = join(folder, 'part.tgz');
    writeFileSync(archive, CONTENT);
    assert.doesNotThrow(() => verify(wanted, archive));
    writeFileSync(archive, 'what somebody made of it');
    assert.throws(() => verify(wanted, archive), /@example\/part@1\.2\.3 is not what it was/);
  });

  test('that cannot be fetched are named, and nothing half-fetched stays', async () => {
    const cache = join(folder, 'parts');
    await assert.rejects(fetchPart(wanted, cache), (error: unknown) => {
      assert.ok(error instanceof UnavailableError);
      assert.match(error.message, /cannot fetch @example\/part@1\.2\.3/);
      return true;
    });
    assert.deepEqual(readdirSync(cache), []);
  });

  test('leave their platform out, and say so', async () => {
    const entry = join(folder, 'entry.ts');
    writeFileSync(entry, 'console.log(1);');
    const options = { entry, out: join(folder, 'out'), cache: join(folder, 'empty'), isSmall: false };
    const { made, failed } = await packageHelper({ ...options, platforms: ['macos-arm64'] });
    assert.deepEqual(made, []);
    assert.deepEqual(
      failed.map(({ platform }) => platform),
      ['macos-arm64'],
    );
    assert.match(failed[0]?.reason ?? '', /cannot fetch/);
  });
});
