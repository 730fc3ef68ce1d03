import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLinuxBrowser, findMacBrowser, findWindowsBrowser } from './browser.places.ts';

test('on Linux it is looked for on PATH and in the usual places, a snap last', () => {
  const only = (...files: string[]): string | undefined =>
    findLinuxBrowser('/a:/b:relative:', (file) => files.includes(file));
  assert.equal(only(), undefined);
  assert.equal(only('/b/brave', '/a/google-chrome'), '/a/google-chrome');
  assert.equal(only('/opt/google/chrome/chrome'), '/opt/google/chrome/chrome');
  assert.equal(only('/snap/bin/chromium', '/opt/microsoft/msedge/msedge'), '/opt/microsoft/msedge/msedge');
  assert.equal(only('/snap/bin/chromium'), '/snap/bin/chromium');
  assert.equal(only('relative/chromium'), undefined);
});

test("on Windows it is looked for among everybody's programs and the person's own, Edge last", () => {
  const environment = {
    ProgramFiles: 'C:\\Program Files',
    'ProgramFiles(x86)': 'C:\\Program Files (x86)',
    LOCALAPPDATA: 'C:\\Users\\li\\AppData\\Local',
  };
  const only = (...files: string[]): string | undefined =>
    findWindowsBrowser(environment, (file) => files.includes(file));
  const edge = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe';
  const chrome = 'C:\\Users\\li\\AppData\\Local\\Google\\Chrome\\Application\\chrome.exe';
  assert.equal(only(), undefined);
  assert.equal(only(edge), edge);
  assert.equal(only(edge, chrome), chrome);
  const ofAll = 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe';
  assert.equal(only(chrome, ofAll), ofAll);
  assert.equal(
    findWindowsBrowser({ ProgramFiles: 'relative' }, () => true),
    undefined,
  );
});

test("on macOS it is looked for among everybody's programs and the person's own, Edge last", () => {
  const only = (...files: string[]): string | undefined => findMacBrowser('/Users/li', (file) => files.includes(file));
  const edge = '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge';
  const brave = '/Users/li/Applications/Brave Browser.app/Contents/MacOS/Brave Browser';
  assert.equal(only(), undefined);
  assert.equal(only(edge), edge);
  assert.equal(only(edge, brave), brave);
  const ofAll = '/Applications/Brave Browser.app/Contents/MacOS/Brave Browser';
  assert.equal(only(brave, ofAll), ofAll);
  for (const home of [undefined, 'relative'])
    assert.equal(
      findMacBrowser(home, (file) => !file.startsWith('/Applications/')),
      undefined,
    );
});
