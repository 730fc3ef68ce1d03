import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillNameKeys } from '../access/people-list.repository.ts';
import { openDatabase } from '../platform/database.ts';
import { migrate, readMigrations } from '../platform/migrations.ts';
import { MAIL_CATEGORY } from './test-desk.ts';

test('requests and people of an appliance from before there were queues are all there, in the default queue', () => {
  const database = openDatabase(':memory:');
  const { raw } = database;
  migrate(
    raw,
    readMigrations().filter(({ number }) => number < 30),
  );
  raw.exec(`
    INSERT INTO departments (id, name, created_at) VALUES ('dep_a', '财务部 Finance', 1);
    INSERT INTO people (id, employee_number, name, department_id, created_at) VALUES ('per_a', 'E1', 'Łukasz', 'dep_a', 1);
    INSERT INTO requests (id, employee_id, category_id, symptom, tried, expected, state, created_at)
      VALUES ('req_a', 'per_a', '${MAIL_CATEGORY}', 'x', '', '', 'waiting', 1);
    INSERT INTO messages (id, request_id, kind, author_id, text, client_id, sent_at)
      VALUES ('msg_a', 'req_a', 'chat', 'per_a', 'hello', 'client-1', 1);`);
  migrate(raw);
  const request = raw.prepare('SELECT queue_id, impact, priority FROM requests').get();
  assert.deepEqual(request, { queue_id: 'que_0defau1tservicedesk000', impact: 'slowed', priority: 'normal' });
  assert.deepEqual(raw.prepare('SELECT subject_id FROM messages').get(), { subject_id: null });
  database.transaction(fillNameKeys);
  assert.deepEqual(raw.prepare('SELECT search_key, sort_key FROM people').get(), {
    search_key: 'e1 lukasz',
    sort_key: 'lukasz',
  });
  assert.deepEqual(raw.pragma('foreign_key_check'), []);
  database.close();
});
