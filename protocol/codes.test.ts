import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { AUDIT_ACTIONS } from './audit.ts';
import { ERROR_STATUS } from './errors.ts';

describe('error codes', () => {
  test('are facts with a family, and each has a status that says whose fault it is', () => {
    for (const [code, status] of Object.entries(ERROR_STATUS)) {
      assert.match(code, /^(internal|not-found|[a-z]+\.[a-z]+(-[a-z]+)*)$/);
      assert.ok(Number.isInteger(status) && status >= 400 && status < 600, code);
      assert.equal(status >= 500, code === 'internal', code);
    }
  });

  test('do not tell a missing right from a missing session by anything but being signed in', () => {
    for (const [code, status] of Object.entries(ERROR_STATUS))
      if (status === 401) assert.ok(['auth.required', 'auth.wrong-credentials'].includes(code), code);
  });
});

describe('audit actions', () => {
  test('are verbs in the past of a family, their fields classified one by one', () => {
    for (const [action, fields] of Object.entries(AUDIT_ACTIONS)) {
      assert.match(action, /^[a-z]+\/[a-z]+(-[a-z]+)*$/);
      for (const [field, sensitivity] of Object.entries(fields)) {
        assert.match(field, /^[a-z][A-Za-z0-9]*$/);
        assert.ok(['public', 'personal'].includes(sensitivity), `${action} ${field}`);
      }
    }
  });

  test('never show a person’s name, number or words as public', () => {
    for (const [action, fields] of Object.entries(AUDIT_ACTIONS)) {
      const classes: Record<string, string> = fields;
      assert.notEqual(classes['employeeNumber'], 'public', action);
      if (action.startsWith('person/') || action === 'request/attachment-added')
        assert.notEqual(classes['name'], 'public', action);
    }
    assert.equal(AUDIT_ACTIONS['invitation/sent'].reason, 'personal');
  });

  test('have no field for a secret or for content', () => {
    for (const [action, fields] of Object.entries(AUDIT_ACTIONS))
      for (const field of Object.keys(fields))
        assert.doesNotMatch(field, /password|token|secret|ticket|code|key|body|symptom/i, `${action} ${field}`);
  });

  test('tell of every grant, revocation, pause and end', () => {
    for (const action of [
      'session/granted',
      'session/revoked',
      'session/paused',
      'session/resumed',
      'session/ended',
      'relay/refused',
    ])
      assert.ok(action in AUDIT_ACTIONS, action);
  });
});
