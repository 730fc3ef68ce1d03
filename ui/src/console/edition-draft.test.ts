import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EditionChange, EditionView } from '../../../protocol/api/edition.ts';
import { drafted, isOnIn, rebased, turned } from './edition-draft.ts';

const view: EditionView = {
  version: 3,
  changed: null,
  isOn: true,
  isAvailable: true,
  departments: [
    { id: 'dep_a', name: 'Finance', peopleCount: 4, isOn: false },
    { id: 'dep_b', name: 'IT', peopleCount: 2, isOn: true },
  ],
  categories: [{ id: 'cat_a', name: { en: 'Mail', 'zh-CN': '' }, isActive: true, isOn: true }],
  roles: [{ role: 'employee', mayBeHelped: true, mayHelp: false }],
};
const finance = (isOn: boolean): EditionChange => ({ which: { kind: 'department', subject: 'dep_a' }, isOn });
const mail = (isOn: boolean): EditionChange => ({ which: { kind: 'category', subject: 'cat_a' }, isOn });

describe('switches that are set and not applied yet', () => {
  test('each kind is read where it stands', () => {
    assert.deepEqual(
      [
        isOnIn(view, { kind: 'everybody', subject: 'all' }),
        isOnIn(view, finance(true).which),
        isOnIn(view, { kind: 'department', subject: 'dep_b' }),
        isOnIn(view, mail(true).which),
        isOnIn(view, { kind: 'sharer-role', subject: 'employee' }),
        isOnIn(view, { kind: 'agent-role', subject: 'employee' }),
      ],
      [true, false, true, true, true, false],
    );
  });

  test('turning a switch and turning it back is no change', () => {
    const once = turned(view, [], mail(false));
    assert.deepEqual(once, [mail(false)]);
    assert.deepEqual(turned(view, once, mail(true)), []);
  });

  test('one switch is one change, however often it is turned, and leaves the others', () => {
    const both = turned(view, [mail(false)], finance(true));
    assert.deepEqual(both, [mail(false), finance(true)]);
    assert.deepEqual(turned(view, both, finance(true)), both);
    assert.equal(drafted(both, finance(true).which)?.isOn, true);
    assert.equal(drafted(both, { kind: 'everybody', subject: 'all' }), undefined);
  });

  test('what somebody else has done meanwhile is no change any more', () => {
    const newer = { ...view, departments: view.departments.map((one) => ({ ...one, isOn: true })) };
    assert.deepEqual(rebased(newer, [mail(false), finance(true)]), [mail(false)]);
  });
});
