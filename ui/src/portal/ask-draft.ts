import { impact } from '../../../protocol/api/desk.ts';
import { z } from '../../../protocol/zod.ts';

const draft = z.object({
  categoryId: z.string(),
  impact,
  symptom: z.string(),
  tried: z.string(),
  expected: z.string(),
});
export type AskDraft = z.infer<typeof draft>;

const KEY = 'handrail.ask';
const NOTHING: AskDraft = { categoryId: '', impact: 'slowed', symptom: '', tried: '', expected: '' };

/** What somebody has written so far in this tab; anything unreadable counts as nothing. */
export function readDraft(): AskDraft {
  try {
    return draft.parse(JSON.parse(sessionStorage.getItem(KEY) ?? 'null'));
  } catch {
    // Never written, or by another version of this page.
    return { ...NOTHING };
  }
}

export function writeDraft(kept: AskDraft): void {
  sessionStorage.setItem(KEY, JSON.stringify(kept));
}

export function forgetDraft(): void {
  sessionStorage.removeItem(KEY);
}
