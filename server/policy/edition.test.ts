import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ROLES } from '../../protocol/api/access.ts';
import { SWITCH_KINDS, type EditionChange, type SwitchKind } from '../../protocol/api/edition.ts';
import {
  ANYBODY,
  isAssistanceAvailable,
  isAvailableToAnybody,
  isEverythingOn,
  withChanges,
  type AssistanceSubject,
  type Edition,
} from './edition.ts';

const ALL_ON: Edition = withChanges(
  {
    everybody: new Set(),
    department: new Set(),
    category: new Set(),
    'sharer-role': new Set(),
    'agent-role': new Set(),
  },
  [],
);
const DEPARTMENTS = ['dep_a', 'dep_b', 'dep_c'];
const CATEGORIES = ['cat_a', 'cat_b'];
const SUBJECTS: Record<SwitchKind, readonly string[]> = {
  everybody: ['all'],
  department: DEPARTMENTS,
  category: CATEGORIES,
  'sharer-role': ROLES,
  'agent-role': ROLES,
};
const ORGANISATION = { departmentIds: DEPARTMENTS, categoryIds: CATEGORIES };

const anySwitch = fc
  .constantFrom(...SWITCH_KINDS)
  .chain((kind) => fc.constantFrom(...SUBJECTS[kind]).map((subject) => ({ kind, subject })));
const anyChange: fc.Arbitrary<EditionChange> = fc
  .record({ which: anySwitch, isOn: fc.boolean() })
  .map((change) => change as EditionChange); // the ids are shorter than real ones, which nothing here looks at
const anyEdition = fc.array(anyChange, { maxLength: 12 }).map((changes) => withChanges(ALL_ON, changes));
const anyRoles = fc.uniqueArray(fc.constantFrom(...ROLES), { minLength: 1 });
const anySubject: fc.Arbitrary<AssistanceSubject> = fc.record({
  sharer: fc.option(fc.record({ departmentId: fc.constantFrom(...DEPARTMENTS), roles: anyRoles })),
  agent: fc.option(anyRoles.map((roles) => ({ roles: [...new Set(['agent' as const, ...roles])] }))),
  categoryId: fc.option(fc.constantFrom(...CATEGORIES)),
});

const off = (which: { kind: SwitchKind; subject: string }): EditionChange => ({ which, isOn: false }) as EditionChange; // as above

describe('where remote assistance is available', () => {
  test('everywhere, as long as nothing has been switched', () => {
    fc.assert(fc.property(anySubject, (subject) => isAssistanceAvailable(ALL_ON, subject)));
    assert.ok(isAvailableToAnybody(ALL_ON, ORGANISATION));
  });

  test('one switch that is off is enough, and it touches nobody whom it is not about', () => {
    fc.assert(
      fc.property(anySubject, anySwitch, (subject, which) => {
        const { sharer, agent, categoryId } = subject;
        const isAbout = {
          everybody: true,
          department: sharer?.departmentId === which.subject,
          category: categoryId === which.subject,
          'sharer-role': sharer?.roles.some((role) => role === which.subject) === true,
          'agent-role': agent?.roles.some((role) => role === which.subject) === true,
        }[which.kind];
        assert.equal(isAssistanceAvailable(withChanges(ALL_ON, [off(which)]), subject), !isAbout);
      }),
    );
  });

  test('switching off more never makes it available to somebody', () => {
    fc.assert(
      fc.property(anyEdition, anySubject, anySwitch, (edition, subject, which) => {
        const narrower = withChanges(edition, [off(which)]);
        if (isAssistanceAvailable(narrower, subject)) assert.ok(isAssistanceAvailable(edition, subject));
        if (isAvailableToAnybody(narrower, ORGANISATION)) assert.ok(isAvailableToAnybody(edition, ORGANISATION));
      }),
    );
  });

  test('to know more of a session never makes it available', () => {
    fc.assert(
      fc.property(
        anyEdition,
        anySubject,
        fc.constantFrom('sharer', 'agent', 'categoryId'),
        (edition, subject, part) => {
          if (isAssistanceAvailable(edition, subject))
            assert.ok(isAssistanceAvailable(edition, { ...subject, [part]: null }));
        },
      ),
    );
  });

  test('off for everybody is off for each', () => {
    fc.assert(
      fc.property(anyEdition, anySubject, (edition, subject) => {
        const isOfSomebody = subject.sharer !== null && subject.agent !== null && subject.categoryId !== null;
        if (isOfSomebody && isAssistanceAvailable(edition, subject))
          assert.ok(isAvailableToAnybody(edition, ORGANISATION));
      }),
    );
  });

  const leavesNobody: [string, { kind: SwitchKind; subject: string }[]][] = [
    ['the main switch', [{ kind: 'everybody', subject: 'all' }]],
    ['every department', DEPARTMENTS.map((subject) => ({ kind: 'department', subject }))],
    ['every category', CATEGORIES.map((subject) => ({ kind: 'category', subject }))],
    ['every role of those who ask', ROLES.map((subject) => ({ kind: 'sharer-role', subject }))],
    ['the role without which nobody helps', [{ kind: 'agent-role', subject: 'agent' }]],
  ];
  for (const [title, switches] of leavesNobody) {
    test(`it is off for everybody with ${title} off, and not with one of them on again`, () => {
      const edition = withChanges(ALL_ON, switches.map(off));
      assert.equal(isAvailableToAnybody(edition, ORGANISATION), false);
      const [first] = switches;
      assert.ok(first);
      const again = withChanges(edition, [{ ...off(first), isOn: true }]);
      assert.equal(isAvailableToAnybody(again, ORGANISATION), true);
    });
  }

  test('without departments or categories there is nothing that could be off', () => {
    assert.ok(isAvailableToAnybody(ALL_ON, { departmentIds: [], categoryIds: [] }));
    assert.ok(isAssistanceAvailable(ALL_ON, ANYBODY));
  });
});

describe('changes of the edition', () => {
  test('each switch ends as it was last set, whatever it was before', () => {
    fc.assert(
      fc.property(anyEdition, fc.array(anyChange, { maxLength: 8 }), (edition, changes) => {
        const after = withChanges(edition, changes);
        for (const { which, isOn } of new Map(changes.map((one) => [JSON.stringify(one.which), one])).values())
          assert.equal(after[which.kind].has(which.subject), !isOn);
      }),
    );
  });

  test('switching all of it on again is as it was in the beginning', () => {
    fc.assert(
      fc.property(fc.array(anyChange), (changes) => {
        const back = changes.map((change) => ({ ...change, isOn: true }));
        return isEverythingOn(withChanges(withChanges(ALL_ON, changes), back));
      }),
    );
  });

  test('what one looks at in advance leaves the present edition as it is', () => {
    withChanges(ALL_ON, [off({ kind: 'everybody', subject: 'all' })]);
    assert.ok(isEverythingOn(ALL_ON));
  });
});
