/** The question before Start: who is it, what may they do, and what is open that they should not see. */
import type { ConsentView } from '../consent.views.ts';
import { el } from './dom.ts';
import { drawChooser } from './chooser.ts';
import { choiceGroup } from './choices.ts';
import { chosenScreen, type AskChoice } from './ask.choice.ts';
import { drawCheck, drawHideArea } from './ask.check.ts';
import { drawWhat } from './ask.what.ts';
import { button, heading, identityCard, note, reasonOf, say, type DrawnStep, type StepContext } from './parts.ts';
import { include, keepWithin, poolOf } from './scope.choice.ts';

type AskView = Extract<ConsentView, { step: 'ask' }>;

export function drawAsk(context: StepContext, view: AskView, choice: AskChoice): DrawnStep {
  switch (choice.part) {
    case 'who':
      return drawWho(context, view, choice);
    case 'what':
      return drawWhat(context, view, choice);
    case 'see':
    case 'use':
      return drawPart(context, view, { choice, part: choice.part });
    case 'check':
      return drawCheck(context, view, choice);
    case 'hide-area':
      return drawHideArea(context, view, choice);
  }
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
  const warn = (text: string): HTMLElement =>
    note(text, { id: 'code-note', kind: 'danger', icon: 'warning', isAlert: true });
  const warning = isNone
    ? warn(say(context, 'codeWarning', { name }))
    : choice.isCodeMissing && warn(say(context, 'codeMissing'));
  const forward = isNone
    ? button(say(context, 'codeStop'), {
        id: 'stop-here',
        kind: 'danger',
        onclick: () => context.act({ type: 'none-of-these' }),
      })
    : button(say(context, 'next'), { id: 'forward', kind: 'primary', onclick: () => goOn(context, view, choice) });
  const decline = button(say(context, 'decline'), {
    id: 'decline',
    onclick: () => context.act({ type: 'decline' }),
  });
  return {
    place: 'ask/who',
    heading: heading(title),
    body: [
      identityCard(context, view.card),
      reasonOf(say(context, 'reason'), view.reason),
      el('p', { id: 'code-help', class: 'quiet' }, say(context, 'codeHelp', { name })),
      group,
    ],
    actions: [...(warning ? [warning] : []), el('div', { class: 'pair' }, forward, decline)],
    announce: title,
  };
}

function goOn(context: StepContext, view: AskView, choice: AskChoice): void {
  const isChosen = choice.code !== undefined && view.codes.includes(choice.code);
  if (isChosen) choice.part = 'what';
  else choice.isCodeMissing = true;
  context.redraw(isChosen ? undefined : `code-${view.codes[0] ?? 'none'}`);
}

/** Which windows, programs and areas: on a page of its own. */
function drawPart(
  context: StepContext,
  view: AskView,
  { choice, part }: { choice: AskChoice; part: 'see' | 'use' },
): DrawnStep {
  const screen = chosenScreen(view, choice);
  const back = (): void => {
    choice.part = 'what';
    context.redraw(`choose-${part}`);
  };
  if (screen === undefined) {
    choice.part = 'what';
    return drawWhat(context, view, choice);
  }
  const pool = poolOf(screen, view.windows);
  const { see, use } = choice;
  return drawChooser(context, {
    place: `ask/${part}`,
    title: say(context, part === 'see' ? 'seeTitle' : 'useTitle', { name: view.card.name }),
    hint: say(context, part === 'see' ? 'seeHint' : 'useHint'),
    pool,
    editor: choice[part],
    onDone: () => {
      if (part === 'see') keepWithin(use.areas, see.areas, pool);
      else include(see.areas, use.areas);
      back();
    },
  });
}
