import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CAPABILITIES, CAPABILITY_NAMES, MODES } from '../../protocol/capabilities.ts';
import { CONSENT_TEXT_VERSION, CONSENT_TEXTS } from '../../protocol/consent-text.ts';
import { TASK_LIMIT_S } from '../../protocol/grant.ts';
import { REACHES } from '../../protocol/scope.ts';
import { consentText, rightText, type ConsentText } from './consent.text.ts';
import type { Language } from './consent.views.ts';
import { purposesOf } from './page/reaches.ts';
import { CODE_WORDS } from './page/words.codes.ts';
import { WORDS } from './page/words.ts';

const SUBJECT = { name: 'N', employeeNumber: 'E', department: 'D', organisation: 'O' };
const LANGUAGES = ['en', 'zh-CN'] as const;

/** Full control is never of a part, and what has no parts is never limited. */
function everyText(language: Language, subject = SUBJECT): ConsentText[] {
  const starts = MODES.flatMap((mode) =>
    REACHES.filter((see) => mode !== 'control' || see === 'all').map((see) =>
      consentText(language, { mode, see }, subject),
    ),
  );
  const rights = CAPABILITY_NAMES.flatMap((capability) =>
    REACHES.filter((reach) => CAPABILITIES[capability].canBeLimited || reach === 'all').flatMap((reach) =>
      purposesOf(capability).map((purpose) => rightText(language, { capability, reach, purpose }, subject)),
    ),
  );
  return [...starts, ...rights];
}

describe('consent texts', () => {
  test('are those of the newest version, and all of them', () => {
    const shown = everyText('en').map(({ id, version }) => `${id} v${version}`);
    const known = Object.keys(CONSENT_TEXTS.get(CONSENT_TEXT_VERSION) ?? {});
    assert.deepEqual(shown.sort(), known.map((id) => `${id}/en v${CONSENT_TEXT_VERSION}`).sort());
  });

  test('every text has a name of its own, and differs between rights, languages and people', () => {
    const texts = LANGUAGES.flatMap((language) =>
      ['Li Wei', 'Chen Jie'].flatMap((name) =>
        everyText(language, { ...SUBJECT, name }).map((text) => ({ ...text, name })),
      ),
    );
    assert.equal(new Set(texts.map(({ id }) => id)).size, texts.length / 2);
    assert.equal(new Set(texts.map(({ sha256 }) => sha256)).size, texts.length);
    for (const { text, name } of texts) {
      assert.ok(text.includes(name));
      assert.doesNotMatch(text, /[{}]/);
    }
  });

  test('the names are those that grants and the audit chain carry', () => {
    assert.equal(consentText('en', { mode: 'limited', see: 'all' }, SUBJECT).id, 'consent/limited/en');
    assert.equal(consentText('zh-CN', { mode: 'view', see: 'limited' }, SUBJECT).id, 'consent/view-part/zh-CN');
    const right = { capability: 'input', reach: 'limited', purpose: 'task' } as const;
    assert.equal(rightText('en', right, SUBJECT).id, 'consent/right/input-limited-task/en');
  });

  test('a right for one task says how long it lasts at most', () => {
    for (const language of LANGUAGES) {
      const { text } = rightText(language, { capability: 'input', reach: 'all', purpose: 'task' }, SUBJECT);
      assert.match(text, new RegExp(`\\b${TASK_LIMIT_S / 60}\\b`));
    }
  });

  test('both languages have a text for everything, with the same blanks to fill', () => {
    const blanks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const [key, text] of Object.entries(WORDS.en)) {
      const chinese = WORDS['zh-CN'][key as keyof typeof WORDS.en];
      assert.ok(text.trim() !== '' && chinese.trim() !== '', key);
      assert.deepEqual(blanks(chinese), blanks(text), key);
    }
    for (const group of ['connecting', 'paused', 'ended', 'failed'] as const)
      assert.deepEqual(Object.keys(CODE_WORDS['zh-CN'][group]), Object.keys(CODE_WORDS.en[group]));
  });
});
