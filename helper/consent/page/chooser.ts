/** Choosing windows, programs and rectangles from what is on one screen. */
import type { Rect } from '../../platform/platform.ts';
import type { ConsentWindowChoice } from '../consent.views.ts';
import { checkCard } from './choices.ts';
import { el, icon } from './dom.ts';
import { drawBoard, freshBoard, type Board } from './board.ts';
import { button, heading, note, say, type DrawnStep, type StepContext } from './parts.ts';
import {
  MAX_CHOSEN,
  forgetGone,
  groupsOf,
  isCoveredByProgram,
  nameOf,
  noAreas,
  wordsOf,
  type AreaPool,
  type Areas,
  type WindowGroup,
} from './scope.choice.ts';
import { hiddenBy, scopeInWords, shortened } from './scope.words.ts';

/** What is being chosen, and whether the person is drawing at the moment. */
export interface AreaEditor {
  areas: Areas;
  board: Board | undefined;
}

export function freshEditor(): AreaEditor {
  return { areas: noAreas(), board: undefined };
}

export interface ChooserOptions {
  place: string;
  title: string;
  hint?: string;
  pool: AreaPool;
  editor: AreaEditor;
  onDone: () => void;
}

export function drawChooser(context: StepContext, options: ChooserOptions): DrawnStep {
  const { place, title, hint, pool, editor, onDone } = options;
  const { areas } = editor;
  forgetGone(areas, pool);
  if (editor.board !== undefined) return drawAreas(context, options, editor.board);
  const groups = groupsOf(pool.windows, context.firstSeen).map((group) => drawGroup(context, group, areas));
  const words = scopeInWords(context, wordsOf(areas, pool));
  const isDrawn = areas.rectangles.length > 0;
  return {
    place,
    heading: heading(title),
    body: [
      ...(hint === undefined ? [] : [el('p', { class: 'quiet' }, hint)]),
      ...(groups.length === 0 ? [el('p', { class: 'quiet' }, say(context, 'noWindows'))] : groups),
      ...(isFull(areas) ? [note(say(context, 'areasFull'), { kind: 'warning', icon: 'warning' })] : []),
      button(say(context, isDrawn ? 'drawMore' : 'drawAreas'), {
        id: 'draw',
        icon: 'part',
        onclick: () => {
          editor.board = freshBoard(areas.rectangles);
          context.redraw();
        },
      }),
    ],
    actions: [
      el('p', { id: 'chosen' }, say(context, 'chosen', { parts: words })),
      button(say(context, 'done'), { id: 'done', kind: 'primary', describedBy: 'chosen', onclick: onDone }),
    ],
    announce: say(context, 'chosen', { parts: words }),
  };
}

function drawAreas(context: StepContext, { place, pool, editor }: ChooserOptions, board: Board): DrawnStep {
  return drawBoard(context, {
    place: `${place}/draw`,
    title: say(context, 'drawTitle'),
    pool,
    board,
    maxAreas: MAX_CHOSEN - editor.areas.windows.size - editor.areas.applications.size,
    actions: [
      button(say(context, 'done'), {
        id: 'done',
        kind: 'primary',
        onclick: () => {
          editor.areas.rectangles = board.rectangles;
          editor.board = undefined;
          context.redraw('draw');
        },
      }),
    ],
  });
}

function isFull({ windows, applications, rectangles }: Areas): boolean {
  return windows.size + applications.size + rectangles.length >= MAX_CHOSEN;
}

function drawGroup(context: StepContext, group: WindowGroup, areas: Areas): HTMLElement {
  const { application, executable, windows } = group;
  const id = `program-${encodeURIComponent(executable ?? application)}`;
  const isHidden = windows.every((window) => window.rule !== null);
  const whole =
    executable === undefined || isHidden ? null : drawProgram(context, { id, application, executable, areas });
  const rows = windows.map((window) => drawWindow(context, window, areas));
  return el(
    'fieldset',
    { id: `${id}-group`, class: 'choices program' },
    el('legend', {}, application),
    el('div', { class: 'choice-list' }, ...rows, whole),
  );
}

function drawProgram(
  context: StepContext,
  { id, application, executable, areas }: { id: string; application: string; executable: string; areas: Areas },
): HTMLElement {
  const isChosen = areas.applications.has(executable);
  return checkCard(
    { value: executable, title: say(context, 'choiceAllOf', { application }) },
    {
      id,
      isChecked: isChosen,
      isDisabled: !isChosen && isFull(areas),
      onchange: () => {
        toggle(areas.applications, executable);
        context.redraw();
      },
    },
  );
}

function drawWindow(context: StepContext, window: ConsentWindowChoice, areas: Areas): HTMLElement {
  if (window.rule !== null) return hiddenRow(context, window, window.rule);
  const isCovered = isCoveredByProgram(areas, window);
  const isChosen = areas.windows.has(window.id);
  const mark = isCovered ? say(context, 'included') : undefined;
  return checkCard(
    { value: window.id, title: shortened(nameOf(window)), mark, picture: windowPicture(window) },
    {
      id: `window-${window.id}`,
      isChecked: isChosen || isCovered,
      isDisabled: isCovered || (!isChosen && isFull(areas)),
      onchange: () => {
        toggle(areas.windows, window.id);
        context.redraw();
      },
    },
  );
}

function toggle(set: Set<string>, value: string): void {
  if (!set.delete(value)) set.add(value);
}

/** A window that no choice can show. */
export function hiddenRow(context: StepContext, window: ConsentWindowChoice, rule: string): HTMLElement {
  return el(
    'div',
    { id: `ruled-${window.id}`, class: 'window-row hidden-row' },
    el('span', { class: 'window-picture' }, icon('lock')),
    el(
      'span',
      { class: 'choice-words' },
      el('span', { class: 'choice-title' }, shortened(nameOf(window))),
      el('span', { class: 'choice-text' }, hiddenBy(context, rule)),
    ),
  );
}

export function windowPicture({ thumbnail }: ConsentWindowChoice): HTMLElement {
  return thumbnail === null
    ? el('span', { class: 'window-picture' }, icon('screen'))
    : el('img', { class: 'window-picture', src: thumbnail, alt: '' });
}

/** Drawing what is to be hidden, before Start and while it goes on. */
export function drawHideBoard(
  context: StepContext,
  options: {
    place: string;
    pool: AreaPool;
    board: Board;
    onHide: (rectangles: readonly Rect[]) => void;
    onLeave: () => void;
  },
): DrawnStep {
  const { place, pool, board, onHide, onLeave } = options;
  const cancel = button(say(context, 'cancel'), { id: 'cancel', onclick: onLeave });
  const hide = button(say(context, 'hideThese'), {
    id: 'hide-these',
    kind: 'primary',
    isNarrowing: true,
    onclick: () => {
      onHide(board.rectangles);
      onLeave();
    },
  });
  return drawBoard(context, {
    place,
    title: say(context, 'hideAreaTitle'),
    pool,
    board,
    maxAreas: MAX_CHOSEN,
    actions: [el('div', { class: 'pair' }, ...(board.rectangles.length === 0 ? [cancel] : [hide, cancel]))],
  });
}

/** Open windows with "Hide" for each. */
export function hideList(
  context: StepContext,
  windows: readonly ConsentWindowChoice[],
  options: { hidden: ReadonlySet<string>; canShowAgain: boolean; onToggle: (id: string) => void },
): HTMLElement {
  const inOrder = groupsOf(windows, context.firstSeen).flatMap((group) => group.windows);
  // First those about which there is something to decide.
  const rows = [...inOrder.filter(({ rule }) => rule === null), ...inOrder.filter(({ rule }) => rule !== null)].map(
    (window) => hideRow(context, window, options),
  );
  return el('ul', { class: 'windows' }, ...rows);
}

function hideRow(
  context: StepContext,
  window: ConsentWindowChoice,
  { hidden, canShowAgain, onToggle }: Parameters<typeof hideList>[2],
): HTMLElement {
  const { id, application, rule } = window;
  if (rule !== null) return el('li', { id: `row-${id}` }, hiddenRow(context, window, rule));
  const title = shortened(nameOf(window));
  const isHidden = hidden.has(id);
  const control = button(say(context, isHidden ? 'unhide' : 'hide'), {
    id: `hide-${id}`,
    label: say(context, isHidden ? 'unhideNamed' : 'hideNamed', { title }),
    isNarrowing: !isHidden,
    onclick: () => {
      onToggle(id);
      context.announce(say(context, isHidden ? 'shown' : 'hidden', { title }));
      context.redraw();
    },
  });
  return el(
    'li',
    { id: `row-${id}` },
    el(
      'div',
      { class: isHidden ? 'window-row hidden-row' : 'window-row' },
      isHidden ? el('span', { class: 'window-picture' }, icon('hidden')) : windowPicture(window),
      el(
        'span',
        { class: 'choice-words' },
        el('span', { class: 'choice-title' }, title),
        el('span', { class: 'choice-text' }, isHidden ? say(context, 'hiddenFromThem') : application),
      ),
      isHidden && !canShowAgain ? null : control,
    ),
  );
}
