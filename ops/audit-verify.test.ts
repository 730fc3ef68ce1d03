import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createAudit, SYSTEM } from '../server/audit/audit.ts';
import { makeTestCa } from '../server/authority/test-authority.ts';
import { openDatabase, type Database } from '../server/platform/database.ts';
import { migrate } from '../server/platform/migrations.ts';
import { systemRandom } from '../server/platform/random.ts';
import { createTestClock } from '../server/platform/test-clock.ts';

const program = fileURLToPath(new URL('audit-verify.ts', import.meta.url));

describe('npm run audit:verify', () => {
  let dataDir = '';
  let database: Database;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'handrail-verify-'));
    const clock = createTestClock();
    mkdirSync(join(dataDir, 'authority'));
    const { caCertificate } = makeTestCa({ clock, random: systemRandom });
    writeFileSync(join(dataDir, 'authority', 'ca.crt'), caCertificate);
    database = openDatabase(join(dataDir, 'handrail.db'));
    migrate(database.raw);
    const audit = createAudit({ clock, random: systemRandom });
    for (let index = 0; index < 5; index += 1) audit.append(database.db, { actor: SYSTEM, action: 'request/taken' });
  });
  afterEach(() => {
    database.close();
    rmSync(dataDir, { recursive: true });
  });
  const verify = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--data-dir', dataDir, ...args], {
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  };

  test('says that an untouched chain is intact, while the server has it open, and how far it is signed', () => {
    const { status, output } = verify();
    assert.equal(status, 0, output);
    assert.match(output, /^Intact: 5 events, 0 signed checkpoints/);
    assert.match(output, /Head 5:[0-9a-f]{64}/);
    assert.match(output, /no checkpoint has signed them/);
  });

  test('names the first bad entry and ends with 1', () => {
    database.raw.exec('DROP TRIGGER audit_events_are_never_changed');
    database.raw.exec("UPDATE audit_events SET payload = replace(payload, 'taken', 'tokem') WHERE seq >= 3");
    const { status, output } = verify();
    assert.equal(status, 1);
    assert.match(output, /NOT INTACT\. The first bad entry is event 3: what it says was changed/);
  });

  test('compares with a head that was noted outside', () => {
    const head = /Head (\S+)/.exec(verify().output)?.[1] ?? '';
    assert.equal(verify('--head', head).status, 0);
    assert.equal(verify('--head', `9:${head.slice(2)}`).status, 1);
    assert.equal(verify('--head', 'nonsense').status, 2);
  });

  test('ends with 2 when there is nothing to look at', () => {
    const { status, output } = verify('--data-dir', join(dataDir, 'none'));
    assert.equal(status, 2);
    assert.match(output, /Could not verify: there is no/);
  });
});
