/** Pieces that several steps share. */
import type { Capability } from '../../../protocol/capabilities.ts';
import { fill } from '../../../protocol/consent-text.ts';
import type { Reach } from '../../../protocol/scope.ts';
import type { ElevationState } from '../../platform/platform.ts';
import type { ConsentAction, ConsentCard, Language } from '../consent.views.ts';
import { el, icon, type IconName } from './dom.ts';
import { WORDS, type WordKey } from './words.ts';

/** What a step needs to draw itself. */
export interface StepContext {
  language: Language;
  /** Milliseconds since 1970. */
  now: number;
  /** An answer that is given once is on its way. */
  isBusy: boolean;
  /** Which window came first, so that a list does not move while it is read. */
  firstSeen: ReadonlyMap<string, number>;
  /** Sends an answer; from then on the step shows that it is busy. */
  act: (action: ConsentAction) => void;
  /** Draws again after a local choice; with an id that is where the focus goes. */
  redraw: (focusId?: string) => void;
  /** Said to those who do not see what just changed. */
  announce: (text: string) => void;
}

/** `heading` is where the eye and the focus go; `announce` is said when only this changed. */
export interface DrawnStep {
  /** The same while it is the same question: then only what changed is drawn, and the focus stays. */
  place: string;
  heading: HTMLElement;
  body: HTMLElement[];
  actions: HTMLElement[];
  announce: string;
  /** Said at once and only once for each key. */
  alarm?: { key: string; text: string };
}

export function say(context: { language: Language }, key: WordKey, values?: Readonly<Record<string, string>>): string {
  return fill(WORDS[context.language][key], values);
}

export function heading(text: string, name?: IconName, kind?: 'status'): HTMLElement {
  return el(
    'h1',
    { id: 'heading', class: kind, tabindex: -1 },
    name === undefined ? null : icon(name),
    el('span', {}, text),
  );
}

export interface ButtonOptions {
  id: string;
  kind?: string;
  icon?: IconName;
  /** A second, smaller line. */
  small?: string | undefined;
  /** Name for those who do not see what stands around it. */
  label?: string;
  describedBy?: string | undefined;
  /** Narrows, so it works while an answer is on its way. */
  isNarrowing?: boolean;
  /** While something is shared: waits for the answer that is on its way, as all others do not. */
  isOnce?: boolean;
  onclick: () => void;
}

export function button(text: string, options: ButtonOptions): HTMLElement {
  const { id, kind = 'plain', small, describedBy, label, isNarrowing = false, isOnce = false, onclick } = options;
  const attributes = {
    id,
    type: 'button',
    class: `button ${kind}`,
    'aria-describedby': describedBy,
    'aria-label': label,
    'data-narrowing': isNarrowing,
    'data-once': isOnce,
    onclick: (event: Event) => {
      const isWaiting = (event.currentTarget as Element).getAttribute('aria-disabled') === 'true';
      if (!isWaiting) onclick();
    },
    onkeydown: ignoreRepeat,
  };
  const words = el('span', { class: 'button-words' }, text, small !== undefined && el('small', {}, small));
  return el('button', attributes, options.icon === undefined ? null : icon(options.icon), words);
}

/** Always on display while something is shared, and never asked twice. */
export function stopButton(context: StepContext, kind = 'stop'): HTMLElement {
  const onclick = (): void => context.act({ type: 'stop' });
  return button(say(context, 'stop'), { id: 'stop', kind, icon: 'stop', isNarrowing: true, onclick });
}

/** A key that is still down from something else presses nothing here. */
function ignoreRepeat(event: KeyboardEvent): void {
  if (event.repeat && (event.key === 'Enter' || event.key === ' ')) event.preventDefault();
}

export function note(
  text: string,
  options: { kind?: string; icon: IconName; id?: string; isAlert?: boolean },
): HTMLElement {
  const { kind = '', id, isAlert = false } = options;
  const attributes = { id, class: `note ${kind}`.trim(), role: isAlert ? 'alert' : undefined };
  return el('p', attributes, icon(options.icon), el('span', {}, text));
}

export function recordingNote(context: StepContext, isRecorded: boolean, organisation: string): HTMLElement {
  return note(isRecorded ? say(context, 'recorded', { organisation }) : say(context, 'notRecorded'), {
    icon: 'record',
  });
}

/** Photo, name, number, department and who vouches for them. */
export function identityCard(context: StepContext, card: ConsentCard): HTMLElement {
  return el(
    'section',
    { class: 'card', 'aria-label': card.name },
    portrait(context, card),
    el(
      'div',
      { class: 'card-facts' },
      el('strong', { class: 'card-name' }, card.name),
      el('span', { class: 'card-line' }, `${card.employeeNumber} · ${card.department}`),
      vouched(say(context, 'verified', { organisation: card.organisation })),
    ),
  );
}

/** The same for those who have seen it before. */
export function smallCard(context: StepContext, card: ConsentCard): HTMLElement {
  return el(
    'section',
    { class: 'card small', 'aria-label': card.name },
    portrait(context, card),
    el(
      'div',
      { class: 'card-facts' },
      el('span', {}, el('strong', {}, card.name), ` · ${card.employeeNumber}`),
      vouched(say(context, 'verifiedShort')),
    ),
  );
}

function portrait(context: StepContext, card: ConsentCard): HTMLElement {
  return card.photo === null
    ? el('span', { class: 'photo initials', 'aria-hidden': 'true' }, initialsOf(card.name))
    : el('img', { class: 'photo', src: card.photo, alt: say(context, 'photoOf', { name: card.name }) });
}

function vouched(text: string): HTMLElement {
  return el('span', { class: 'card-verified' }, icon('verified'), text);
}

/** First letters of two words, or the last two characters of a name without spaces ("王小明" → "小明"). */
function initialsOf(name: string): string {
  const parts = name.trim().split(/\s+/);
  if (parts.length > 1)
    return parts
      .slice(0, 2)
      .map((part) => Array.from(part)[0] ?? '')
      .join('');
  const letters = Array.from(parts[0] ?? '');
  return letters.some((letter) => letter > '\u2e80') ? letters.slice(-2).join('') : (letters[0] ?? '');
}

/** The agent's words, marked as theirs. */
export function reasonOf(caption: string, reason: string): HTMLElement {
  return el('figure', { class: 'reason' }, el('figcaption', {}, caption), el('blockquote', {}, reason));
}

/** Why there is no whole screen to choose, where that is so. */
export function partOnly(context: StepContext, capability: Capability, reaches: readonly Reach[]): HTMLElement[] {
  if (capability === 'files' || reaches.includes('all') || reaches.length === 0) return [];
  const word = capability === 'view' ? 'partOnlyView' : 'partOnlyInput';
  return [el('p', { id: `part-only-${capability}`, class: 'quiet' }, say(context, word))];
}

/** What comes of a yes where Windows has the last word. */
export function elevationNote(context: StepContext, capability: Capability, elevation: ElevationState): HTMLElement[] {
  if (capability !== 'elevated' || elevation !== 'possible') return [];
  return [note(say(context, 'elevatedHow'), { id: 'elevated-how', icon: 'shield' })];
}

/** Sentences that are agreed to by the button which they describe. */
export function agreement(id: string, text: string): HTMLElement {
  return el('p', { id, class: 'consent' }, text);
}
