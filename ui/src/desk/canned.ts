import { CANNED_PLACEHOLDERS } from '../../../protocol/api/queues.ts';

type Names = Record<(typeof CANNED_PLACEHOLDERS)[number], string>;

/** The text of a canned reply for these two people. What is no placeholder of ours stays as it was written. */
export function fillReply(text: string, names: Names): string {
  return text.replace(/\{(\w+)\}/g, (whole, word: string) => {
    const placeholder = CANNED_PLACEHOLDERS.find((known) => known === word);
    return placeholder === undefined ? whole : names[placeholder];
  });
}
