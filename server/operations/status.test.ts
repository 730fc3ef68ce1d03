import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { status as statusSchema, type Status, type StatusWarning } from '../../protocol/api/status.ts';
import { SYSTEM } from '../audit/audit.ts';
import type { OpenSession } from '../sessions/sessions.overview.ts';
import { createTestServer, type TestServer } from '../test-server.ts';
import { createRelayTally, countRelay } from './relay-tally.ts';
import { SessionRates } from './session-rates.ts';
import { judgeStatus } from './warnings.ts';

const DAY_MS = 24 * 3_600_000;
const NOW = Date.UTC(2026, 0, 5, 8);

describe('the status page', () => {
  let server: TestServer;
  beforeEach(() => {
    server = createTestServer();
  });
  afterEach(() => server.close());

  test('is for administrators', async () => {
    for (const role of ['employee', 'agent', 'lead', 'security', 'auditor'] as const)
      assert.equal((await (await server.person([role])).get('/api/status')).status, 403, role);
    assert.equal((await server.stranger.get('/api/status')).status, 401);
    const answer = await (await server.person(['admin'])).get('/api/status');
    assert.equal(answer.status, 200);
    statusSchema.parse(await answer.json());
  });

  test('says when the last backup was made and what the last checkpoint signed', async () => {
    const { operations, database, audit, checkpointer, clock } = server.services;
    const detail = { bytes: 5000, files: 3, sha256: 'ab', isEncrypted: true };
    database.transaction((tx) => audit.append(tx, { actor: SYSTEM, action: 'appliance/backed-up', detail }));
    checkpointer.signNow();
    const seen = await operations.status();
    assert.deepEqual(seen.backup, { at: clock.now(), bytes: 5000, isEncrypted: true });
    assert.deepEqual(seen.audit.checkpoint, { seq: seen.audit.head.seq, at: clock.now() });
  });
});

const FINE: Omit<Status, 'warnings'> = {
  at: NOW,
  startedAt: NOW,
  versions: { handrail: '1', node: '1', sqlite: '1', schema: '0001_x' },
  residentBytes: 1,
  storage: {
    directory: '/data',
    databaseBytes: 0,
    attachmentBytes: 0,
    backupBytes: 0,
    otherBytes: 0,
    freeBytes: 5e10,
    totalBytes: 1e11,
  },
  certificates: [],
  sessions: [],
  liveConnections: 0,
  relay: { bytes: 0, chunks: 0, pictureFrames: 0, inputFrames: 0, refusals: [] },
  helpers: [{ platform: 'linux-x64', version: '1', bytes: 1, sha256: 'a' }],
  backup: { at: NOW, bytes: 1, isEncrypted: false },
  audit: { head: { seq: 1, hash: 'a' }, checkpoint: { seq: 1, at: NOW } },
};

function warningsOf(
  changes: Partial<Status>,
  rest: { setUpAt?: number; unsignedSince?: number } = {},
): StatusWarning[] {
  const setUpAt = rest.setUpAt ?? NOW - 30 * DAY_MS;
  const unsignedSince = rest.unsignedSince ?? null;
  return judgeStatus({ status: { ...FINE, ...changes }, setUpAt, unsignedSince, silentPort: null });
}
const codesOf = (...given: Parameters<typeof warningsOf>): string[] => warningsOf(...given).map(({ code }) => code);

const certificate = (kind: 'portal' | 'server' | 'authority', days: number): Status['certificates'][number] => ({
  kind,
  subject: 'CN=x',
  issuer: 'CN=x',
  serialNumber: '1',
  notBefore: 0,
  notAfter: NOW + days * DAY_MS,
  sha256: 'a',
});

describe('an operator is warned', () => {
  test('of nothing when all is well', () => {
    assert.deepEqual(warningsOf({ certificates: [certificate('server', 31), certificate('authority', 3000)] }), []);
  });

  test('of a disk that fills, and of one that is full, once', () => {
    const disk = (freeBytes: number) => codesOf({ storage: { ...FINE.storage, freeBytes } });
    assert.deepEqual(disk(1e9), ['disk-low']);
    assert.deepEqual(disk(1e8), ['disk-full']);
    assert.deepEqual(codesOf({ storage: { ...FINE.storage, freeBytes: 1e9, totalBytes: 4e9 } }), []);
  });

  test('of each certificate in time to do something about it', () => {
    const at = (kind: 'portal' | 'server' | 'authority', days: number) =>
      codesOf({ certificates: [certificate(kind, days)] });
    assert.deepEqual(at('server', 13), ['certificate-ends']);
    assert.deepEqual(at('server', 15), []);
    assert.deepEqual(at('portal', 29), ['certificate-ends']);
    assert.deepEqual(at('authority', 179), ['certificate-ends']);
    assert.deepEqual(at('portal', -1), ['certificate-ended']);
  });

  test('of backups that are missing or old, but not on the first day', () => {
    assert.deepEqual(codesOf({ backup: null }), ['backup-missing']);
    assert.deepEqual(codesOf({ backup: null }, { setUpAt: NOW - DAY_MS / 2 }), []);
    assert.deepEqual(codesOf({ backup: { at: NOW - 8 * DAY_MS, bytes: 1, isEncrypted: false } }), ['backup-old']);
  });

  test('of a helper that nobody can download and of checkpoints that do not come', () => {
    assert.deepEqual(codesOf({ helpers: [] }), ['helper-missing']);
    assert.deepEqual(codesOf({}, { unsignedSince: NOW - 16 * 60_000 }), ['checkpoint-late']);
    assert.deepEqual(codesOf({}, { unsignedSince: NOW - 60_000 }), []);
  });
});

describe('rates of a session', () => {
  const session = (figuresAt: number | null, bytes: number, pictureFrames: number): OpenSession => {
    const person = { id: 'guest', name: 'x', employeeNumber: '', department: '', hasPhoto: false } as const;
    return {
      id: `ses_${'a'.repeat(26)}`,
      state: 'active',
      stateSince: 0,
      agent: person,
      sharer: person,
      isGuest: false,
      grantedMode: 'view',
      isAgentConnected: true,
      isDeviceConnected: true,
      path: 'relay',
      figures: { bytes, pictureFrames, inputFrames: 0 },
      figuresAt,
    };
  };
  const UNKNOWN = { bytesPerS: null, framesPerS: null };

  test('are unknown at first, then those between the last two figures, however often one asks', () => {
    const rates = new SessionRates();
    const rate = (...figures: Parameters<typeof session>) => [...rates.read([session(...figures)]).values()][0];
    assert.deepEqual(rate(null, 0, 0), UNKNOWN);
    assert.deepEqual(rate(2000, 1000, 10), UNKNOWN);
    assert.deepEqual(rate(4000, 5000, 50), { bytesPerS: 2000, framesPerS: 20 });
    assert.deepEqual(rate(4000, 5000, 50), { bytesPerS: 2000, framesPerS: 20 });
    assert.deepEqual(rate(8000, 5000, 50), { bytesPerS: 0, framesPerS: 0 });
    assert.deepEqual(rate(80_000, 9000, 50), UNKNOWN);
  });

  test('of a session that ended are forgotten', () => {
    const rates = new SessionRates();
    rates.read([session(2000, 1000, 10)]);
    assert.deepEqual([...rates.read([])], []);
    assert.deepEqual([...rates.read([session(4000, 5000, 50)]).values()], [UNKNOWN]);
  });
});

test('the relay’s figures are counted once, also over rooms that come and go', () => {
  const server = createTestServer();
  const tally = createRelayTally();
  const counted = countRelay(server.services.sessions, tally);
  const first = { bytes: 10, chunks: 1, pictureFrames: 1, inputFrames: 0 };
  counted.recordFigures('ses_a', first);
  Object.assign(first, { bytes: 30, chunks: 3 });
  counted.recordFigures('ses_a', first);
  counted.recordFigures('ses_a', first);
  counted.recordFigures('ses_a', { bytes: 5, chunks: 1, pictureFrames: 0, inputFrames: 2 });
  assert.deepEqual(tally.figures, { bytes: 35, chunks: 4, pictureFrames: 1, inputFrames: 2 });
  counted.recordRefusals('ses_a', 'agent', [{ reason: 'no-grant', count: 2 }]);
  counted.recordRefusals('ses_b', 'device', [{ reason: 'no-grant', count: 3 }]);
  assert.deepEqual([...tally.refusals], [['no-grant', 5]]);
  server.close();
});
