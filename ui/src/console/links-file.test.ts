import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linksFile } from './links-file.ts';

test('a file of one-time links is CSV in which no name is a formula', async () => {
  const personId = 'per_aaaaaaaaaaaaaaaaaaaaaaaaaa';
  const links = [
    { personId, employeeNumber: 'E1', name: '=HYPERLINK("x")', url: 'https://help.example/welcome#abc' },
    { personId, employeeNumber: 'E2', name: 'O"Brien, 王', url: 'https://help.example/welcome#def' },
  ];
  assert.equal(
    await linksFile(links, ['Number', 'Name', 'Link']).text(),
    '"Number","Name","Link"\r\n' +
      `"E1","'=HYPERLINK(""x"")","https://help.example/welcome#abc"\r\n` +
      '"E2","O""Brien, 王","https://help.example/welcome#def"\r\n',
  );
});
