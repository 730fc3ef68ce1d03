/** Which answers narrow and when a question is still the same one: the page and its server go by the same rules. */
import type { ConsentAction, ConsentView } from '../consent.views.ts';

/** What makes less be shared, or nothing, counts at any time, however often; what widens is answered once. */
const NARROWING = new Set<ConsentAction['type']>([
  'stop',
  'pause',
  'take-back',
  'hide-now',
  'mask-window',
  'mask-rectangle',
  'open-settings',
]);

export function isNarrowing(action: ConsentAction): boolean {
  if (action.type === 'hide-now') return action.isHidden;
  if (action.type === 'answer') return action.answer === 'decline';
  return NARROWING.has(action.type);
}

/** Whether a second view asks the same question as the first, so that an answer given to one holds for both. */
export function isSameQuestion(a: ConsentView, b: ConsentView): boolean {
  if (a.step === 'ask' && b.step === 'ask') return a.codes.join() === b.codes.join();
  if (a.step === 'question' && b.step === 'question') return a.question.id === b.question.id;
  // The offer to go on can come, be withdrawn and come again within one pause.
  if (a.step === 'paused' && b.step === 'paused') return (a.resume === null) === (b.resume === null);
  return a.step === b.step;
}
