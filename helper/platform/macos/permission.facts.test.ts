import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PERMISSIONS } from '../platform.ts';
import { missingPermissions, SETTINGS } from './permission.facts.ts';

const ALL = { seesScreen: true, isTrusted: true, mayPost: true, mayListen: true };

test('a permission is there only when macOS says so of all that it is needed for', () => {
  assert.deepEqual(missingPermissions(ALL), []);
  assert.deepEqual(missingPermissions({ ...ALL, seesScreen: false }), ['see-screen']);
  assert.deepEqual(missingPermissions({ ...ALL, isTrusted: false }), ['operate']);
  assert.deepEqual(missingPermissions({ ...ALL, mayPost: false }), ['operate']);
  assert.deepEqual(missingPermissions({ ...ALL, mayListen: false }), ['hear-input']);
  assert.deepEqual(
    missingPermissions({ seesScreen: false, isTrusted: false, mayPost: false, mayListen: false }),
    PERMISSIONS,
  );
});

test('each has a pane of its own', () => {
  const panes = PERMISSIONS.map((permission) => SETTINGS[permission]);
  assert.equal(new Set(panes).size, PERMISSIONS.length);
  assert.ok(panes.every((pane) => pane.startsWith('x-apple.systempreferences:')));
});
