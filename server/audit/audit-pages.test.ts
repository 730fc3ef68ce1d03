import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { auditPage, auditQuery, type AuditPage } from '../../protocol/api/audit.ts';
import { systemRandom } from '../platform/random.ts';
import { createTestClock, type TestClock } from '../platform/test-clock.ts';
import { createTestDatabase } from '../platform/test-database.ts';
import type { Database } from '../platform/database.ts';
import { createAudit, type Audit } from './audit.ts';
import { readAuditPage } from './audit.repository.ts';

describe('the pages of the audit', () => {
  let database: Database;
  let clock: TestClock;
  let audit: Audit;
  const anna = { id: 'per_anna', label: 'Anna' };
  const wang = { id: 'per_wang', label: '王芳 100%' };
  beforeEach(() => {
    database = createTestDatabase();
    clock = createTestClock(1_000_000);
    audit = createAudit({ clock, random: systemRandom });
    for (let index = 0; index < 10; index += 1) {
      audit.append(database.db, { actor: anna, action: 'auth/signed-in', target: anna, detail: { role: 'admin' } });
      clock.advance({ s: 1 });
    }
    audit.append(database.db, {
      actor: wang,
      action: 'auth/refused',
      outcome: 'refused',
      detail: { reason: 'say "hi"' },
    });
    audit.append(database.db, { actor: anna, action: 'person/deactivated', target: wang });
  });
  const read = (query: Record<string, string>): AuditPage =>
    auditPage.parse(readAuditPage(database.db, auditQuery.parse(query)));
  const seqs = (query: Record<string, string>): number[] => read(query).events.map(({ seq }) => seq);

  test('come newest first and lead to the end, each event once', () => {
    const seen: number[] = [];
    let before: number | null = null;
    do {
      const page = read({ limit: '5', ...(before !== null && { before: String(before) }) });
      seen.push(...page.events.map(({ seq }) => seq));
      assert.equal(page.total, 12);
      before = page.next;
    } while (before !== null);
    assert.deepEqual(seen, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test('are narrowed by actor, action, outcome and time', () => {
    assert.deepEqual(seqs({ actor: 'per_wang' }), [11]);
    assert.deepEqual(seqs({ action: 'person/deactivated' }), [12]);
    assert.deepEqual(seqs({ outcome: 'refused' }), [11]);
    assert.deepEqual(seqs({ from: '1003000', to: '1004000' }), [5, 4]);
    assert.equal(read({ actor: 'per_anna', limit: '2' }).total, 11);
  });

  test('are searched in what is said, not in how it is stored', () => {
    assert.deepEqual(seqs({ q: '王芳' }), [12, 11]);
    assert.deepEqual(seqs({ q: '100%' }), [12, 11]);
    assert.deepEqual(seqs({ q: 'say "hi"' }), [11]);
    assert.deepEqual(seqs({ q: 'ANNA', action: 'person/deactivated' }), [12]);
    for (const q of ['actor', 'label', '{', '%', '\\', "' OR 1=1 --"])
      assert.deepEqual(seqs({ q }), q === '%' ? [12, 11] : [], q);
  });

  test('name the head of the chain and the last checkpoint', () => {
    const { head } = read({});
    assert.equal(head.seq, 12);
    assert.match(head.hash, /^[0-9a-f]{64}$/);
    assert.equal(head.checkpointAt, null);
  });

  test('show an event whose payload was deleted in its place, without saying what it was', () => {
    database.raw.prepare('UPDATE audit_events SET payload = NULL, salt = NULL WHERE seq = 11').run();
    const [, event] = read({ limit: '2' }).events;
    assert.equal(event?.seq, 11);
    assert.equal(event?.action, 'deleted');
    assert.ok(!JSON.stringify(event).includes('王芳'));
  });

  test('a query that is none is refused', () => {
    for (const query of [
      { limit: '0' },
      { limit: '1000' },
      { before: 'x' },
      { outcome: 'maybe' },
      { q: 'x'.repeat(101) },
    ])
      assert.equal(auditQuery.safeParse(query).success, false);
  });
});
