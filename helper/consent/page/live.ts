/** While something is shared: who, what they see, what they do, whether it is recorded, and how to stop. */
import type { Capability } from '../../../protocol/capabilities.ts';
import type { Reach } from '../../../protocol/scope.ts';
import type { ConsentRight } from '../consent.views.ts';
import { el, icon, type IconName } from './dom.ts';
import { drawHideArea, drawHideWindow, drawMore, offersOf, type LiveChoice, type LiveView } from './live.parts.ts';
import { drawAllow } from './live.allow.ts';
import {
  button,
  heading,
  note,
  recordingNote,
  say,
  smallCard,
  stopButton,
  type DrawnStep,
  type StepContext,
} from './parts.ts';
import { elapsed, listed, ruleInWords, scopeInWords, timeLeft, timeOfDay } from './scope.words.ts';
import type { WordKey } from './words.ts';

export function drawLive(context: StepContext, view: LiveView, choice: LiveChoice): DrawnStep {
  switch (choice.part) {
    case 'main':
      return drawMain(context, view, choice);
    case 'hide-window':
      return drawHideWindow(context, view, choice);
    case 'hide-area':
      return drawHideArea(context, view, choice);
    case 'more':
      return drawMore(context, view, choice);
    default:
      return drawAllow(context, view, choice);
  }
}

function drawMain(context: StepContext, view: LiveView, choice: LiveChoice): DrawnStep {
  const { name, organisation } = view.card;
  const title = say(context, titleOf(view), { name });
  const away = say(context, 'liveAway', { name });
  const warning = view.warning === null ? '' : say(context, 'warning', { minutes: String(view.warning) });
  return {
    place: 'live',
    heading: heading(title, view.isHidden ? 'hidden' : view.mode === 'view' ? 'eye' : 'pointer', 'status'),
    body: [
      ...(warning === '' ? [] : [note(warning, { id: 'time-warning', kind: 'warning', icon: 'warning' })]),
      ...(view.isAgentConnected ? [] : [note(away, { id: 'away', kind: 'warning', icon: 'warning' })]),
      times(context, view),
      rights(context, view),
      recordingNote(context, view.recordingNote === 'recorded', organisation),
      smallCard(context, view.card),
      hidden(context, view, choice),
      // What widens comes last.
      ...(offersOf(view).length === 0 ? [] : [moreButton(context, choice)]),
    ],
    actions: [
      el('div', { class: 'pair' }, hideNow(context, view), pauseButton(context)),
      stopButton(context),
      el('p', { class: 'quiet centre' }, say(context, 'stopHotkey', { hotkey: view.hotkeyLabel })),
    ],
    announce: [view.isAgentConnected ? title : away, givenBack(context, view), warning]
      .filter((text) => text !== '')
      .join(' '),
  };
}

function titleOf({ mode, rights, isHidden }: LiveView): WordKey {
  if (isHidden) return 'liveHidden';
  if (mode === 'control') return 'liveControl';
  const isPart = !rights.some((right) => right.capability === 'view' && right.scope.reach === 'all');
  if (mode === 'limited') return isPart ? 'liveLimitedPart' : 'liveLimited';
  return isPart ? 'liveViewPart' : 'liveView';
}

function times(context: StepContext, { startedAt, endsAt }: LiveView): HTMLElement {
  const since = el('time', { id: 'elapsed', role: 'timer', 'aria-live': 'off' }, elapsed(context.now - startedAt));
  const until = { left: timeLeft(context, endsAt - context.now), time: timeOfDay(context, endsAt) };
  return el(
    'p',
    { class: 'since' },
    el('span', {}, say(context, 'liveSince'), ' ', since),
    el('span', { id: 'left', class: 'choice-text' }, say(context, 'liveUntil', until)),
  );
}

const RIGHT_ROWS = {
  view: { title: 'rightLook', icon: 'eye', hasParts: true },
  input: { title: 'rightAct', icon: 'pointer', hasParts: true },
  files: { title: 'rightFiles', icon: 'folder', hasParts: false },
  elevated: { title: 'rightElevated', icon: 'shield', hasParts: false },
} as const satisfies Record<Capability, { title: WordKey; icon: IconName; hasParts: boolean }>;

/** What is allowed now, each with what can be changed about it. */
function rights(context: StepContext, view: LiveView): HTMLElement {
  const held = (Object.keys(RIGHT_ROWS) as Capability[]).map((capability) => ({
    capability,
    grants: view.rights.filter((right) => right.capability === capability),
  }));
  const rows = held
    .filter(({ grants }) => grants.length > 0)
    .map(({ capability, grants }) => rightRow(context, capability, grants));
  const title = el('h2', { id: 'rights' }, say(context, 'rights', { name: view.card.name }));
  const given = givenBack(context, view);
  return el(
    'section',
    { class: 'rights', 'aria-labelledby': 'rights' },
    title,
    el('ul', {}, ...rows),
    given !== '' && el('p', { id: 'given-back', class: 'quiet' }, given),
  );
}

/** What is gone without the person's doing. */
function givenBack(context: StepContext, { card, givenBack: capabilities }: LiveView): string {
  if (capabilities.length === 0) return '';
  const rights = capabilities.map((capability) =>
    say(context, 'quoted', { title: say(context, RIGHT_ROWS[capability].title) }),
  );
  return say(context, 'givenBack', { name: card.name, rights: listed(context, rights) });
}

function moreButton(context: StepContext, choice: LiveChoice): HTMLElement {
  return button(say(context, 'allowMore'), {
    id: 'more',
    onclick: () => {
      choice.part = 'more';
      context.redraw();
    },
  });
}

function rightRow(context: StepContext, capability: Capability, grants: readonly ConsentRight[]): HTMLElement {
  const title = say(context, RIGHT_ROWS[capability].title);
  const isUsing = capability === 'input';
  const lines = grants.flatMap(({ scope, purpose, notAfter }) => [
    ...(RIGHT_ROWS[capability].hasParts
      ? [scopeInWords(context, scope, wholeOf(context, capability, scope.reach))]
      : []),
    ...(purpose === 'task' ? [say(context, 'rightTask', { time: timeOfDay(context, notAfter) })] : []),
  ]);
  return el(
    'li',
    { id: `right-${capability}` },
    icon(RIGHT_ROWS[capability].icon),
    el(
      'span',
      { class: 'right' },
      title,
      ...lines.map((line) => el('span', { class: 'choice-text' }, line)),
      isUsing && el('span', { class: 'choice-text' }, say(context, 'rightActYoursWin')),
    ),
    button(say(context, 'takeBack'), {
      id: `take-back-${capability}`,
      label: say(context, 'takeBackNamed', { right: title }),
      isNarrowing: true,
      onclick: () => context.act({ type: 'take-back', capability }),
    }),
  );
}

function wholeOf(context: StepContext, capability: Capability, reach: Reach): string {
  return say(context, capability === 'input' && reach === 'all' ? 'everywhere' : 'wholeScreen');
}

/** What they do not see now, by rule and by the person's own choice, and ways to hide more. */
function hidden(context: StepContext, view: LiveView, choice: LiveChoice): HTMLElement {
  const { masks, ownMasks, card } = view;
  const byRule = masks.map(({ rule, count }) => {
    const name = ruleInWords(context, rule);
    const text = count > 1 ? say(context, 'maskCount', { rule: name, count: String(count) }) : name;
    return el('li', { id: `mask-${rule}` }, icon('lock'), el('span', { class: 'right rule' }, text));
  });
  const own = ownMasks.map(({ id, label }) =>
    el(
      'li',
      { id: `own-${id}` },
      icon('hidden'),
      el('span', { class: 'right' }, label),
      button(say(context, 'showAgain'), {
        id: `unmask-${id}`,
        label: say(context, 'showAgainNamed', { title: label }),
        isOnce: true,
        onclick: () => context.act({ type: 'unmask', id }),
      }),
    ),
  );
  const rows = [...byRule, ...own];
  const open = (part: 'hide-window' | 'hide-area', word: WordKey): HTMLElement =>
    button(say(context, word), {
      id: part,
      onclick: () => {
        choice.part = part;
        context.redraw();
      },
    });
  return el(
    'section',
    { class: 'rights', 'aria-labelledby': 'hidden' },
    el('h2', { id: 'hidden' }, say(context, 'hiddenNow', { name: card.name })),
    rows.length === 0 ? el('p', { class: 'quiet' }, say(context, 'hiddenNothing')) : el('ul', {}, ...rows),
    el('div', { class: 'even' }, open('hide-window', 'hideWindow'), open('hide-area', 'hideArea')),
  );
}

function hideNow(context: StepContext, { isHidden, hideHotkeyLabel }: LiveView): HTMLElement {
  // Two buttons, so that a second press meant for the first does not show everything again.
  return button(say(context, isHidden ? 'unhideNow' : 'hideNow'), {
    id: isHidden ? 'unhide-now' : 'hide-now',
    kind: 'tall',
    icon: isHidden ? 'eye' : 'hidden',
    small: isHidden ? undefined : hideHotkeyLabel,
    isNarrowing: !isHidden,
    isOnce: isHidden,
    onclick: () => context.act({ type: 'hide-now', isHidden: !isHidden }),
  });
}

function pauseButton(context: StepContext): HTMLElement {
  return button(say(context, 'pause'), {
    id: 'pause',
    kind: 'tall',
    isNarrowing: true,
    onclick: () => context.act({ type: 'pause' }),
  });
}
