import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../platform/database.ts';
import { migrate, readMigrations } from '../platform/migrations.ts';
import { MAIL_CATEGORY } from '../desk/test-desk.ts';
import { listGrants, readSession } from './sessions.repository.ts';

test('sessions and grants of an appliance from before rights had a scope keep what they were: everything, for the session', () => {
  const database = openDatabase(':memory:');
  const { raw } = database;
  migrate(
    raw,
    readMigrations().filter(({ number }) => number < 40),
  );
  raw.exec(`
    INSERT INTO departments (id, name, created_at) VALUES ('dep_a', 'Finance', 1);
    INSERT INTO people (id, employee_number, name, department_id, created_at) VALUES ('per_a', 'E1', 'Wang Fang', 'dep_a', 1);
    INSERT INTO requests (id, employee_id, category_id, symptom, tried, expected, state, created_at, queue_id)
      VALUES ('req_a', 'per_a', '${MAIL_CATEGORY}', 'x', '', '', 'waiting', 1, 'que_0defau1tservicedesk000');
    INSERT INTO sessions (id, request_id, state, state_since, reason, requested_mode, policy, sharer_id, agent_id,
        agent_serial, agent_certificate, created_at)
      VALUES ('ses_a', 'req_a', 'requested', 1, 'x', 'control', '{"capabilities":["view","input"],"sessionLimitS":3600}',
        'per_a', 'per_a', 'a1', 'pem', 1);
    INSERT INTO session_grants (id, session_id, capability, holder, not_after, granted_at)
      VALUES ('g1', 'ses_a', 'view', 'a1', 2, 1);`);
  migrate(raw);
  assert.deepEqual(readSession(database.db, 'ses_a').policy, {
    capabilities: ['view', 'input'],
    sessionLimitS: 3600,
    limitedOnly: [],
    masks: [],
    idleLimitS: 900,
  });
  const grant = { id: 'g1', capability: 'view', holder: 'a1', reach: 'all', purpose: 'session', notAfter: 2 };
  assert.deepEqual(listGrants(database.db, 'ses_a'), [{ ...grant, isRevoked: false }]);
  assert.deepEqual(raw.prepare('SELECT scope FROM session_grants').get(), { scope: '{"reach":"all"}' });
  database.close();
});
