/** What may they do, and with what. */
import type { Mode } from '../../../protocol/capabilities.ts';
import type { ConsentScreen, ConsentView } from '../consent.views.ts';
import {
  agreedChoice,
  chooseReach,
  chooseScreen,
  chosenScreen,
  missingOf,
  needsCheck,
  seenAreas,
  startOf,
  usedAreas,
  type AskChoice,
} from './ask.choice.ts';
import { choiceGroup } from './choices.ts';
import { el, icon, type IconName } from './dom.ts';
import {
  agreement,
  button,
  heading,
  note,
  partOnly,
  recordingNote,
  say,
  type DrawnStep,
  type StepContext,
} from './parts.ts';
import { reachesOf } from './reaches.ts';
import { exposed, forgetGone, nameOf, poolOf, wordsOf, type AreaPool } from './scope.choice.ts';
import { listed, scopeInWords, shortened } from './scope.words.ts';
import { consentSentences, joined } from './sentences.ts';
import type { WordKey } from './words.ts';

type AskView = Extract<ConsentView, { step: 'ask' }>;

/** The question as it stands: what was asked, what is chosen, and the screen it is about. */
export interface Asked {
  view: AskView;
  choice: AskChoice;
  pool: AreaPool;
}

export function askedOf(view: AskView, choice: AskChoice): Asked {
  const nowhere = { id: '', name: '', width: 1, height: 1, thumbnail: null };
  const pool = poolOf(chosenScreen(view, choice) ?? nowhere, view.windows);
  forgetGone(choice.see.areas, pool);
  forgetGone(choice.use.areas, pool);
  return { view, choice, pool };
}

export function drawWhat(context: StepContext, view: AskView, choice: AskChoice): DrawnStep {
  const asked = askedOf(view, choice);
  const { pool } = asked;
  const isChecked = !needsCheck(view, choice, pool);
  const text = agreedText(context, asked);
  const missing =
    choice.missing === undefined
      ? []
      : [
          note(say(context, choice.missing === 'see' ? 'seeMissing' : 'useMissing'), {
            id: 'missing',
            kind: 'danger',
            icon: 'warning',
            isAlert: true,
          }),
        ];
  const forward = isChecked
    ? [agreement('consent-text', text), startButton(context, asked)]
    : [button(say(context, 'next'), { id: 'forward', kind: 'primary', onclick: () => goOn(context, asked) })];
  return {
    place: 'ask/what',
    heading: heading(say(context, 'whatTitle', { name: view.card.name })),
    body: [
      modeCards(context, asked),
      ...partOnly(context, 'input', reachesOf(view.allowed, 'input')),
      ...(view.screens.length > 1 ? [screenCards(context, asked)] : []),
      ...seeChoice(context, asked),
      ...(choice.mode === 'limited' ? useChoice(context, asked) : []),
      recordingNote(context, view.recordingNote === 'recorded', view.card.organisation),
    ],
    actions: [
      ...missing,
      ...forward,
      wayOut(context, choice, { back: 'who', hide: isChecked && hideSome(context, asked) }),
    ],
    announce: isChecked ? text : '',
  };
}

/** True when nothing is missing; otherwise the page says what, and the focus goes there. */
function isComplete(context: StepContext, { choice, pool }: Asked): boolean {
  choice.missing = missingOf(choice, pool);
  if (choice.missing === undefined) return true;
  const part = choice.missing;
  choice.part = 'what';
  context.redraw(`choose-${part}`);
  return false;
}

function goOn(context: StepContext, asked: Asked): void {
  if (!isComplete(context, asked)) return;
  asked.choice.part = 'check';
  context.redraw();
}

export function agreedText(context: StepContext, { view, choice }: Asked): string {
  return joined(context.language, consentSentences(context.language, agreedChoice(choice), view.card));
}

const START: Record<Mode, WordKey> = { view: 'startView', limited: 'startLimited', control: 'startControl' };

export function startButton(context: StepContext, asked: Asked): HTMLElement {
  const { view, choice } = asked;
  const isPart = choice.mode === 'view' && seenAreas(choice) !== 'all';
  const label = say(context, isPart ? 'startViewPart' : START[choice.mode], { name: view.card.name });
  return button(context.isBusy ? say(context, 'starting') : label, {
    id: 'start',
    kind: 'primary',
    describedBy: 'consent-text',
    onclick: () => {
      if (!isComplete(context, asked)) return;
      const start = startOf(view, choice);
      if (start !== undefined) context.act(start);
    },
  });
}

export function wayOut(
  context: StepContext,
  choice: AskChoice,
  { back: to, hide = false }: { back: 'who' | 'what'; hide?: HTMLElement | false },
): HTMLElement {
  const back = button(say(context, 'back'), {
    id: 'back',
    onclick: () => {
      Object.assign(choice, { part: to, missing: undefined });
      context.redraw();
    },
  });
  const decline = button(say(context, 'decline'), {
    id: 'decline',
    onclick: () => context.act({ type: 'decline' }),
  });
  return el('div', { class: 'row' }, back, hide, decline);
}

/** What is open on the screen, at a glance. */
function openNow(context: StepContext, { choice, pool }: Asked): string | undefined {
  const open = exposed(pool, 'all').filter((window) => !choice.hide.has(window.id));
  if (open.length === 0) return choice.hide.size === 0 ? undefined : say(context, 'checkNone');
  const names = open.slice(0, 2).map((window) => say(context, 'quoted', { title: shortened(nameOf(window), 20) }));
  const more = open.length - names.length;
  const windows = more > 0 ? names.join(context.language === 'en' ? ', ' : '、') : listed(context, names);
  const counted = more > 0 ? say(context, 'openMore', { windows, count: String(more) }) : windows;
  return say(context, 'openNow', { windows: counted });
}

/** Windows and areas to hide for those who want it; in other cases it is on the way to Start. */
function hideSome(context: StepContext, { choice }: Asked): HTMLElement {
  return button(say(context, 'hideSome'), {
    id: 'check',
    onclick: () => {
      choice.part = 'check';
      context.redraw();
    },
  });
}

const MODE_CARDS = {
  view: { title: 'modeView', text: 'modeViewText', icon: 'eye' },
  limited: { title: 'modeLimited', text: 'modeLimitedText', icon: 'part' },
  control: { title: 'modeControl', text: 'modeControlText', icon: 'pointer' },
} as const satisfies Record<Mode, { title: WordKey; text: WordKey; icon: IconName }>;

function modeCards(context: StepContext, { view, choice }: Asked): HTMLElement {
  return choiceGroup({
    name: 'mode',
    legend: say(context, 'whatTitle', { name: view.card.name }),
    kind: 'modes unlabelled',
    chosen: choice.mode,
    choices: view.modes.map((mode) => ({
      value: mode,
      title: say(context, MODE_CARDS[mode].title),
      text: say(context, MODE_CARDS[mode].text),
      mark: view.requestedMode === mode ? say(context, 'modeRequested') : undefined,
      picture: el('span', { class: 'badge' }, icon(MODE_CARDS[mode].icon)),
    })),
    onChoose: (value) => {
      const mode = view.modes.find((known) => known === value) ?? 'view';
      Object.assign(choice, { mode, missing: undefined });
      context.redraw();
    },
  });
}

function screenCards(context: StepContext, { view, choice, pool }: Asked): HTMLElement {
  return choiceGroup({
    name: 'screen',
    legend: say(context, 'screenQuestion'),
    kind: 'screens',
    chosen: pool.screen.id,
    choices: view.screens.map((screen) => ({
      value: screen.id,
      title: screen.name,
      text: sizeOf(context, screen),
      picture: screenPicture(context, screen),
    })),
    onChoose: (value) => {
      chooseScreen(choice, value);
      context.redraw();
    },
  });
}

function sizeOf(context: StepContext, { width, height }: ConsentScreen): string {
  return say(context, 'screenSize', { width: String(width), height: String(height) });
}

function screenPicture(context: StepContext, { thumbnail }: ConsentScreen): HTMLElement {
  return thumbnail === null
    ? el(
        'span',
        { class: 'thumbnail empty' },
        icon('screen'),
        el('span', { class: 'unseen' }, say(context, 'screenNoPicture')),
      )
    : el('img', { class: 'thumbnail', src: thumbnail, alt: '' });
}

/** The whole screen, or a part of it; in full control there is nothing to choose. */
function seeChoice(context: StepContext, { view, choice, pool }: Asked): HTMLElement[] {
  const reason = partOnly(context, 'view', reachesOf(view.allowed, 'view'));
  const chosen = chosenParts(context, { choice, pool, part: 'see' });
  if (reason.length > 0) return [el('h2', {}, say(context, 'seeQuestion')), ...reason, chosen];
  const { screen } = pool;
  const isOne = view.screens.length === 1;
  const whole = {
    value: 'whole',
    title: say(context, 'seeWhole'),
    text:
      openNow(context, { view, choice, pool }) ?? (isOne ? `${screen.name}, ${sizeOf(context, screen)}` : undefined),
    ...(isOne ? { picture: screenPicture(context, screen) } : {}),
  };
  const isFixed = choice.mode === 'control';
  const group = choiceGroup({
    name: 'see',
    legend: say(context, 'seeQuestion'),
    kind: isFixed ? 'single' : 'reach',
    chosen: choice.isSeePart && !isFixed ? 'part' : 'whole',
    choices: isFixed ? [whole] : [whole, { value: 'part', title: say(context, 'seePart') }],
    onChoose: (value) => {
      chooseReach(choice, value === 'part');
      context.redraw();
    },
  });
  const isPart = choice.isSeePart && !isFixed;
  return isPart ? [group, chosen] : [group];
}

function useChoice(context: StepContext, { choice, pool }: Asked): HTMLElement[] {
  const chosen = chosenParts(context, { choice, pool, part: 'use' });
  if (!choice.isSeePart) return [el('h2', {}, say(context, 'useQuestion')), chosen];
  const group = choiceGroup({
    name: 'use',
    legend: say(context, 'useQuestion'),
    kind: 'reach',
    chosen: choice.isUsePart ? 'part' : 'same',
    choices: [
      { value: 'same', title: say(context, 'useSame') },
      { value: 'part', title: say(context, 'usePart') },
    ],
    onChoose: (value) => {
      Object.assign(choice, { isUsePart: value === 'part', missing: undefined });
      context.redraw();
    },
  });
  return choice.isUsePart ? [group, chosen] : [group];
}

/** What was chosen so far, and the way to change it. */
function chosenParts(
  context: StepContext,
  { choice, pool, part }: { choice: AskChoice; pool: AreaPool; part: 'see' | 'use' },
): HTMLElement {
  const areas = part === 'see' ? choice.see.areas : usedAreas(choice);
  return el(
    'div',
    { id: `${part}-parts`, class: 'beside' },
    el('p', { id: `${part}-chosen`, class: 'clamped' }, scopeInWords(context, wordsOf(areas, pool))),
    button(say(context, 'choose'), {
      id: `choose-${part}`,
      label: say(context, part === 'see' ? 'chooseSee' : 'chooseUse'),
      describedBy: `${part}-chosen`,
      onclick: () => {
        choice.part = part;
        choice.missing = undefined;
        context.redraw();
      },
    }),
  );
}
