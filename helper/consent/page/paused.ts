/** Nothing is sent. Going on is the person's decision, in one step, and never wider than before. */
import type { Mode } from '../../../protocol/capabilities.ts';
import type { ConsentView, RestartNote, ScopeWords } from '../consent.views.ts';
import { el, icon, type IconName } from './dom.ts';
import { agreement, button, heading, note, say, stopButton, type DrawnStep, type StepContext } from './parts.ts';
import { scopeInWords, timeOfDay } from './scope.words.ts';
import { consentSentences, joined, rightSentences } from './sentences.ts';
import { CODE_WORDS } from './words.codes.ts';
import type { WordKey } from './words.ts';

type PausedView = Extract<ConsentView, { step: 'paused' }>;
type Resume = NonNullable<PausedView['resume']>;

const RESTART = { asked: 'restartAsked', refused: 'restartRefused' } as const satisfies Record<RestartNote, WordKey>;

export function drawPaused(context: StepContext, view: PausedView): DrawnStep {
  const { card, resume } = view;
  const { name } = card;
  const title = say(context, 'pausedTitle');
  const why = CODE_WORDS[context.language].paused[view.reason];
  return {
    place: 'paused',
    heading: heading(title, 'paused'),
    body: [
      el('p', {}, why),
      ...(view.restart === null ? [] : [restartNote(context, RESTART[view.restart], name)]),
      ...(resume === null ? [] : [before(context, resume, name)]),
      el('p', {}, say(context, 'pausedText', { name })),
      ...deadline(context, view),
      ...(resume === null ? [el('p', { class: 'quiet' }, say(context, 'pausedAsk'))] : []),
    ],
    actions: [...(resume === null ? [] : goOn(context, view, resume)), stopButton(context)],
    announce: `${title}. ${why}${resume === null ? '' : ` ${say(context, 'pausedReady')}`}`,
  };
}

function restartNote(context: StepContext, word: WordKey, name: string): HTMLElement {
  return note(say(context, word, { name }), { id: 'restart', kind: 'warning', icon: 'shield', isAlert: true });
}

/** When it ends by itself: the earlier of both ends is the one that counts. */
function deadline(context: StepContext, { deadlineAt, endsAt }: PausedView): HTMLElement[] {
  const ends = [deadlineAt, endsAt].filter((end) => end !== null);
  if (ends.length === 0) return [];
  const end = Math.min(...ends);
  const word = end === endsAt ? 'pausedLimit' : 'pausedUntil';
  return [el('p', { id: 'deadline' }, say(context, word, { time: timeOfDay(context, end) }))];
}

function before(context: StepContext, { scope }: Resume, name: string): HTMLElement {
  const row = (sign: IconName, right: WordKey, part: ScopeWords): HTMLElement =>
    el(
      'li',
      {},
      icon(sign),
      el(
        'span',
        { class: 'right' },
        say(context, right),
        el('span', { class: 'choice-text' }, scopeInWords(context, part)),
      ),
    );
  const rows = [
    row('eye', 'rightLook', scope.see),
    scope.operate === null ? null : row('pointer', 'rightAct', scope.operate),
  ];
  const title = el('h2', { id: 'before' }, say(context, 'pausedBefore', { name }));
  return el('section', { class: 'rights', 'aria-labelledby': 'before' }, title, el('ul', {}, ...rows));
}

/** Both ways agree to the same but for one sentence, which stands in the button. */
function goOn(context: StepContext, { card }: PausedView, { mode, scope, isElevated }: Resume): HTMLElement[] {
  const sentences = (chosen: Mode): string[] =>
    consentSentences(context.language, { mode: chosen, see: scope.see.reach }, card);
  const [who, , stop] = sentences(mode);
  // A grant of its own, by its own sentences.
  const elevated = { capability: 'elevated', reach: 'all', purpose: 'session' } as const;
  const also = isElevated ? rightSentences(context.language, elevated, card) : [];
  const way = (id: string, label: WordKey, chosen: Mode): HTMLElement =>
    button(say(context, context.isBusy && id === 'resume' ? 'resuming' : label), {
      id,
      kind: id === 'resume' ? 'primary' : 'plain',
      small: joined(context.language, [sentences(chosen)[1] ?? '', ...(id === 'resume' ? also : [])]),
      describedBy: 'agreed-who agreed-stop',
      onclick: () => context.act({ type: 'resume', mode: id === 'resume' ? 'same' : 'view' }),
    });
  return [
    agreement('agreed-who', who ?? ''),
    way('resume', isElevated ? 'resumeElevated' : 'resumeSame', mode),
    ...(mode === 'view' ? [] : [way('resume-view', 'resumeView', 'view')]),
    agreement('agreed-stop', stop ?? ''),
  ];
}
