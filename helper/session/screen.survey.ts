/**
 * What of the shared screen may be seen and used at one moment: pure, over the window list, the rights in force and what
 * is to be hidden. Picture, input and the words about both come from the same survey.
 */
import type { Scope } from '../../protocol/scope.ts';
import type { HiddenWhy } from '../../protocol/stream.ts';
import { intersect, subtract } from '../pipeline/rects.ts';
import type { DesktopWindow, Rect, SensitiveField } from '../platform/platform.ts';
import { commonParts, hiddenParts, visibleParts } from './visibility.ts';

export interface SurveyFacts {
  /** The shared screen, in desktop coordinates like everything here. */
  screen: Rect;
  /** Front-most first. */
  windows: readonly DesktopWindow[];
  consentPids: ReadonlySet<number>;
  banner: Rect | undefined;
  see: Scope;
  /** Undefined when nothing may be used. */
  operate: Scope | undefined;
  mayUseFiles: boolean;
  fields: readonly SensitiveField[];
  /** Processes of terminals in which a password is being typed. */
  passwordPids: ReadonlySet<number>;
  /** Rule that hides a window, if any. */
  ruleFor: (window: DesktopWindow) => string | undefined;
  /** What of the parts that are shown now was not shown until a moment ago. */
  settle: (shown: readonly Rect[]) => Rect[];
  /** The system asks the person something on a desktop of its own. */
  isSecureDesktop: boolean;
  own: { windowIds: ReadonlySet<string>; rectangles: readonly Rect[]; isAllHidden: boolean };
}

export interface Covered {
  rect: Rect;
  why: HiddenWhy;
  /** Named in the record. */
  rule: string;
}

export interface Survey {
  /** Beyond what is shared. */
  notShared: readonly Rect[];
  /** Uncovered so lately that the display may still show what was there before. */
  unsettled: readonly Rect[];
  covered: readonly Covered[];
  /** What may be used: seen, allowed, and not covered. */
  operable: readonly Rect[];
  /** Windows that are hidden as a whole, by id. */
  hiddenWindows: ReadonlySet<string>;
}

/** Extents from the accessibility interface are those of the entry, not of its frame and shadow. */
const FIELD_MARGIN = 4;
/** The helper's own surfaces, which are no news to anybody. */
export const OWN_RULE = 'consent';
/** Rules about files; a grant of `files` lifts them. */
const FILE_RULES: ReadonlySet<string> = new Set(['file-manager', 'file-dialog']);

export function surveyScreen(facts: SurveyFacts): Survey {
  const { screen, windows, see, operate } = facts;
  const visible = visibleParts(see, { windows, screen });
  const ruled = windows.flatMap((window, at) => coverWindow(facts, window, at));
  const covered = [...ownSurfaces(facts), ...ruled, ...coverFields(facts), ...coverAll(facts)].flatMap((each) => {
    const rect = intersect(each.rect, screen);
    return rect === undefined ? [] : [{ ...each, rect }];
  });
  const masks = covered.map(({ rect }) => rect);
  const notShared = hiddenParts(visible, screen);
  const shown = subtract(screen, [...notShared, ...masks]);
  const used = operate === undefined ? [] : visibleParts(operate, { windows, screen });
  const operable = commonParts(used, visible);
  return {
    notShared,
    unsettled: facts.settle(shown),
    covered,
    operable: operable.flatMap((part) => subtract(part, masks)),
    hiddenWindows: new Set(ruled.flatMap(({ windowId }) => windowId)),
  };
}

function ownSurfaces({ windows, consentPids, banner }: SurveyFacts): Covered[] {
  const own = windows.filter(({ pid }) => pid !== undefined && consentPids.has(pid)).map(({ bounds }) => bounds);
  const covered = own.map((rect): Covered => ({ rect, why: 'consent', rule: OWN_RULE }));
  return banner === undefined ? covered : [...covered, { rect: banner, why: 'banner', rule: OWN_RULE }];
}

/** Where a window that is to be hidden can be seen: not where others stand in front of it. */
function coverWindow(facts: SurveyFacts, window: DesktopWindow, at: number): (Covered & { windowId: string })[] {
  const found = ruleOf(facts, window);
  if (found === undefined) return [];
  const inFront = facts.windows.slice(0, at).flatMap(({ opaque }) => opaque);
  return subtract(window.bounds, inFront).map((rect) => ({ rect, ...found, windowId: window.id }));
}

function ruleOf(facts: SurveyFacts, window: DesktopWindow): { why: HiddenWhy; rule: string } | undefined {
  const { pid, id } = window;
  if (facts.own.windowIds.has(id)) return { why: 'sharer', rule: 'sharer-window' };
  if (pid !== undefined && facts.passwordPids.has(pid)) return { why: 'password', rule: 'terminal-password' };
  const rule = facts.ruleFor(window);
  if (rule === undefined) return undefined;
  if (FILE_RULES.has(rule)) return facts.mayUseFiles ? undefined : { why: 'files', rule };
  return { why: rule === 'elevation' ? 'elevation' : 'application', rule };
}

function coverFields({ fields, mayUseFiles }: SurveyFacts): Covered[] {
  return fields.flatMap(({ kind, bounds }): Covered[] => {
    if (kind === 'file-chooser') return mayUseFiles ? [] : [{ rect: bounds, why: 'files', rule: 'file-dialog' }];
    return [{ rect: grown(bounds), why: 'password', rule: 'password-field' }];
  });
}

/** What covers whatever is there. */
function coverAll({ own, screen, isSecureDesktop }: SurveyFacts): Covered[] {
  const drawn = own.rectangles.map((rect): Covered => {
    return { rect: { ...rect, x: rect.x + screen.x, y: rect.y + screen.y }, why: 'sharer', rule: 'sharer-rectangle' };
  });
  const hidden: Covered = { rect: screen, why: 'hide-now', rule: 'hide-now' };
  const asked: Covered = { rect: screen, why: 'elevation', rule: 'elevation' };
  return [...drawn, ...(own.isAllHidden ? [hidden] : []), ...(isSecureDesktop ? [asked] : [])];
}

function grown({ x, y, width, height }: Rect): Rect {
  return {
    x: x - FIELD_MARGIN,
    y: y - FIELD_MARGIN,
    width: width + 2 * FIELD_MARGIN,
    height: height + 2 * FIELD_MARGIN,
  };
}
