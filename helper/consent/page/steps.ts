/** The steps in which nothing is chosen. */
import type { ConsentView, FailureCode } from '../consent.views.ts';
import { el } from './dom.ts';
import { button, heading, identityCard, note, reasonOf, say, type DrawnStep, type StepContext } from './parts.ts';
import { drawPaused } from './paused.ts';
import { drawPermissions } from './permissions.ts';
import { CODE_WORDS } from './words.codes.ts';

type PlainView = Exclude<ConsentView, { step: 'ask' | 'live' | 'question' }>;
type ViewOf<S extends PlainView['step']> = Extract<PlainView, { step: S }>;

export function drawStep(context: StepContext, view: PlainView): DrawnStep {
  switch (view.step) {
    case 'connecting':
      return drawConnecting(context, view);
    case 'permissions':
      return drawPermissions(context, view);
    case 'waiting':
      return drawWaiting(context, view);
    case 'paused':
      return drawPaused(context, view);
    case 'ended':
      return drawEnded(context, view);
    case 'cleaned':
      return drawCleaned(context, view);
    case 'failed':
      return drawFailed(context, view);
  }
}

function drawConnecting(context: StepContext, view: ViewOf<'connecting'>): DrawnStep {
  const text = CODE_WORDS[context.language].connecting[view.message];
  return {
    place: view.step,
    heading: heading(text),
    body: [
      el('div', { class: 'progress', 'aria-hidden': 'true' }),
      el('p', { class: 'quiet' }, say(context, 'nothingShared')),
    ],
    actions: [declineButton(context)],
    announce: text,
  };
}

function drawWaiting(context: StepContext, view: ViewOf<'waiting'>): DrawnStep {
  const { name } = view.card;
  const title = say(context, 'waitingTitle', { name });
  return {
    place: view.step,
    heading: heading(title),
    body: [
      identityCard(context, view.card),
      reasonOf(say(context, 'reason'), view.reason),
      el('div', { class: 'progress', 'aria-hidden': 'true' }),
      el('p', {}, say(context, 'waitingText', { name })),
      el('p', { class: 'quiet' }, say(context, 'nothingShared'), ' ', say(context, 'closeMeansNo')),
    ],
    actions: [declineButton(context)],
    announce: title,
  };
}

function declineButton(context: StepContext): HTMLElement {
  return button(say(context, 'decline'), { id: 'decline', onclick: () => context.act({ type: 'decline' }) });
}

function drawEnded(context: StepContext, view: ViewOf<'ended'>): DrawnStep {
  const title = say(context, 'endedTitle');
  const why = CODE_WORDS[context.language].ended[view.reason];
  const isAlarm = view.reason === 'match-code-mismatch' || view.reason === 'protocol-violation';
  const reason = isAlarm ? note(why, { kind: 'danger', icon: 'warning', isAlert: true }) : el('p', {}, why);
  return {
    place: view.step,
    heading: heading(title, 'ended'),
    body: [reason, el('p', { class: 'quiet' }, say(context, 'endedText'))],
    actions: [closeButton(context)],
    announce: `${title}. ${why}`,
  };
}

function drawCleaned(context: StepContext, view: ViewOf<'cleaned'>): DrawnStep {
  const isNothing = view.removed.length + view.kept.length + view.programs === 0;
  const title = say(context, isNothing ? 'cleanedNothing' : 'cleanedTitle');
  const list = (title: string, paths: readonly string[]): HTMLElement[] =>
    paths.length === 0
      ? []
      : [el('h2', {}, title), el('ul', { class: 'paths' }, ...paths.map((path) => el('li', {}, el('code', {}, path))))];
  return {
    place: view.step,
    heading: heading(title, 'ended'),
    body: [
      ...(view.programs > 0 ? [el('p', {}, say(context, 'cleanedPrograms', { count: String(view.programs) }))] : []),
      ...list(say(context, 'cleanedRemoved'), view.removed),
      ...list(say(context, 'cleanedKept'), view.kept),
      el('p', { class: 'quiet' }, say(context, 'cleanedSelf')),
    ],
    actions: [closeButton(context)],
    announce: title,
  };
}

/** Failures that can only happen before anything was shared; of the others the page does not know. */
const BEFORE_SHARING = new Set<string>([
  'server-unreachable',
  'wrong-ca',
  'token-refused',
  'helper-too-old',
  'helper-revoked',
  'switched-off',
  'address-missing',
  'address-invalid',
  'display-unavailable',
  'file-changed',
] satisfies FailureCode[]);

function drawFailed(context: StepContext, view: ViewOf<'failed'>): DrawnStep {
  const words: Record<string, string> = CODE_WORDS[context.language].failed;
  const known = Object.hasOwn(words, view.code) ? words[view.code] : undefined;
  const why = known ?? CODE_WORDS[context.language].failed.other;
  return {
    place: view.step,
    heading: heading(say(context, 'failedTitle'), 'warning'),
    body: [
      el('p', {}, why),
      el('p', { class: 'quiet' }, say(context, BEFORE_SHARING.has(view.code) ? 'failedText' : 'failedLater')),
      el('p', { class: 'quiet' }, say(context, 'failedCode'), ': ', el('code', {}, view.code)),
    ],
    actions: [closeButton(context)],
    announce: why,
  };
}

function closeButton(context: StepContext): HTMLElement {
  return button(say(context, 'close'), { id: 'close', kind: 'primary', onclick: () => window.close() });
}
