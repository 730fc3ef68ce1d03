import { createHash } from 'node:crypto';
import { CONSENT_TEXT_VERSION, type ConsentSubject } from '../../protocol/consent-text.ts';
import type { Language } from './consent.views.ts';
import {
  consentId,
  consentSentences,
  rightId,
  rightSentences,
  type ConsentChoice,
  type RightChoice,
} from './page/sentences.ts';

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
  return named(`${consentId(choice)}/${language}`, consentSentences(language, choice, card));
}

/** What the person reads above the button that gives one right, asked for or not. */
export function rightText(language: Language, right: RightChoice, card: ConsentSubject): ConsentText {
  return named(`${rightId(right)}/${language}`, rightSentences(language, right, card));
}

function named(id: string, sentences: readonly string[]): ConsentText {
  const text = sentences.join('\n');
  const sha256 = createHash('sha256').update(text, 'utf8').digest('hex');
  return { id, version: CONSENT_TEXT_VERSION, text, sha256 };
}
