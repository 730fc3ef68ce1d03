/** The pages behind the buttons of a session that runs: hide a window, hide an area, allow more. */
import type { Capability } from '../../../protocol/capabilities.ts';
import type { Reach } from '../../../protocol/scope.ts';
import type { ConsentView } from '../consent.views.ts';
import { freshBoard, type Board } from './board.ts';
import { drawHideBoard, freshEditor, hideList, type AreaEditor } from './chooser.ts';
import { el, type IconName } from './dom.ts';
import { button, heading, say, type DrawnStep, type StepContext } from './parts.ts';
import { isElevationOffered, reachesOf } from './reaches.ts';
import { poolOf } from './scope.choice.ts';
import type { WordKey } from './words.ts';

export type LiveView = Extract<ConsentView, { step: 'live' }>;

export interface LiveChoice {
  part: 'main' | 'hide-window' | 'hide-area' | 'more' | Capability;
  /** Windows that were hidden on this page, until the helper says so itself. */
  hidden: Set<string>;
  board: Board;
  editor: AreaEditor;
  reach: Reach | undefined;
  isMissing: boolean;
  isChoosing: boolean;
}

export function freshLive(): LiveChoice {
  return {
    part: 'main',
    hidden: new Set(),
    board: freshBoard(),
    editor: freshEditor(),
    reach: undefined,
    isMissing: false,
    isChoosing: false,
  };
}

/** Back to the five questions, with the focus on the button that led away. */
export function leave(context: StepContext, choice: LiveChoice, focusId: string): void {
  Object.assign(choice, freshLive());
  context.redraw(focusId);
}

export function drawHideWindow(context: StepContext, view: LiveView, choice: LiveChoice): DrawnStep {
  const title = say(context, 'hideWindowTitle');
  const { windows } = poolOf(view.screen, view.windows);
  const list = hideList(context, windows, {
    hidden: choice.hidden,
    canShowAgain: false,
    onToggle: (windowId) => {
      choice.hidden.add(windowId);
      context.act({ type: 'mask-window', windowId });
    },
  });
  return {
    place: 'live/hide-window',
    heading: heading(title),
    body: [windows.length === 0 ? el('p', { class: 'quiet' }, say(context, 'noWindows')) : list],
    actions: [
      button(say(context, 'done'), {
        id: 'done',
        kind: 'primary',
        onclick: () => leave(context, choice, 'hide-window'),
      }),
    ],
    announce: '',
  };
}

export function drawHideArea(context: StepContext, view: LiveView, choice: LiveChoice): DrawnStep {
  return drawHideBoard(context, {
    place: 'live/hide-area',
    pool: poolOf(view.screen, view.windows),
    board: choice.board,
    onHide: (rectangles) => {
      for (const rectangle of rectangles) context.act({ type: 'mask-rectangle', rectangle });
    },
    onLeave: () => leave(context, choice, 'hide-area'),
  });
}

export interface Offer {
  capability: Capability;
  word: WordKey;
  /** The same as a question. */
  title: WordKey;
  icon: IconName;
  reaches: readonly Reach[];
}

/** What the person may allow of their own accord: what policy has room for and is not held yet. */
export function offersOf(view: LiveView): Offer[] {
  const { modes, rights, allowed } = view;
  const holds = (capability: Capability, reach: Reach): boolean =>
    rights.some((right) => right.capability === capability && right.scope.reach === reach);
  const input: Reach[] = [];
  if (modes.includes('limited')) input.push('limited');
  if (modes.includes('control')) input.push('all');
  const seen = holds('view', 'all') ? [] : reachesOf(allowed, 'view');
  const offers: (Offer | false)[] = [
    input.length > 0 &&
      !holds('input', 'all') && {
        capability: 'input',
        word: 'moreInput',
        title: 'moreInputTitle',
        icon: 'pointer',
        reaches: input,
      },
    seen.length > 0 && {
      capability: 'view',
      word: 'moreView',
      title: 'moreViewTitle',
      icon: 'eye',
      reaches: seen,
    },
    reachesOf(allowed, 'files').includes('all') &&
      !holds('files', 'all') && {
        capability: 'files',
        word: 'moreFiles',
        title: 'moreFilesTitle',
        icon: 'folder',
        reaches: ['all'],
      },
    isElevationOffered(view) &&
      !holds('elevated', 'all') && {
        capability: 'elevated',
        word: 'moreElevated',
        title: 'moreElevatedTitle',
        icon: 'shield',
        reaches: ['all'],
      },
  ];
  return offers.filter((offer) => offer !== false);
}

export function drawMore(context: StepContext, view: LiveView, choice: LiveChoice): DrawnStep {
  const title = say(context, 'moreTitle', { name: view.card.name });
  const offers = offersOf(view).map(({ capability, word, icon }) =>
    button(say(context, word), {
      id: `offer-${capability}`,
      icon,
      kind: 'tall start',
      onclick: () => {
        Object.assign(choice, { part: capability, editor: freshEditor(), reach: undefined, isMissing: false });
        context.redraw();
      },
    }),
  );
  return {
    place: 'live/more',
    heading: heading(title),
    body: offers,
    actions: [button(say(context, 'back'), { id: 'back', onclick: () => leave(context, choice, 'more') })],
    announce: title,
  };
}
