/** One right that the person gives of their own accord: whole or a part, and what exactly is agreed to. */
import type { Capability } from '../../../protocol/capabilities.ts';
import type { Reach, Scope } from '../../../protocol/scope.ts';
import { drawChooser } from './chooser.ts';
import { choiceGroup } from './choices.ts';
import { el } from './dom.ts';
import { drawMore, leave, offersOf, type LiveChoice, type LiveView, type Offer } from './live.parts.ts';
import {
  agreement,
  button,
  elevationNote,
  heading,
  note,
  partOnly,
  say,
  type DrawnStep,
  type StepContext,
} from './parts.ts';
import { forgetGone, poolOf, scopeOf, wordsOf } from './scope.choice.ts';
import { scopeInWords } from './scope.words.ts';
import { joined, rightSentences } from './sentences.ts';
import type { WordKey } from './words.ts';

const ALLOW = {
  view: { all: 'allowView', limited: 'allowViewPart' },
  input: { all: 'allowInput', limited: 'allowInputPart' },
  files: { all: 'allowFiles', limited: 'allowFiles' },
  elevated: { all: 'allowElevated', limited: 'allowElevated' },
} as const satisfies Record<Capability, Record<Reach, WordKey>>;

export function drawAllow(context: StepContext, view: LiveView, choice: LiveChoice): DrawnStep {
  const offer = offersOf(view).find(({ capability }) => capability === choice.part);
  // Given meanwhile, or allowed no longer.
  if (offer === undefined) return drawMore(context, view, choice);
  const pool = poolOf(view.screen, view.windows);
  forgetGone(choice.editor.areas, pool);
  if (choice.isChoosing)
    return drawChooser(context, {
      place: `live/${offer.capability}/choose`,
      title: say(context, 'questionTitle', { name: view.card.name }),
      pool,
      editor: choice.editor,
      onDone: () => {
        Object.assign(choice, { isChoosing: false, isMissing: false });
        context.redraw('choose');
      },
    });
  const reach = choice.reach ?? offer.reaches[0] ?? 'limited';
  const parts =
    reach === 'limited'
      ? [chosenParts(context, choice, scopeInWords(context, wordsOf(choice.editor.areas, pool)))]
      : [];
  const scope: Scope = reach === 'all' ? 'all' : scopeOf(choice.editor.areas, pool);
  return {
    place: `live/${offer.capability}`,
    heading: heading(say(context, offer.title, { name: view.card.name }), offer.icon),
    body: [
      ...(offer.reaches.length > 1 ? [reachCards(context, choice, { offer, reach })] : []),
      ...partOnly(context, offer.capability, offer.reaches),
      ...parts,
      ...elevationNote(context, offer.capability, view.elevation),
    ],
    actions: allowButtons(context, view, { choice, offer, scope }),
    announce: '',
  };
}

function reachCards(
  context: StepContext,
  choice: LiveChoice,
  { offer, reach }: { offer: Offer; reach: Reach },
): HTMLElement {
  return choiceGroup({
    name: 'reach',
    legend: say(context, 'moreReach'),
    kind: 'reach',
    chosen: reach,
    choices: offer.reaches.map((each) => ({
      value: each,
      title: say(context, each === 'all' ? 'moreWhole' : 'morePart'),
    })),
    onChoose: (value) => {
      Object.assign(choice, { reach: value === 'all' ? 'all' : 'limited', isMissing: false });
      context.redraw();
    },
  });
}

function chosenParts(context: StepContext, choice: LiveChoice, words: string): HTMLElement {
  const choose = button(say(context, 'choose'), {
    id: 'choose',
    describedBy: 'chosen',
    onclick: () => {
      choice.isChoosing = true;
      context.redraw();
    },
  });
  return el('div', { class: 'beside' }, el('p', { id: 'chosen' }, words), choose);
}

function allowButtons(
  context: StepContext,
  { card }: LiveView,
  { choice, offer, scope }: { choice: LiveChoice; offer: Offer; scope: Scope },
): HTMLElement[] {
  const { capability } = offer;
  const reach = scope === 'all' ? 'all' : 'limited';
  const isMissing = scope !== 'all' && scope.length === 0;
  const text = joined(
    context.language,
    rightSentences(context.language, { capability, reach, purpose: 'session' }, card),
  );
  const allow = button(say(context, ALLOW[capability][reach], { name: card.name }), {
    id: 'allow',
    kind: 'primary',
    describedBy: 'right',
    isOnce: true,
    onclick: () => {
      if (isMissing) {
        choice.isMissing = true;
        return context.redraw('choose');
      }
      context.act({ type: 'allow', capability, scope });
      leave(context, choice, 'more');
    },
  });
  const back = button(say(context, 'back'), {
    id: 'back',
    onclick: () => {
      choice.part = 'more';
      context.redraw(`offer-${capability}`);
    },
  });
  const missing = note(say(context, 'chooseFirst'), { id: 'missing', kind: 'danger', icon: 'warning', isAlert: true });
  return [...(choice.isMissing && isMissing ? [missing] : []), agreement('right', text), allow, back];
}
