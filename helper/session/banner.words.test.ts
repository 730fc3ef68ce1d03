import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MODES } from '../../protocol/capabilities.ts';
import { PAUSE_REASONS } from '../../protocol/lifecycle.ts';
import { BannerWords, bannerText, type BannerPhase } from './banner.words.ts';

const CARD = { name: 'Li Wei', employeeNumber: 'E1024' };
const MINUTE = 60_000;
const LIVE = {
  name: 'live',
  mode: 'view',
  card: CARD,
  startedAt: 0,
  endsAt: 120 * MINUTE,
  attention: null,
} as const satisfies BannerPhase;
const LANGUAGES = ['en', 'zh-CN'] as const;

describe('the words of the banner', () => {
  test('it says who it is, what they may do and for how long, differently for each mode', () => {
    for (const language of LANGUAGES) {
      const texts = MODES.map((mode) => bannerText({ ...LIVE, mode }, { language, now: 72_000 }));
      assert.deepEqual(
        new Set(texts.map(({ who, time, tone }) => `${who} ${time} ${tone}`)),
        new Set(['Li Wei · E1024 1:12 live']),
      );
      assert.equal(new Set(texts.map(({ mode }) => mode)).size, 3);
    }
    assert.equal(bannerText({ ...LIVE, mode: 'limited' }, { language: 'zh-CN', now: 0 }).mode, '可以查看并操作一部分');
  });

  test('what matters most now stands in the place of the mode', () => {
    for (const language of LANGUAGES) {
      const attentions = [null, 'question', 'hidden', 'password'] as const;
      const modes = attentions.map((attention) => bannerText({ ...LIVE, attention }, { language, now: 0 }).mode);
      assert.equal(new Set(modes).size, attentions.length, modes.join());
    }
    const said = (attention: 'question' | 'password'): string =>
      bannerText({ ...LIVE, attention }, { language: 'en', now: 0 }).mode;
    assert.match(said('question'), /waiting for your answer/);
    assert.match(said('password'), /password: hidden/);
  });

  test('in the last ten minutes it says how many are left, rounded up', () => {
    const time = (now: number, language: 'en' | 'zh-CN' = 'en'): string => bannerText(LIVE, { language, now }).time;
    assert.equal(time(109 * MINUTE + 59_000), '1:49:59');
    assert.equal(time(110 * MINUTE), '10 min left');
    assert.equal(time(118 * MINUTE + 1), '2 min left');
    assert.equal(time(119 * MINUTE + 59_000, 'zh-CN'), '还剩 1 分钟');
    assert.equal(time(121 * MINUTE), '0 min left');
    assert.equal(bannerText({ ...LIVE, attention: 'time' }, { language: 'en', now: 100 * MINUTE }).time, '20 min left');
  });

  test('a pause says why, and Stop stays', () => {
    for (const language of LANGUAGES) {
      const texts = PAUSE_REASONS.map((reason) =>
        bannerText({ name: 'paused', card: CARD, reason }, { language, now: 0 }),
      );
      assert.equal(new Set(texts.map(({ mode }) => mode)).size, PAUSE_REASONS.length);
      for (const { tone, stop, time } of texts) {
        assert.equal(tone, 'paused');
        assert.equal(time, '');
        assert.notEqual(stop, '');
      }
    }
  });

  test('it is there from the first pause of a session that another process began, and not before anything is shared', () => {
    const shown: (string | undefined)[] = [];
    const nothing = (): void => undefined;
    const open = (): BannerWords =>
      new BannerWords(
        {
          showBanner: ({ tone }) => shown.push(tone),
          hideBanner: () => shown.push(undefined),
          bannerBounds: () => undefined,
          onStop: nothing,
          close: nothing,
        },
        { language: 'en', now: () => 0 },
      );
    open().show({ name: 'paused', card: CARD, reason: 'restarting' });
    const declined = open();
    declined.show({ name: 'asking' });
    declined.show({ name: 'ended', reason: 'sharer-declined' });
    assert.deepEqual(shown, ['paused', undefined, undefined]);
  });

  test('nothing is longer than the pill has room for', () => {
    for (const language of LANGUAGES) {
      const phases: Parameters<typeof bannerText>[0][] = [
        ...MODES.map((mode) => ({ ...LIVE, mode })),
        ...(['question', 'hidden', 'password'] as const).map((attention) => ({ ...LIVE, attention })),
        ...PAUSE_REASONS.map((reason) => ({ name: 'paused', card: CARD, reason }) as const),
      ];
      for (const phase of phases) {
        const { mode } = bannerText(phase, { language, now: 0 });
        // 260 pixels at 15 pixels a Chinese letter, and about half of that a Latin one.
        const width = Array.from(mode).reduce((sum, letter) => sum + (letter > '\u2e80' ? 15 : 7.8), 0);
        assert.ok(width <= 260, `${mode} ${width}`);
      }
    }
  });
});
