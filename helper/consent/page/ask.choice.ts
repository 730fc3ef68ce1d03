/** What the person has chosen so far; lives only in the page until Start is pressed. Pure. */
import type { Mode } from '../../../protocol/capabilities.ts';
import type { Scope } from '../../../protocol/scope.ts';
import type { Rect } from '../../platform/platform.ts';
import type { ConsentAction, ConsentScreen, ConsentView, ConsentWindowChoice } from '../consent.views.ts';
import { freshBoard, type Board } from './board.ts';
import { freshEditor, type AreaEditor } from './chooser.ts';
import { reachesOf } from './reaches.ts';
import type { ConsentChoice } from './sentences.ts';
import { exposed, include, poolOf, scopeOf, type AreaPool, type Areas } from './scope.choice.ts';

type AskView = Extract<ConsentView, { step: 'ask' }>;

export interface AskChoice {
  part: 'who' | 'what' | 'see' | 'use' | 'check' | 'hide-area';
  code: string | undefined;
  isCodeMissing: boolean;
  mode: Mode;
  screenId: string | undefined;
  isSeePart: boolean;
  see: AreaEditor;
  /** In limited mode what is used is what is seen, until the person says otherwise. */
  isUsePart: boolean;
  use: AreaEditor;
  /** Ids of windows. */
  hide: Set<string>;
  hideAreas: readonly Rect[];
  /** While areas to hide are being drawn. */
  board: Board;
  missing: 'see' | 'use' | undefined;
}

/** View only is preselected whatever the agent asked for. */
export function freshChoice(view: AskView): AskChoice {
  return {
    part: 'who',
    code: undefined,
    isCodeMissing: false,
    mode: 'view',
    screenId: view.screens[0]?.id,
    isSeePart: !reachesOf(view.allowed, 'view').includes('all'),
    see: freshEditor(),
    isUsePart: false,
    use: freshEditor(),
    hide: new Set(),
    hideAreas: [],
    board: freshBoard(),
    missing: undefined,
  };
}

/** The first one when the chosen one has gone. */
export function chosenScreen(view: AskView, choice: AskChoice): ConsentScreen | undefined {
  return view.screens.find((screen) => screen.id === choice.screenId) ?? view.screens[0];
}

/** Rectangles belong to the screen they were drawn on, windows to the one they are on. */
export function chooseScreen(choice: AskChoice, screenId: string): void {
  if (choice.screenId === screenId) return;
  Object.assign(choice, { screenId, see: freshEditor(), use: freshEditor(), hideAreas: [], missing: undefined });
}

/** What was to be used before the person narrowed what is seen stays, and so is seen. */
export function chooseReach(choice: AskChoice, isSeePart: boolean): void {
  Object.assign(choice, { isSeePart, missing: undefined });
  const { windows, applications, rectangles } = choice.use.areas;
  if (!isSeePart || windows.size + applications.size + rectangles.length === 0) return;
  choice.isUsePart = true;
  include(choice.see.areas, choice.use.areas);
}

/** Full control is of the whole screen. */
export function seenAreas({ mode, isSeePart, see }: AskChoice): Areas | 'all' {
  return mode !== 'control' && isSeePart ? see.areas : 'all';
}

/** With the whole screen seen there is no "same": that would be full control. */
export function usedAreas(choice: AskChoice): Areas {
  return choice.isSeePart && !choice.isUsePart ? choice.see.areas : choice.use.areas;
}

export function agreedChoice(choice: AskChoice): ConsentChoice {
  return { mode: choice.mode, see: seenAreas(choice) === 'all' ? 'all' : 'limited' };
}

/** What has to be chosen before Start means anything. */
export function missingOf(choice: AskChoice, pool: AreaPool): 'see' | 'use' | undefined {
  const seen = seenAreas(choice);
  if (seen !== 'all' && scopeOf(seen, pool).length === 0) return 'see';
  return choice.mode === 'limited' && scopeOf(usedAreas(choice), pool).length === 0 ? 'use' : undefined;
}

/** Windows that will be seen unless they are closed or hidden now. */
export function exposedWindows(choice: AskChoice, pool: AreaPool): ConsentWindowChoice[] {
  return exposed(pool, seenAreas(choice));
}

/** Looking at a screen where nothing is secret needs no page of its own for that. */
export function needsCheck(view: AskView, choice: AskChoice, pool: AreaPool): boolean {
  if (!view.canFindPasswords) return true;
  if (exposedWindows(choice, pool).length === 0) return false;
  return choice.mode !== 'view' || pool.windows.some((window) => window.rule !== null);
}

/** Start as the helper takes it; undefined while something is missing. */
export function startOf(view: AskView, choice: AskChoice): Extract<ConsentAction, { type: 'start' }> | undefined {
  const { code, mode } = choice;
  const screen = chosenScreen(view, choice);
  if (code === undefined || screen === undefined) return undefined;
  const pool = poolOf(screen, view.windows);
  if (missingOf(choice, pool) !== undefined) return undefined;
  const seen = seenAreas(choice);
  const see: Scope = seen === 'all' ? 'all' : scopeOf(seen, pool);
  const operate: Scope = mode === 'control' ? 'all' : mode === 'limited' ? scopeOf(usedAreas(choice), pool) : [];
  const hide = exposedWindows(choice, pool).flatMap(({ id }) => (choice.hide.has(id) ? [id] : []));
  return { type: 'start', code, mode, screenId: screen.id, see, operate, hide, hideAreas: [...choice.hideAreas] };
}
