import { createHash } from 'node:crypto';
import type { Mode } from '../../protocol/capabilities.ts';
import type { Language } from './consent.views.ts';
import { consentSentences, type ConsentSubject } from './page/sentences.ts';

/** Counts up whenever a consent sentence changes in any language; a test holds the hashes of each version. */
export const CONSENT_TEXT_VERSION = 1;

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
export function consentText(language: Language, mode: Mode, card: ConsentSubject): ConsentText {
  const text = consentSentences(language, mode, card).join('\n');
  return {
    id: `consent/${mode}/${language}`,
    version: CONSENT_TEXT_VERSION,
    text,
    sha256: createHash('sha256').update(text, 'utf8').digest('hex'),
  };
}
