import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readConsentTextName } from './consent-text.ts';

const SHA256 = '0c'.repeat(32);

describe('the name of the words that were agreed to', () => {
  test('says which, in which version and language, and their hash', () => {
    assert.deepEqual(readConsentTextName(`consent/control/zh-CN v12 sha256:${SHA256}`), {
      id: 'consent/control/zh-CN',
      version: 12,
      language: 'zh-CN',
      sha256: SHA256,
    });
  });

  for (const stated of [
    '',
    'view 1 en',
    `consent/control v1 sha256:${SHA256}`,
    `consent/control/en v1 sha256:${SHA256.toUpperCase()}`,
    `consent/control/en v1 sha256:${SHA256}0`,
    `consent/control/fr v1 sha256:${SHA256}`,
    ` consent/control/en v1 sha256:${SHA256}`,
  ])
    test(`is not read into “${stated.slice(0, 60)}”`, () => assert.equal(readConsentTextName(stated), undefined));
});
