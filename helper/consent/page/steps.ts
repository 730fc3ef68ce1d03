/** Every step but the question itself. */
import type { ConsentView, FailureCode } from '../consent.views.ts';
import { el, icon } from './dom.ts';
import { button, heading, identityCard, reasonOf, say, type DrawnStep, type StepContext } from './parts.ts';
import { CODE_WORDS } from './words.ts';

export type PlainView = Exclude<ConsentView, { step: 'ask' }>;
type ViewOf<S extends PlainView['step']> = Extract<PlainView, { step: S }>;

export function drawStep(context: StepContext, view: PlainView): DrawnStep {
  switch (view.step) {
    case 'connecting':
      return drawConnecting(context, view);
    case 'waiting':
      return drawWaiting(context, view);
    case 'live':
      return drawLive(context, view);
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
    heading: heading(title),
    body: [
      identityCard(context, view.card),
      reasonOf(context, view.reason),
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

function drawLive(context: StepContext, view: ViewOf<'live'>): DrawnStep {
  const { name, organisation } = view.card;
  const isControl = view.mode === 'control';
  const title = say(context, isControl ? 'liveControl' : 'liveView', { name });
  const away = say(context, 'liveAway', { name });
  const recording =
    view.recordingNote === 'recorded' ? say(context, 'recorded', { organisation }) : say(context, 'notRecorded');
  return {
    heading: heading(title, isControl ? 'pointer' : 'eye'),
    body: [
      el(
        'p',
        { class: 'since' },
        say(context, 'liveSince'),
        ' ',
        el('time', { id: 'elapsed', 'data-since': view.startedAt, role: 'timer', 'aria-live': 'off' }),
      ),
      ...(view.isAgentConnected ? [] : [el('p', { class: 'note warning' }, icon('warning'), away)]),
      rightsOf(context, view),
      identityCard(context, view.card),
      el('p', { class: 'note' }, icon('record'), recording),
    ],
    actions: [
      button(say(context, 'stop'), { id: 'stop', kind: 'stop', onclick: () => context.act({ type: 'stop' }) }),
      el(
        'p',
        { class: 'quiet centre' },
        say(context, 'stopHotkey', { hotkey: view.hotkeyLabel }),
        el('br'),
        say(context, 'stopClose'),
      ),
    ],
    announce: view.isAgentConnected ? title : away,
  };
}

/** What is allowed now, each with what can be changed about it. */
function rightsOf(context: StepContext, view: ViewOf<'live'>): HTMLElement {
  const { name } = view.card;
  const rows = [el('li', {}, icon('eye'), el('span', { class: 'right' }, say(context, 'rightLook')))];
  if (view.mode === 'control') {
    rows.push(
      el(
        'li',
        {},
        icon('pointer'),
        el(
          'span',
          { class: 'right' },
          say(context, 'rightAct'),
          el('span', { class: 'choice-text' }, say(context, 'rightActYoursWin')),
        ),
        button(say(context, 'takeBack'), { id: 'narrow', onclick: () => context.act({ type: 'mode', mode: 'view' }) }),
      ),
    );
  }
  const widen =
    view.mode === 'view' && view.modes.includes('control')
      ? button(say(context, 'startControl', { name }), {
          id: 'widen',
          onclick: () => context.act({ type: 'mode', mode: 'control' }),
        })
      : null;
  const title = el('h2', { id: 'rights' }, say(context, 'rights', { name }));
  return el('section', { class: 'rights', 'aria-labelledby': 'rights' }, title, el('ul', {}, ...rows), widen);
}

function drawPaused(context: StepContext, view: ViewOf<'paused'>): DrawnStep {
  const title = say(context, 'pausedTitle');
  const why = CODE_WORDS[context.language].paused[view.reason];
  return {
    heading: heading(title, 'paused'),
    body: [el('p', {}, why), el('p', { class: 'quiet' }, say(context, 'pausedText'))],
    actions: [button(say(context, 'stop'), { id: 'stop', kind: 'stop', onclick: () => context.act({ type: 'stop' }) })],
    announce: `${title}. ${why}`,
  };
}

function drawEnded(context: StepContext, view: ViewOf<'ended'>): DrawnStep {
  const title = say(context, 'endedTitle');
  const why = CODE_WORDS[context.language].ended[view.reason];
  const isAlarm = view.reason === 'match-code-mismatch' || view.reason === 'protocol-violation';
  const reason = isAlarm ? el('p', { class: 'note danger', role: 'alert' }, icon('warning'), why) : el('p', {}, why);
  return {
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
