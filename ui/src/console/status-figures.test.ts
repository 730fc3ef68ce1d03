import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StatusCertificate, StatusWarning } from '../../../protocol/api/status.ts';
import { daysLeft, partsOfStorage, stateOfCertificate } from './status-figures.ts';

const DAY_MS = 24 * 3_600_000;
const certificate = (kind: StatusCertificate['kind'], notAfter: number): StatusCertificate => ({
  kind,
  subject: 'CN=x',
  issuer: 'CN=x',
  serialNumber: '1',
  notBefore: 0,
  notAfter,
  sha256: 'a',
});

describe('the status page', () => {
  test('counts whole days, and none once a certificate has ended', () => {
    assert.equal(daysLeft(certificate('server', 10 * DAY_MS), 0), 10);
    assert.equal(daysLeft(certificate('server', 10 * DAY_MS), 1), 9);
    assert.equal(daysLeft(certificate('server', 0), DAY_MS), 0);
  });

  test('calls a certificate what the server has warned of, each kind for itself', () => {
    const warnings: StatusWarning[] = [
      { code: 'certificate-ends', kind: 'portal', at: 1 },
      { code: 'certificate-ended', kind: 'authority', at: 1 },
      { code: 'backup-missing' },
    ];
    assert.equal(stateOfCertificate(certificate('portal', 1), warnings), 'ends-soon');
    assert.equal(stateOfCertificate(certificate('authority', 1), warnings), 'ended');
    assert.equal(stateOfCertificate(certificate('server', 1), warnings), 'valid');
  });

  test('divides the whole disk, and everything that Handrail has of it', () => {
    const { disk, data } = partsOfStorage({
      directory: '/data',
      databaseBytes: 10,
      attachmentBytes: 20,
      backupBytes: 5,
      otherBytes: 1,
      freeBytes: 600,
      totalBytes: 1000,
    });
    assert.equal(
      disk.reduce((sum, { bytes }) => sum + bytes, 0),
      1000,
    );
    assert.equal(
      data.reduce((sum, { bytes }) => sum + bytes, 0),
      disk[0]?.bytes,
    );
  });
});
