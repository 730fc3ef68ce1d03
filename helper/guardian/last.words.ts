/** What the banner says when one of the two processes had to end the session for the other. */
import type { Language } from '../consent/consent.views.ts';
import type { BannerText } from '../platform/platform.ts';
import type { Outcome } from './guardian.machine.ts';

const WORDS: Record<Language, Record<Outcome | 'title' | 'close', string>> = {
  en: {
    title: 'Sharing has ended',
    crashed: 'The helper stopped by itself.',
    hung: 'The helper no longer answered.',
    stopped: 'You stopped it.',
    close: 'Close',
  },
  'zh-CN': {
    title: '共享已结束',
    crashed: '协助程序意外停止。',
    hung: '协助程序没有响应。',
    stopped: '您停止了共享。',
    close: '关闭',
  },
};

export function lastWords(outcome: Outcome, language: Language): BannerText {
  const { title, close, [outcome]: why } = WORDS[language];
  return { who: title, mode: why, time: '', stop: close, tone: 'ended' };
}
