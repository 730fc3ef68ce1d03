import type { Language } from '../../../protocol/api/shared.ts';
import { en, type MessageKey } from './en.ts';
import { zhCN } from './zh-CN.ts';
import { choosePlural, fill, type Message, type Placeholder } from './message.ts';
import * as format from './format.ts';

const CATALOGUES: Record<Language, Record<MessageKey, Message>> = { en, 'zh-CN': zhCN };
const STORAGE_KEY = 'handrail.language';

export const LANGUAGES: readonly { code: Language; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'zh-CN', name: '简体中文' },
];

type Arguments<K extends MessageKey> = [Placeholder<(typeof en)[K]>] extends [never]
  ? []
  : [values: Record<Placeholder<(typeof en)[K]>, string | number>];

/** The language somebody chose here before, else the browser's. */
function startLanguage(): Language {
  const stored = localStorage.getItem(STORAGE_KEY);
  if (stored === 'en' || stored === 'zh-CN') return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

class I18n {
  language = $state<Language>(startLanguage());

  constructor() {
    document.documentElement.lang = this.language;
  }

  choose(language: Language): void {
    this.language = language;
    localStorage.setItem(STORAGE_KEY, language);
    document.documentElement.lang = language;
  }
}

export const i18n = new I18n();

/** The words for `key` in the user's language. Placeholders are checked by type; numbers are written by Intl. */
export function t<K extends MessageKey>(key: K, ...[values]: Arguments<K>): string {
  const all: Record<string, string | number> = { ...values };
  const count = typeof all['count'] === 'number' ? all['count'] : 0;
  const chosen = choosePlural(CATALOGUES[i18n.language][key], count, i18n.language);
  return fill(chosen, all, formatNumber);
}

/** A text that an administrator wrote in both languages; an empty one falls back to the other. */
export function inLanguage(texts: Readonly<Record<Language, string>>): string {
  return texts[i18n.language] || texts.en || texts['zh-CN'];
}

export const formatNumber = (n: number): string => format.number(n, i18n.language);
export const formatBytes = (bytes: number): string => format.bytes(bytes, i18n.language);
export const formatDateTime = (ms: number): string => format.dateTime(ms, i18n.language);
export const formatExact = (ms: number): string => format.exact(ms, i18n.language);
export const formatTime = (ms: number): string => format.time(ms, i18n.language);
export const formatDay = (ms: number): string => format.day(ms, i18n.language);
export const formatRelative = (ms: number, now: number): string => format.relative(ms, now, i18n.language);
export const formatDuration = (durationMs: number): string => format.duration(durationMs, i18n.language);
export const formatList = (words: readonly string[]): string => format.list(words, i18n.language);
