/** Pieces that several steps share. */
import type { ConsentAction, ConsentCard, Language } from '../consent.views.ts';
import { el, icon, type IconName } from './dom.ts';
import { WORDS, fill, type WordKey } from './words.ts';

/** What a step needs to draw itself. */
export interface StepContext {
  language: Language;
  /** Sends an answer; from then on the step shows that it is busy. */
  act: (action: ConsentAction) => void;
  /** Draws again after a local choice. */
  redraw: () => void;
}

/** `heading` is where the eye and the focus go; `announce` is said when only this changed. */
export interface DrawnStep {
  heading: HTMLElement;
  body: HTMLElement[];
  actions: HTMLElement[];
  announce: string;
}

export function say(context: StepContext, key: WordKey, values?: Readonly<Record<string, string>>): string {
  return fill(WORDS[context.language][key], values);
}

export function heading(text: string, name?: IconName): HTMLElement {
  return el('h1', { id: 'heading', tabindex: -1 }, name === undefined ? null : icon(name), el('span', {}, text));
}

export function button(
  text: string,
  options: { id: string; kind?: string; describedBy?: string; onclick: () => void },
): HTMLElement {
  const { id, kind = 'plain', describedBy, onclick } = options;
  const attributes = { id, type: 'button', class: `button ${kind}`, 'aria-describedby': describedBy, onclick };
  return el('button', attributes, kind === 'stop' ? icon('stop') : null, text);
}

/** Photo, name, number, department and who vouches for them. */
export function identityCard(context: StepContext, card: ConsentCard): HTMLElement {
  const photo =
    card.photo === null
      ? el('span', { class: 'photo initials', 'aria-hidden': 'true' }, initialsOf(card.name))
      : el('img', { class: 'photo', src: card.photo, alt: say(context, 'photoOf', { name: card.name }) });
  return el(
    'section',
    { class: 'card', 'aria-label': card.name },
    photo,
    el(
      'div',
      { class: 'card-facts' },
      el('strong', { class: 'card-name' }, card.name),
      el('span', { class: 'card-line' }, `${card.employeeNumber} · ${card.department}`),
      el(
        'span',
        { class: 'card-verified' },
        icon('verified'),
        say(context, 'verified', { organisation: card.organisation }),
      ),
    ),
  );
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
export function reasonOf(context: StepContext, reason: string): HTMLElement {
  return el('figure', { class: 'reason' }, el('figcaption', {}, say(context, 'reason')), el('blockquote', {}, reason));
}

export interface Choice {
  value: string;
  title: Node | string;
  text?: string;
  mark?: string | undefined;
  picture?: HTMLElement;
}

/** Radio buttons as cards: arrow keys move, Space chooses, the whole card is the target. */
export function choiceGroup(options: {
  name: string;
  legend: string;
  kind: string;
  chosen: string | undefined;
  choices: readonly Choice[];
  describedBy?: string;
  onChoose: (value: string) => void;
}): HTMLElement {
  const cards = options.choices.map((choice) => {
    const id = `${options.name}-${choice.value}`;
    const described = choice.text === undefined ? undefined : `${id}-text`;
    return el(
      'label',
      { class: 'choice' },
      el('input', {
        id,
        type: 'radio',
        name: options.name,
        value: choice.value,
        checked: options.chosen === choice.value,
        'aria-describedby': described,
        onchange: () => options.onChoose(choice.value),
      }),
      choice.picture,
      el(
        'span',
        { class: 'choice-words' },
        el(
          'span',
          { class: 'choice-head' },
          el('span', { class: 'choice-title' }, choice.title),
          choice.mark === undefined ? null : el('span', { class: 'choice-mark' }, choice.mark),
        ),
        choice.text === undefined ? null : el('span', { class: 'choice-text', id: described }, choice.text),
      ),
    );
  });
  return el(
    'fieldset',
    { class: `choices ${options.kind}`, 'aria-describedby': options.describedBy },
    el('legend', {}, options.legend),
    el('div', { class: 'choice-list' }, ...cards),
  );
}
