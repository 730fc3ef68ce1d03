import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Area, Scope } from '../../protocol/scope.ts';
import { areaOf, containsPoint, intersect } from '../pipeline/rects.ts';
import type { DesktopWindow, Rect } from '../platform/platform.ts';
import { surveyScreen, type Survey, type SurveyFacts } from './screen.survey.ts';
import { windowOf } from './test-desktop.ts';

const SCREEN: Rect = { x: 10, y: 0, width: 24, height: 16 };
const PROGRAMS = ['/bin/a', '/bin/b', '/bin/secret'];

const rects = fc.record({
  x: fc.integer({ min: 0, max: 36 }),
  y: fc.integer({ min: -4, max: 16 }),
  width: fc.integer({ min: 1, max: 16 }),
  height: fc.integer({ min: 1, max: 12 }),
});
const windowLists = fc
  .array(fc.record({ bounds: rects, program: fc.integer({ min: 0, max: 2 }) }), { maxLength: 6 })
  .map((list) =>
    list.map(({ bounds, program }, at): DesktopWindow =>
      windowOf({ id: `w${at}`, pid: 100 + program, executable: PROGRAMS[program], bounds, opaque: [bounds] }),
    ),
  );
const areas: fc.Arbitrary<Area> = fc.oneof(
  fc.integer({ min: 0, max: 5 }).map((at) => ({ kind: 'window' as const, windowId: `w${at}` })),
  fc.constantFrom(...PROGRAMS).map((executable) => ({ kind: 'application' as const, executable })),
  rects.map((rect) => ({ kind: 'rectangle' as const, ...rect, y: Math.max(0, rect.y) })),
);
const scopes: fc.Arbitrary<Scope> = fc.oneof(fc.constant('all' as const), fc.array(areas, { maxLength: 3 }));
const facts: fc.Arbitrary<SurveyFacts> = fc.record({
  screen: fc.constant(SCREEN),
  windows: windowLists,
  consentPids: fc.constantFrom(new Set<number>(), new Set([101])),
  banner: fc.option(rects, { nil: undefined }),
  see: scopes,
  operate: fc.option(scopes, { nil: undefined }),
  mayUseFiles: fc.boolean(),
  fields: fc.array(
    fc.record({
      kind: fc.constantFrom('password' as const, 'file-chooser' as const),
      bounds: rects,
      pid: fc.constant(undefined),
      isFocused: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
  passwordPids: fc.constantFrom(new Set<number>(), new Set([100])),
  ruleFor: fc.constantFrom(
    () => undefined,
    (window: DesktopWindow) => (window.executable === '/bin/secret' ? 'password-manager' : undefined),
  ),
  settle: fc.constant(() => []),
  isSecureDesktop: fc.boolean(),
  own: fc.record({
    windowIds: fc.constantFrom(new Set<string>(), new Set(['w0'])),
    rectangles: fc.array(rects, { maxLength: 2 }),
    isAllHidden: fc.boolean(),
  }),
});

const isShown = (survey: Survey, x: number, y: number): boolean =>
  !survey.notShared.some((rect) => containsPoint(rect, x, y)) &&
  !survey.covered.some(({ rect }) => containsPoint(rect, x, y));

function eachPixel(look: (x: number, y: number) => void): void {
  for (let x = SCREEN.x; x < SCREEN.x + SCREEN.width; x++) {
    for (let y = SCREEN.y; y < SCREEN.y + SCREEN.height; y++) look(x, y);
  }
}

describe('a survey', () => {
  test('shows no pixel of a window that is to be hidden, wherever windows lie', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const survey = surveyScreen(known);
        eachPixel((x, y) => {
          if (!isShown(survey, x, y)) return;
          const front = known.windows.find(({ bounds }) => containsPoint(bounds, x, y));
          if (front === undefined) return;
          assert.ok(!known.consentPids.has(front.pid ?? 0), 'the consent window');
          assert.ok(!known.passwordPids.has(front.pid ?? 0), 'a terminal that reads a password');
          assert.equal(known.ruleFor(front), undefined);
          assert.ok(!known.own.windowIds.has(front.id), 'hidden by the sharer');
        });
      }),
      { numRuns: 400 },
    );
  });

  test('covers fields, banner, drawn rectangles, and with hide-now or a question of the system everything', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const survey = surveyScreen(known);
        const isAllHidden = known.own.isAllHidden || known.isSecureDesktop;
        const hidden = [
          ...known.fields.filter(({ kind }) => kind === 'password' || !known.mayUseFiles).map(({ bounds }) => bounds),
          ...(known.banner === undefined ? [] : [known.banner]),
          ...known.own.rectangles.map((rect) => ({ ...rect, x: rect.x + SCREEN.x, y: rect.y + SCREEN.y })),
        ];
        eachPixel((x, y) => {
          const isHidden = isAllHidden || hidden.some((rect) => containsPoint(rect, x, y));
          if (isHidden) assert.equal(isShown(survey, x, y), false);
        });
      }),
      { numRuns: 400 },
    );
  });

  test('lets nothing be used that is not shown, and nothing at all without the right', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const survey = surveyScreen(known);
        if (known.operate === undefined) assert.deepEqual(survey.operable, []);
        eachPixel((x, y) => {
          if (survey.operable.some((rect) => containsPoint(rect, x, y))) assert.ok(isShown(survey, x, y));
        });
      }),
      { numRuns: 400 },
    );
  });

  test('shows no more when less may be seen', () => {
    fc.assert(
      fc.property(facts, fc.array(areas, { minLength: 1, maxLength: 3 }), (known, more) => {
        const whole = surveyScreen({ ...known, see: more });
        const part = surveyScreen({ ...known, see: more.slice(1) });
        eachPixel((x, y) => {
          if (isShown(part, x, y)) assert.ok(isShown(whole, x, y));
        });
      }),
      { numRuns: 200 },
    );
  });

  test('covers only what stands out of a hidden window behind others', () => {
    const front = windowOf({ id: 'front', executable: '/bin/a', bounds: { x: 10, y: 0, width: 24, height: 8 } });
    const secret = windowOf({
      id: 'secret',
      executable: '/bin/secret',
      bounds: { x: 10, y: 0, width: 24, height: 16 },
    });
    const { covered } = surveyScreen({
      screen: SCREEN,
      windows: [front, secret],
      consentPids: new Set(),
      banner: undefined,
      see: 'all',
      operate: 'all',
      mayUseFiles: false,
      fields: [],
      passwordPids: new Set(),
      ruleFor: ({ executable }) => (executable === '/bin/secret' ? 'password-manager' : undefined),
      settle: () => [],
      isSecureDesktop: false,
      own: { windowIds: new Set(), rectangles: [], isAllHidden: false },
    });
    assert.deepEqual(
      covered.map(({ rect, why, rule }) => [areaOf(rect), why, rule]),
      [[24 * 8, 'application', 'password-manager']],
    );
    assert.equal(
      covered.some(({ rect }) => intersect(rect, front.bounds)),
      false,
    );
  });
});
