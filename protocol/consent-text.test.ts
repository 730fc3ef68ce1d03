import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { CONSENT_TEXTS, CONSENT_TEXT_VERSION, consentSentencesOf, fill, readConsentTextName } from './consent-text.ts';

const SUBJECT = { name: 'N', employeeNumber: 'E', department: 'D', organisation: 'O' };
const LANGUAGES = ['en', 'zh-CN'] as const;

const SECOND = {
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
};

/** SHA-256 of every consent text about SUBJECT, by version. Add a version; never change one. */
const KNOWN: Record<number, Record<string, string>> = {
  1: {
    'consent/view/en': '4d347ff45ea29cb94fad127e4df7df1f598c082de07398a5b1fa83cd09743407',
    'consent/control/en': '4ff5d9895ecf4a90a684b833ced5469dec2743ebb734fbde3b87bbfa540c8e01',
    'consent/view/zh-CN': 'c03bbdf66c23b3ceeebfb1bf77ce000e31ada550e67952d4d7219d8c8a6083a5',
    'consent/control/zh-CN': 'b120704f63328490950b68c8d63a14d5c44cbb7055ea32d020f0dc8a3fc8370b',
  },
  2: SECOND,
  3: {
    ...SECOND,
    'consent/right/elevated-all-session/en': 'd4f5ddcc184ed62eb50db8a373e3cdbd70f30a0cbc4788f5ebc5c03a9e71c738',
    'consent/right/elevated-all-session/zh-CN': '79409c1d4a192274d20c44f04d0a60e88e79b1328be664616cc7a470534e6507',
  },
};

describe('the archive of consent texts', () => {
  test('has every version with the words that it had: a changed text needs a new one', () => {
    const archived: Record<number, Record<string, string>> = {};
    for (const [version, texts] of CONSENT_TEXTS) {
      const hashes = LANGUAGES.flatMap((language) =>
        Object.keys(texts).map((id) => {
          const sentences = consentSentencesOf({ id, version, language }, SUBJECT) ?? [];
          return [`${id}/${language}`, createHash('sha256').update(sentences.join('\n'), 'utf8').digest('hex')];
        }),
      );
      archived[version] = Object.fromEntries(hashes) as Record<string, string>; // pairs of strings
    }
    assert.deepEqual(archived, KNOWN);
    assert.equal(Math.max(...CONSENT_TEXTS.keys()), CONSENT_TEXT_VERSION);
  });

  test('has nothing under a name or version that never was', () => {
    for (const [id, version] of [
      ['consent/limited', 1],
      ['consent/view', 4],
      ['consent/right/elevated-all-session', 2],
      ['consent/right/elevated-all-task', 3],
      ['consent/view/en', 2],
      ['constructor', 2],
    ] as const)
      assert.equal(consentSentencesOf({ id, version, language: 'en' }, SUBJECT), undefined);
  });

  test('fills a name that looks like a blank in as it is', () => {
    assert.equal(fill('{name} and {other}', { name: '{other}', other: 'x' }), '{other} and x');
  });
});

const SHA256 = '0c'.repeat(32);

describe('the name of the words that were agreed to', () => {
  test('says which, in which version and language, and their hash', () => {
    assert.deepEqual(readConsentTextName(`consent/control/zh-CN v12 sha256:${SHA256}`), {
      id: 'consent/control/zh-CN',
      version: 12,
      language: 'zh-CN',
      sha256: SHA256,
    });
  });

  for (const stated of [
    '',
    'view 1 en',
    `consent/control v1 sha256:${SHA256}`,
    `consent/control/en v1 sha256:${SHA256.toUpperCase()}`,
    `consent/control/en v1 sha256:${SHA256}0`,
    `consent/control/fr v1 sha256:${SHA256}`,
    ` consent/control/en v1 sha256:${SHA256}`,
  ])
    test(`is not read into “${stated.slice(0, 60)}”`, () => assert.equal(readConsentTextName(stated), undefined));
});
