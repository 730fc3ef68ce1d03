import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MODES } from '../../protocol/capabilities.ts';
import { CONSENT_TEXT_VERSION, consentText } from './consent.text.ts';
import { CODE_WORDS, WORDS, fill } from './page/words.ts';

const SUBJECT = { name: 'N', employeeNumber: 'E', department: 'D', organisation: 'O' };
const LANGUAGES = ['en', 'zh-CN'] as const;

/** SHA-256 of every consent text about SUBJECT, by version. Add a version; never change one. */
const KNOWN: Record<number, Record<string, string>> = {
  1: {
    'consent/view/en': '4d347ff45ea29cb94fad127e4df7df1f598c082de07398a5b1fa83cd09743407',
    'consent/control/en': '4ff5d9895ecf4a90a684b833ced5469dec2743ebb734fbde3b87bbfa540c8e01',
    'consent/view/zh-CN': 'c03bbdf66c23b3ceeebfb1bf77ce000e31ada550e67952d4d7219d8c8a6083a5',
    'consent/control/zh-CN': 'b120704f63328490950b68c8d63a14d5c44cbb7055ea32d020f0dc8a3fc8370b',
  },
};

describe('consent texts', () => {
  test('a changed consent text needs a new version', () => {
    const now = LANGUAGES.flatMap((language) => MODES.map((mode) => consentText(language, mode, SUBJECT)));
    assert.deepEqual(Object.fromEntries(now.map(({ id, sha256 }) => [id, sha256])), KNOWN[CONSENT_TEXT_VERSION]);
  });

  test('the text names the person, and differs between modes, languages and people', () => {
    const hashes = LANGUAGES.flatMap((language) =>
      MODES.flatMap((mode) =>
        ['Li Wei', 'Chen Jie'].map((name) => {
          const { text, sha256, id } = consentText(language, mode, { ...SUBJECT, name });
          assert.ok(text.includes(name));
          assert.equal(id, `consent/${mode}/${language}`);
          assert.doesNotMatch(text, /[{}]/);
          return sha256;
        }),
      ),
    );
    assert.equal(new Set(hashes).size, hashes.length);
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

  test('a name that looks like a blank stays a name', () => {
    assert.equal(fill('{name} and {other}', { name: '{other}', other: 'x' }), '{other} and x');
  });
});
