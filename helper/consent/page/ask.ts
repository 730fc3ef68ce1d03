/** The question, in two parts: who is it, and what may they do. */
import type { Mode } from '../../../protocol/capabilities.ts';
import type { ConsentScreen, ConsentView } from '../consent.views.ts';
import { el, icon } from './dom.ts';
import {
  button,
  choiceGroup,
  heading,
  identityCard,
  reasonOf,
  say,
  type DrawnStep,
  type StepContext,
} from './parts.ts';
import { consentSentences } from './sentences.ts';

export type AskView = Extract<ConsentView, { step: 'ask' }>;

/** What the person has chosen so far; lives only here until Start is pressed. */
export interface AskChoice {
  part: 'who' | 'what';
  code: string | 'none' | undefined;
  isCodeMissing: boolean;
  mode: Mode;
  screenId: string | undefined;
  isBusy: boolean;
}

/** View only is preselected whatever the agent asked for. */
export function freshChoice(view: AskView): AskChoice {
  const screenId = view.screens[0]?.id;
  return { part: 'who', code: undefined, isCodeMissing: false, mode: 'view', screenId, isBusy: false };
}

export function drawAsk(context: StepContext, view: AskView, choice: AskChoice): DrawnStep {
  return choice.part === 'who' ? drawWho(context, view, choice) : drawWhat(context, view, choice);
}

function drawWho(context: StepContext, view: AskView, choice: AskChoice): DrawnStep {
  const { name } = view.card;
  const title = say(context, 'whoTitle', { name });
  const isNone = choice.code === 'none';
  const codes = view.codes.map((code) => ({ value: code, title: el('span', { class: 'code' }, code) }));
  const group = choiceGroup({
    name: 'code',
    legend: say(context, 'codeQuestion'),
    kind: 'codes',
    chosen: choice.code,
    choices: [...codes, { value: 'none', title: say(context, 'codeNone') }],
    describedBy: 'code-help',
    onChoose: (value) => {
      Object.assign(choice, { code: value, isCodeMissing: false });
      context.redraw();
    },
  });
  const help = el('p', { id: 'code-help', class: 'quiet' }, say(context, 'codeHelp', { name }));
  const note = isNone
    ? el(
        'p',
        { id: 'code-note', class: 'note danger', role: 'alert' },
        icon('warning'),
        say(context, 'codeWarning', { name }),
      )
    : choice.isCodeMissing &&
      el('p', { id: 'code-note', class: 'note danger', role: 'alert' }, icon('warning'), say(context, 'codeMissing'));
  const forward = isNone
    ? button(say(context, 'codeStop'), {
        id: 'forward',
        kind: 'danger',
        onclick: () => answer(context, choice, 'none-of-these'),
      })
    : button(say(context, 'next'), { id: 'forward', kind: 'primary', onclick: () => goOn(context, choice) });
  return {
    heading: heading(title),
    body: [identityCard(context, view.card), reasonOf(context, view.reason), help, group],
    actions: [...(note ? [note] : []), el('div', { class: 'pair' }, forward, declineButton(context, choice))],
    announce: title,
  };
}

function goOn(context: StepContext, choice: AskChoice): void {
  if (choice.code === undefined) choice.isCodeMissing = true;
  else choice.part = 'what';
  context.redraw();
  if (choice.isCodeMissing) document.querySelector<HTMLElement>('input[name=code]')?.focus();
}

function answer(context: StepContext, choice: AskChoice, type: 'none-of-these' | 'decline'): void {
  choice.isBusy = true;
  context.act({ type });
  context.redraw();
}

function declineButton(context: StepContext, choice: AskChoice): HTMLElement {
  return button(say(context, 'decline'), { id: 'decline', onclick: () => answer(context, choice, 'decline') });
}

function drawWhat(context: StepContext, view: AskView, choice: AskChoice): DrawnStep {
  const { name, organisation } = view.card;
  const title = say(context, 'whatTitle', { name });
  const startLabel = say(context, choice.mode === 'control' ? 'startControl' : 'startView', { name });
  const recording =
    view.recordingNote === 'recorded' ? say(context, 'recorded', { organisation }) : say(context, 'notRecorded');
  const sentences = consentSentences(context.language, choice.mode, view.card);
  const start = (): void => {
    if (choice.screenId === undefined || choice.code === undefined) return;
    choice.isBusy = true;
    context.act({ type: 'start', code: choice.code, mode: choice.mode, screenId: choice.screenId });
    context.redraw();
  };
  return {
    heading: heading(title),
    body: [
      modeCards(context, view, choice),
      screenCards(context, view.screens, choice),
      el('p', { class: 'note' }, icon('record'), recording),
    ],
    actions: [
      el('p', { id: 'consent-text', class: 'consent' }, sentences.join(context.language === 'en' ? ' ' : '')),
      button(choice.isBusy ? say(context, 'starting') : startLabel, {
        id: 'start',
        kind: 'primary',
        describedBy: 'consent-text',
        onclick: start,
      }),
      el(
        'div',
        { class: 'pair' },
        button(say(context, 'back'), {
          id: 'back',
          onclick: () => {
            choice.part = 'who';
            context.redraw();
          },
        }),
        declineButton(context, choice),
      ),
    ],
    announce: sentences.join(' '),
  };
}

function modeCards(context: StepContext, view: AskView, choice: AskChoice): HTMLElement {
  const { name } = view.card;
  const markOf = (mode: Mode): string | undefined =>
    view.requestedMode === mode ? say(context, 'modeRequested') : undefined;
  const all = [
    {
      value: 'view',
      title: say(context, 'modeView'),
      text: say(context, 'modeViewText'),
      mark: markOf('view'),
      picture: badge('eye'),
    },
    {
      value: 'control',
      title: say(context, 'modeControl'),
      text: say(context, 'modeControlText'),
      mark: markOf('control'),
      picture: badge('pointer'),
    },
  ];
  return choiceGroup({
    name: 'mode',
    legend: say(context, 'whatTitle', { name }),
    kind: 'modes unlabelled',
    chosen: choice.mode,
    choices: all.filter((card) => view.modes.some((mode) => mode === card.value)),
    onChoose: (value) => {
      choice.mode = value === 'control' ? 'control' : 'view';
      context.redraw();
    },
  });
}

function badge(name: 'eye' | 'pointer'): HTMLElement {
  return el('span', { class: 'badge' }, icon(name));
}

function screenCards(context: StepContext, screens: readonly ConsentScreen[], choice: AskChoice): HTMLElement {
  return choiceGroup({
    name: 'screen',
    legend: say(context, screens.length > 1 ? 'screenQuestion' : 'screenOne'),
    kind: screens.length > 1 ? 'screens' : 'screens single',
    chosen: choice.screenId,
    choices: screens.map((screen) => ({
      value: screen.id,
      title: screen.name,
      text: say(context, 'screenSize', { width: String(screen.width), height: String(screen.height) }),
      picture:
        screen.thumbnail === null
          ? el('span', { class: 'thumbnail empty' }, icon('screen'), el('span', {}, say(context, 'screenNoPicture')))
          : el('img', { class: 'thumbnail', src: screen.thumbnail, alt: '' }),
    })),
    onChoose: (value) => {
      choice.screenId = value;
      context.redraw();
    },
  });
}
