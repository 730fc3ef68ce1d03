import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { startCommand } from './start-command.ts';

describe('the command that starts the helper', () => {
  test('makes the downloaded file executable and runs it', () => {
    assert.equal(
      startCommand('handrail-helper'),
      `cd "$(xdg-user-dir DOWNLOAD)" && chmod +x ./'handrail-helper' && ./'handrail-helper'`,
    );
  });
  test('a file name is never read as anything else by the shell', () => {
    const name = fc.string({ minLength: 1, unit: fc.constantFrom(...`a'"$\`;&| (){}<>\\*?!#~\n`) });
    fc.assert(
      fc.property(name, (fileName) => {
        const word = /chmod \+x (.*) && .*$/s.exec(startCommand(fileName))?.[1] ?? '';
        const half = word.slice(0, `./'${fileName.replaceAll("'", `'\\''`)}'`.length);
        assert.equal(execFileSync('/bin/sh', ['-c', `printf %s ${half}`]).toString(), `./${fileName}`);
      }),
      { numRuns: 60 },
    );
  });
});
