/** The sentences a person agrees to, exactly as shown above the button and as hashed for the audit chain. */
import type { Capability, Mode } from '../../../protocol/capabilities.ts';
import type { Purpose } from '../../../protocol/grant.ts';
import type { Reach } from '../../../protocol/scope.ts';
import type { ConsentCard, Language } from '../consent.views.ts';
import { WORDS, fill, type WordKey } from './words.ts';

export type ConsentSubject = Pick<ConsentCard, 'name' | 'employeeNumber' | 'department' | 'organisation'>;

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

const INPUT = {
  view: 'consentNoInput',
  limited: 'consentInputPart',
  control: 'consentInput',
} as const satisfies Record<Mode, WordKey>;
/** Files cannot be limited. */
const RIGHT = {
  view: { all: 'grantView', limited: 'grantViewPart' },
  input: { all: 'grantInput', limited: 'grantInputPart' },
  files: { all: 'grantFiles', limited: 'grantFiles' },
} as const satisfies Record<Capability, Record<Reach, WordKey>>;
const PURPOSE = { task: 'grantTask', session: 'grantSession' } as const satisfies Record<Purpose, WordKey>;

export function consentSentences(language: Language, { mode, see }: ConsentChoice, subject: ConsentSubject): string[] {
  const who = see === 'all' ? 'consentWho' : 'consentWhoPart';
  return sentences(language, [who, INPUT[mode], 'consentStop'], subject);
}

/** The last one is the one that depends on the purpose. */
export function rightSentences(
  language: Language,
  { capability, reach, purpose }: RightChoice,
  subject: ConsentSubject,
): string[] {
  return sentences(language, [RIGHT[capability][reach], 'grantTakeBack', PURPOSE[purpose]], subject);
}

function sentences(language: Language, keys: readonly WordKey[], subject: ConsentSubject): string[] {
  const { name, employeeNumber, department, organisation } = subject;
  return keys.map((key) => fill(WORDS[language][key], { name, employeeNumber, department, organisation }));
}

/** Sentences follow each other as the language has it. */
export function joined(language: Language, all: readonly string[]): string {
  return all.join(language === 'en' ? ' ' : '');
}
