/** Parts of the screen, rules and times in words. */
import type { Language, ScopeWords } from '../consent.views.ts';
import { say } from './parts.ts';
import { ruleName } from './words.areas.ts';

type In = { language: Language };

const MAX_TITLE = 48;

/** Titles of windows are as long as their programs like. */
export function shortened(title: string, max = MAX_TITLE): string {
  const letters = Array.from(title);
  return letters.length <= max
    ? title
    : `${letters
        .slice(0, max - 1)
        .join('')
        .trimEnd()}…`;
}

export function listed(context: In, parts: readonly string[]): string {
  return new Intl.ListFormat(context.language, { type: 'conjunction' }).format(parts);
}

/** "“Inbox”, all windows of Writer, and one area". */
export function scopeInWords(context: In, scope: ScopeWords, whole = say(context, 'wholeScreen')): string {
  if (scope.reach === 'all') return whole;
  const areas = scope.rectangles;
  const parts = [
    ...scope.windows.map((title) => say(context, 'quoted', { title: shortened(title) })),
    ...scope.applications.map((application) => say(context, 'allOf', { application })),
    ...(areas === 0 ? [] : [say(context, areas === 1 ? 'areaOne' : 'areaMany', { count: String(areas) })]),
  ];
  return parts.length === 0 ? say(context, 'nothing') : listed(context, parts);
}

/** Why a window is hidden whatever is chosen. */
export function hiddenBy(context: In, rule: string): string {
  const name = ruleName(context.language, rule);
  return name === undefined ? say(context, 'hiddenByRule', { rule }) : say(context, 'hiddenBy', { rule: name });
}

/** A rule as a thing that is hidden. */
export function ruleInWords(context: In, rule: string): string {
  return ruleName(context.language, rule) ?? say(context, 'otherRule', { rule });
}

export function timeOfDay(context: In, at: number): string {
  return new Intl.DateTimeFormat(context.language, { hour: 'numeric', minute: '2-digit' }).format(at);
}

/** In whole minutes, rounded up: seconds that run down would hurry. */
export function timeLeft(context: In, ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  if (ms < 60_000) return say(context, 'lessThanMinute');
  if (minutes < 60) return say(context, 'minutesLeft', { minutes: String(minutes) });
  return say(context, 'hoursLeft', { hours: String(Math.floor(minutes / 60)), minutes: String(minutes % 60) });
}

/** `mm:ss`, or `h:mm:ss` from an hour on. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (part: number): string => String(part).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  return `${hours > 0 ? `${hours}:` : ''}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
