/** A text, or one text for each plural category of the language (Intl.PluralRules), chosen by the placeholder `count`. */
export type Message = string | { readonly one?: string; readonly other: string };

type PlaceholderOf<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | PlaceholderOf<Rest> : never;

/** The names in braces that a message needs. */
export type Placeholder<M> = M extends { other: infer Other } ? PlaceholderOf<Other> | 'count' : PlaceholderOf<M>;

/** Fills `{name}` placeholders; a name without a value stays visible, so that the fault is seen. */
export function fill(text: string, values: Readonly<Record<string, string | number>>, format: (n: number) => string) {
  // Split by a group: the parts at odd places are names.
  return text.split(/\{(\w+)\}/).reduce((filled, part, place) => {
    if (place % 2 === 0) return spaced(filled, part);
    const value = values[part];
    if (value === undefined) return `${filled}{${part}}`;
    return spaced(filled, typeof value === 'number' ? format(value) : value);
  }, '');
}

const HAN = '\\p{Script=Han}';
const AFTER_HAN = new RegExp(`${HAN} ?$`, 'u');
const BEFORE_HAN = new RegExp(`^ ?${HAN}`, 'u');
const OTHER_END = /[\p{Script=Latin}\p{N}] ?$/u;
const OTHER_START = /^ ?[\p{Script=Latin}\p{N}]/u;

/** Joins as Chinese is written: a space between Chinese and Latin letters or digits, none between Chinese and Chinese. */
function spaced(left: string, right: string): string {
  const isChinese = AFTER_HAN.test(left) && BEFORE_HAN.test(right);
  const isMixed = (AFTER_HAN.test(left) && OTHER_START.test(right)) || (OTHER_END.test(left) && BEFORE_HAN.test(right));
  if (!isChinese && !isMixed) return left + right;
  return `${left.replace(/ $/, '')}${isMixed ? ' ' : ''}${right.replace(/^ /, '')}`;
}

/** Chooses the plural form that the language wants for `count`. */
export function choosePlural(message: Message, count: number, language: string): string {
  if (typeof message === 'string') return message;
  const form = new Intl.PluralRules(language).select(count);
  return form === 'one' && message.one !== undefined ? message.one : message.other;
}
