/** Radio buttons and check boxes as cards: the whole card is the target. */
import { el } from './dom.ts';

export interface Choice {
  value: string;
  title: Node | string;
  text?: string | undefined;
  mark?: string | undefined;
  picture?: Element;
}

/** Arrow keys move, Space chooses. */
export function choiceGroup(options: {
  name: string;
  legend: string;
  kind: string;
  chosen: string | undefined;
  choices: readonly Choice[];
  describedBy?: string;
  onChoose: (value: string) => void;
}): HTMLElement {
  const cards = options.choices.map((choice) =>
    card(choice, {
      id: `${options.name}-${choice.value}`,
      type: 'radio',
      name: options.name,
      isChecked: options.chosen === choice.value,
      onchange: () => options.onChoose(choice.value),
    }),
  );
  return el(
    'fieldset',
    { class: `choices ${options.kind}`, 'aria-describedby': options.describedBy },
    el('legend', {}, options.legend),
    el('div', { class: 'choice-list' }, ...cards),
  );
}

export function checkCard(
  choice: Choice,
  options: { id: string; isChecked: boolean; isDisabled?: boolean; onchange: () => void },
): HTMLElement {
  return card(choice, { type: 'checkbox', ...options });
}

interface CardInput {
  id: string;
  type: 'radio' | 'checkbox';
  name?: string;
  isChecked: boolean;
  isDisabled?: boolean;
  onchange: () => void;
}

function card(choice: Choice, { id, type, name, isChecked, isDisabled = false, onchange }: CardInput): HTMLElement {
  const described = choice.text === undefined ? undefined : `${id}-text`;
  const input = el('input', {
    id,
    type,
    name,
    value: choice.value,
    checked: isChecked,
    disabled: isDisabled,
    'aria-describedby': described,
    onchange,
  });
  const head = el(
    'span',
    { class: 'choice-head' },
    el('span', { class: 'choice-title' }, choice.title),
    choice.mark === undefined ? null : el('span', { class: 'choice-mark' }, choice.mark),
  );
  const words = el(
    'span',
    { class: 'choice-words' },
    head,
    choice.text === undefined ? null : el('span', { class: 'choice-text', id: described }, choice.text),
  );
  return el('label', { class: isDisabled ? 'choice fixed' : 'choice' }, input, choice.picture, words);
}
