import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { createLogger } from '../platform/logger.ts';
import { createTestClock, type TestClock } from '../platform/test-clock.ts';
import { openCertificateFiles, type CertificateFiles } from './certificate-files.ts';
import { createCompanyCa, type CompanyCa, type IssuedPair } from './test-company-ca.ts';

let ca: CompanyCa;
let folder: string;
let files: { certFile: string; keyFile: string };
let clock: TestClock;
let logged: string[];
before(() => (ca = createCompanyCa()));
after(() => ca.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'handrail-files-'));
  files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
  // Certificates begin at the next full second.
  clock = createTestClock(Date.now() + 60_000);
  logged = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function store({ certificate, privateKey }: IssuedPair): void {
  writeFileSync(files.certFile, certificate);
  writeFileSync(files.keyFile, privateKey);
}

function open(): CertificateFiles {
  const log = createLogger({ format: 'json', level: 'info', now: () => 0, write: (line) => logged.push(line) });
  return openCertificateFiles({ files, publicHost: 'desk.example', clock, log });
}

describe('the files of the company’s certificate', () => {
  test('that have not changed are read and nothing happens', () => {
    store(ca.issue());
    const opened = open();
    assert.equal(opened.refresh(), false);
    assert.deepEqual(logged, []);
  });

  test('that hold a new certificate are taken, without a word about the key', () => {
    store(ca.issue());
    const opened = open();
    const before = opened.current().fingerprint;
    const renewed = ca.issue();
    store(renewed);
    assert.equal(opened.refresh(), true);
    assert.notEqual(opened.current().fingerprint, before);
    assert.equal(opened.current().privateKey, renewed.privateKey);
    assert.equal(opened.refresh(), false);
    assert.match(logged.join('\n'), /certificate\/renewed/);
    assert.doesNotMatch(logged.join('\n'), /PRIVATE/);
  });

  test('that were replaced one after the other are taken when both are there', () => {
    store(ca.issue());
    const opened = open();
    const renewed = ca.issue();
    writeFileSync(files.certFile, renewed.certificate);
    assert.equal(opened.refresh(), false);
    writeFileSync(files.keyFile, renewed.privateKey);
    assert.equal(opened.refresh(), true);
  });

  test('that went bad change nothing; the log says so once, and again when it is something else', () => {
    store(ca.issue());
    const opened = open();
    const { fingerprint } = opened.current();
    writeFileSync(files.certFile, 'half a cert');
    for (let count = 0; count < 3; count += 1) assert.equal(opened.refresh(), false);
    renameSync(files.certFile, `${files.certFile}.gone`);
    for (let count = 0; count < 3; count += 1) assert.equal(opened.refresh(), false);
    assert.equal(opened.current().fingerprint, fingerprint);
    assert.equal(logged.filter((line) => line.includes('certificate/not-renewed')).length, 2);
    assert.match(logged[0] ?? '', /no certificate in it/);
    assert.match(logged[1] ?? '', /ENOENT/);
    store(ca.issue());
    assert.equal(opened.refresh(), true);
  });

  test('are warned about when their certificate ends within three weeks', () => {
    store(ca.issue({ days: 90 }));
    const opened = open();
    opened.warnBeforeEnd();
    assert.deepEqual(logged, []);
    clock.advance({ h: 24 * 70 });
    opened.warnBeforeEnd();
    assert.match(logged.join(), /certificate\/ends-soon/);
  });
});
