import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMacSupported } from './mac.version.ts';

test('a Mac is refused before macOS 14, and with a processor by Intel', () => {
  assert.equal(isMacSupported('arm64', '23.0.0'), true);
  assert.equal(isMacSupported('arm64', '25.1.0'), true);
  assert.equal(isMacSupported('arm64', '22.6.0'), false);
  assert.equal(isMacSupported('x64', '24.0.0'), false);
  assert.equal(isMacSupported('arm64', ''), false);
});
