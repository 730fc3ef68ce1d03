import { createHash } from 'node:crypto';
import type { Language } from './consent.views.ts';
import {
  consentSentences,
  rightSentences,
  type ConsentChoice,
  type ConsentSubject,
  type RightChoice,
} from './page/sentences.ts';

/** Counts up whenever a consent sentence changes in any language; a test holds the hashes of each version. */
export const CONSENT_TEXT_VERSION = 2;

export interface ConsentText {
  /** For example `consent/control/zh-CN`. */
  id: string;
  version: number;
  /** The sentences as shown, one a line. */
  text: string;
  /** SHA-256 of `text` in UTF-8, hex. */
  sha256: string;
}

/** What the person reads above the Start button, named and hashed for the audit chain. */
export function consentText(language: Language, choice: ConsentChoice, card: ConsentSubject): ConsentText {
  const seen = choice.see === 'all' ? '' : '-part';
  return named(`consent/${choice.mode}${seen}/${language}`, consentSentences(language, choice, card));
}

/** What the person reads above the button that gives one right, asked for or not. */
export function rightText(language: Language, right: RightChoice, card: ConsentSubject): ConsentText {
  const { capability, reach, purpose } = right;
  const id = `consent/right/${capability}-${reach}-${purpose}/${language}`;
  return named(id, rightSentences(language, right, card));
}

function named(id: string, sentences: readonly string[]): ConsentText {
  const text = sentences.join('\n');
  const sha256 = createHash('sha256').update(text, 'utf8').digest('hex');
  return { id, version: CONSENT_TEXT_VERSION, text, sha256 };
}
