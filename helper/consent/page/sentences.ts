/** The sentences a person agrees to, exactly as shown above the button and as hashed for the audit chain. */
import type { Capability, Mode } from '../../../protocol/capabilities.ts';
import { CONSENT_TEXT_VERSION, consentSentencesOf, type ConsentSubject } from '../../../protocol/consent-text.ts';
import type { Purpose } from '../../../protocol/grant.ts';
import type { Reach } from '../../../protocol/scope.ts';
import type { Language } from '../consent.views.ts';

/** What is agreed to at Start, or when it goes on after a pause. What is used is limited in `limited` and nowhere else. */
export interface ConsentChoice {
  mode: Mode;
  see: Reach;
}

/** One right that is given by itself. */
export interface RightChoice {
  capability: Capability;
  reach: Reach;
  purpose: Purpose;
}

export function consentId({ mode, see }: ConsentChoice): string {
  return `consent/${mode}${see === 'all' ? '' : '-part'}`;
}

export function rightId({ capability, reach, purpose }: RightChoice): string {
  return `consent/right/${capability}-${reach}-${purpose}`;
}

export function consentSentences(language: Language, choice: ConsentChoice, subject: ConsentSubject): string[] {
  return newest(language, consentId(choice), subject);
}

/** The last one is the one that depends on the purpose. */
export function rightSentences(language: Language, right: RightChoice, subject: ConsentSubject): string[] {
  return newest(language, rightId(right), subject);
}

/** Without words nothing is agreed to, so that a page without them must not be drawn. */
function newest(language: Language, id: string, subject: ConsentSubject): string[] {
  const sentences = consentSentencesOf({ id, version: CONSENT_TEXT_VERSION, language }, subject);
  if (sentences === undefined) throw new Error(`there is no consent text ${id}`);
  return sentences;
}

/** Sentences follow each other as the language has it. */
export function joined(language: Language, all: readonly string[]): string {
  return all.join(language === 'en' ? ' ' : '');
}
