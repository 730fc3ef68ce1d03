/** A text that can be put into a message instead of typing it. */
export interface Suggestion {
  readonly id: string;
  readonly title: string;
  /** As it is inserted. */
  readonly text: string;
  readonly detail?: string;
}

/** What follows a slash at the beginning of a message of one line, or null: nothing is looked for. */
export function slashQuery(draft: string): string | null {
  return /^\/([^\n]*)$/.exec(draft)?.[1] ?? null;
}

/** Those in whose title or text every word occurs; those that begin so first. */
export function matching<S extends Suggestion>(suggestions: readonly S[], query: string): S[] {
  const wanted = query.trim().toLowerCase();
  const words = wanted.split(/\s+/).filter(Boolean);
  const found = suggestions.filter(({ title, text }) => {
    const all = `${title} ${text}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  const begins = ({ title }: S): boolean => title.toLowerCase().startsWith(wanted);
  return [...found.filter(begins), ...found.filter((one) => !begins(one))];
}
