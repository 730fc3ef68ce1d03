/** The words on the frames around what is hidden, on the sharer's own screen. */
import type { HiddenWhy } from '../../protocol/stream.ts';
import type { Language } from '../consent/consent.views.ts';
import type { Rect } from '../platform/platform.ts';
import type { Covered } from './screen.survey.ts';

const WORDS: Record<Language, Record<Exclude<HiddenWhy, 'not-shared' | 'consent' | 'banner'>, string>> = {
  en: {
    password: 'Hidden: password',
    application: 'Hidden by rule',
    files: 'Hidden: files',
    elevation: 'Hidden: password',
    sharer: 'Hidden by you',
    'hide-now': 'Everything is hidden',
  },
  'zh-CN': {
    password: '已遮挡：密码',
    application: '已按规则遮挡',
    files: '已遮挡：文件',
    elevation: '已遮挡：密码',
    sharer: '已由您遮挡',
    'hide-now': '已全部遮挡',
  },
};

/** The helper's own window and banner speak for themselves, and what is not shared is most of the screen. */
export function outlinesOf(covered: readonly Covered[], language: Language): { rect: Rect; label: string }[] {
  return covered.flatMap(({ rect, why }) =>
    why === 'consent' || why === 'banner' || why === 'not-shared' ? [] : [{ rect, label: WORDS[language][why] }],
  );
}
