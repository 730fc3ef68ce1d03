/** One right that the agent asks for in the middle of a session. Nothing is answered by accident. */
import type { Reach, Scope } from '../../../protocol/scope.ts';
import type { Capability } from '../../../protocol/capabilities.ts';
import type { Purpose } from '../../../protocol/grant.ts';
import type { ConsentQuestion, ConsentView } from '../consent.views.ts';
import { drawChooser, freshEditor, type AreaEditor } from './chooser.ts';
import { el } from './dom.ts';
import {
  agreement,
  button,
  elevationNote,
  heading,
  note,
  reasonOf,
  say,
  smallCard,
  stopButton,
  type DrawnStep,
  type StepContext,
} from './parts.ts';
import { purposesOf } from './reaches.ts';
import { forgetGone, poolOf, scopeOf, wordsOf } from './scope.choice.ts';
import { scopeInWords } from './scope.words.ts';
import { joined, rightSentences } from './sentences.ts';
import type { WordKey } from './words.ts';

type QuestionView = Extract<ConsentView, { step: 'question' }>;

/** As long as the helper waits before it takes an answer; a test compares. */
export const REACT_AFTER_MS = 500;

export interface QuestionChoice {
  id: string;
  /** When the question was painted, by `performance.now`; when it was made, as long as nothing is painted. */
  since: number;
  editor: AreaEditor;
  isChoosing: boolean;
  isMissing: boolean;
}

export function freshAnswer({ question }: QuestionView): QuestionChoice {
  const choice = {
    id: question.id,
    since: performance.now(),
    editor: freshEditor(),
    isChoosing: false,
    isMissing: false,
  };
  // A busy computer may show it late.
  requestAnimationFrame(() => (choice.since = performance.now()));
  return choice;
}

const ASKS = {
  view: { all: 'asksView', limited: 'asksViewPart' },
  input: { all: 'asksInput', limited: 'asksInputPart' },
  files: { all: 'asksFiles', limited: 'asksFiles' },
  elevated: { all: 'asksElevated', limited: 'asksElevated' },
} as const satisfies Record<Capability, Record<Reach, WordKey>>;

export function drawQuestion(context: StepContext, view: QuestionView, choice: QuestionChoice): DrawnStep {
  const { card, question, screen, windows } = view;
  const { name } = card;
  const pool = poolOf(screen, windows);
  forgetGone(choice.editor.areas, pool);
  if (choice.isChoosing)
    return drawChooser(context, {
      place: `question/${question.id}/choose`,
      title: say(context, 'questionTitle', { name }),
      ...(question.capability === 'input' ? { hint: say(context, 'held') } : {}),
      pool,
      editor: choice.editor,
      onDone: () => {
        Object.assign(choice, { isChoosing: false, isMissing: false });
        context.redraw('choose');
      },
    });
  const title = say(context, ASKS[question.capability][question.reach], { name });
  const held = say(context, 'held');
  const words = scopeInWords(context, wordsOf(choice.editor.areas, pool));
  const choose = el(
    'div',
    { class: 'beside' },
    el('p', { id: 'chosen' }, words),
    button(say(context, 'choose'), {
      id: 'choose',
      describedBy: 'chosen',
      onclick: () => {
        choice.isChoosing = true;
        context.redraw();
      },
    }),
  );
  return {
    place: `question/${question.id}`,
    heading: heading(title, 'question'),
    body: [
      smallCard(context, card),
      reasonOf(say(context, 'saysWhy', { name }), question.reason),
      note(held, { kind: 'warning', icon: 'lock' }),
      ...(question.reach === 'limited' ? [choose] : []),
      ...elevationNote(context, question.capability, view.elevation),
    ],
    actions: answers(context, view, choice),
    announce: words,
    alarm: { key: question.id, text: `${title} ${held}` },
  };
}

function answers(context: StepContext, view: QuestionView, choice: QuestionChoice): HTMLElement[] {
  const { question, screen, windows, card, elevation } = view;
  const chosen: Scope = question.reach === 'all' ? 'all' : scopeOf(choice.editor.areas, poolOf(screen, windows));
  const isMissing = chosen !== 'all' && chosen.length === 0;
  const sentences = (purpose: Purpose): string[] => rightSentences(context.language, rightOf(question, purpose), card);
  const purposes = purposesOf(question.capability);
  const common = sentences('session').slice(0, -1);
  const isRestart = question.capability === 'elevated' && elevation === 'possible';
  const whole = isRestart ? 'allowRestart' : 'allowSession';
  const allow = (purpose: Purpose): HTMLElement =>
    button(say(context, purpose === 'task' ? 'allowTask' : whole), {
      id: `allow-${purpose}`,
      // The last sentence is the one in which the two differ.
      small: isMissing ? say(context, 'chooseFirstShort') : sentences(purpose).at(-1),
      describedBy: 'right',
      onclick: () => {
        if (isEarly(choice)) return;
        if (!isMissing) return context.act({ type: 'answer', id: question.id, answer: purpose, scope: chosen });
        choice.isMissing = true;
        context.redraw('choose');
      },
    });
  const decline = button(say(context, 'sayNo'), {
    id: 'decline',
    onclick: () => {
      if (!isEarly(choice)) context.act({ type: 'answer', id: question.id, answer: 'decline', scope: [] });
    },
  });
  const missing = note(say(context, 'chooseFirst'), { id: 'missing', kind: 'danger', icon: 'warning', isAlert: true });
  return [
    ...(choice.isMissing && isMissing ? [missing] : []),
    agreement('right', joined(context.language, common)),
    ...purposes.map(allow),
    el('div', { class: 'even' }, decline, stopButton(context, 'danger')),
  ];
}

/** A click that was meant for what stood here before. */
function isEarly({ since }: QuestionChoice): boolean {
  return performance.now() - since < REACT_AFTER_MS;
}

function rightOf({ capability, reach }: ConsentQuestion, purpose: Purpose): Parameters<typeof rightSentences>[1] {
  return { capability, reach, purpose };
}
