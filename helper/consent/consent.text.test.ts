import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CAPABILITY_NAMES, MODES } from '../../protocol/capabilities.ts';
import { PURPOSES, TASK_LIMIT_S } from '../../protocol/grant.ts';
import { REACHES } from '../../protocol/scope.ts';
import { CONSENT_TEXT_VERSION, consentText, rightText, type ConsentText } from './consent.text.ts';
import type { Language } from './consent.views.ts';
import { CODE_WORDS } from './page/words.codes.ts';
import { WORDS, fill } from './page/words.ts';

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
  2: {
    'consent/view/en': '4d347ff45ea29cb94fad127e4df7df1f598c082de07398a5b1fa83cd09743407',
    'consent/view-part/en': 'e13bc37674f8a75a7f97b593d251a07b983cf76527ea8965563f3ab004604937',
    'consent/limited/en': '19936ced2f9120955342a0b4ca05ec7726512845cb3fce1c66d6d07d6f733606',
    'consent/limited-part/en': '1a6faca8dd730253f8ce65ebc3c459d68cc3dc017f2463acbb94d5d31ae2a813',
    'consent/control/en': '4ff5d9895ecf4a90a684b833ced5469dec2743ebb734fbde3b87bbfa540c8e01',
    'consent/right/view-all-task/en': 'ce064c3ed660dde281c4c616324692b4e15b9765206e327e3c08db9e5d2d3520',
    'consent/right/view-all-session/en': 'fe4510d472e3e6633c05f4f219b0733ddca80f649325b065fcbef550a20d6775',
    'consent/right/view-limited-task/en': '0c00b24be0eac3c6e7fa99af4678aafb7ab3ebb5232f05c2f03a966b24797b19',
    'consent/right/view-limited-session/en': 'b972926adf2d04c34dc85f6dc629cf6b77a156e14ed5a54dc20bd97cde39ad83',
    'consent/right/input-all-task/en': 'a9fa0eff5036615dd7db25d2bba53a0ccdf760bf01f3746457513f27ee73b417',
    'consent/right/input-all-session/en': 'f58d08950a39aaa873c8f48dfd76b940c13326bbbf1c9a7257134d3b99ec591b',
    'consent/right/input-limited-task/en': '6e1d94666e1d7e666006d9fcababeb5237a08e250393423c91982a6fef250463',
    'consent/right/input-limited-session/en': '304efc5bc0d9b4718b6cf23fc958c72e45fb3657f180eaa3d0cba1fc52769bb5',
    'consent/right/files-all-task/en': 'c7ee58bdd185dc6fb65b5fdc024a09cf96998bd576cbab5628f0da1529f59470',
    'consent/right/files-all-session/en': '3f18ed86040a9e51d0be841d6769856fef45065e38d5033974037eed50af604f',
    'consent/view/zh-CN': 'c03bbdf66c23b3ceeebfb1bf77ce000e31ada550e67952d4d7219d8c8a6083a5',
    'consent/view-part/zh-CN': '5fd02364e38d1d6f6ab27e9ed67dbe9c56cbe61ddfbf598bcd62b28c341215f3',
    'consent/limited/zh-CN': 'fa69e611005ae13ec590515a287fe952977bcae0b95b7715f3f93a7cb1a77269',
    'consent/limited-part/zh-CN': 'a9b870e14d71a5a1b92e868f9e060e85afd0eed709d9b361c0331b924bee3f65',
    'consent/control/zh-CN': 'b120704f63328490950b68c8d63a14d5c44cbb7055ea32d020f0dc8a3fc8370b',
    'consent/right/view-all-task/zh-CN': 'ac44fd4512583d306a46acc7fb83045f54ec3d5f71e5ccd83192770eb0174ba9',
    'consent/right/view-all-session/zh-CN': 'a62889df8f6c1331d93e7384611b4c83e0c73ee6094635f579970e62ba92f14a',
    'consent/right/view-limited-task/zh-CN': '4d2a6ae18ea63d095a88093ef42d686a137181752b703bd08fd5d5c17d986cc0',
    'consent/right/view-limited-session/zh-CN': '01b3b978efc1dcaa6ccbca1a4ae0471a2a7b98eabccbb789fb33d18d22c38c84',
    'consent/right/input-all-task/zh-CN': '05eb7b580b69e2ff5e8bae8cf4626a7845d05d92bdeaae61ab053c13d3793083',
    'consent/right/input-all-session/zh-CN': '3ae120b6252880b9b12fad0463c0a4d9b6ed7e5b381e2b53a66db9b698a2ff69',
    'consent/right/input-limited-task/zh-CN': 'cc8484b028784ee1f792a7e341dcd28ae4dbb53d6d9651d019a8c33a9e3cbf1a',
    'consent/right/input-limited-session/zh-CN': '10b6b9fb310bd08de529fb15a5151fb0dddcb834cf73f8e078a30308f2f75f4b',
    'consent/right/files-all-task/zh-CN': 'cab58bfa1d88fa4684c6c796c18c1f1db769ee7fd75de1c868ebbd198a3dbf0a',
    'consent/right/files-all-session/zh-CN': '0c63f86bf85a8134efad2c29531a94790859afbd9b38f4335e24370c348dc184',
  },
};

/** Full control is never of a part, and files are never limited. */
function everyText(language: Language, subject = SUBJECT): ConsentText[] {
  const starts = MODES.flatMap((mode) =>
    REACHES.filter((see) => mode !== 'control' || see === 'all').map((see) =>
      consentText(language, { mode, see }, subject),
    ),
  );
  const rights = CAPABILITY_NAMES.flatMap((capability) =>
    REACHES.filter((reach) => capability !== 'files' || reach === 'all').flatMap((reach) =>
      PURPOSES.map((purpose) => rightText(language, { capability, reach, purpose }, subject)),
    ),
  );
  return [...starts, ...rights];
}

describe('consent texts', () => {
  test('a changed consent text needs a new version', () => {
    const now = LANGUAGES.flatMap((language) => everyText(language));
    assert.deepEqual(Object.fromEntries(now.map(({ id, sha256 }) => [id, sha256])), KNOWN[CONSENT_TEXT_VERSION]);
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

  test('a name that looks like a blank stays a name', () => {
    assert.equal(fill('{name} and {other}', { name: '{other}', other: 'x' }), '{other} and x');
  });
});
