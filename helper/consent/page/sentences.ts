/** The sentences a person agrees to, exactly as shown above the button and as hashed for the audit chain. */
import type { Mode } from '../../../protocol/capabilities.ts';
import type { ConsentCard, Language } from '../consent.views.ts';
import { WORDS, fill } from './words.ts';

export type ConsentSubject = Pick<ConsentCard, 'name' | 'employeeNumber' | 'department' | 'organisation'>;

export function consentSentences(language: Language, mode: Mode, subject: ConsentSubject): string[] {
  const words = WORDS[language];
  const { name, employeeNumber, department, organisation } = subject;
  const input = mode === 'control' ? words.consentInput : words.consentNoInput;
  return [words.consentWho, input, words.consentStop].map((sentence) =>
    fill(sentence, { name, employeeNumber, department, organisation }),
  );
}
