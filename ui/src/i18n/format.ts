const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function number(n: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(n);
}

/** Decimal units, as file managers and download dialogs show them. */
export function bytes(count: number, language: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  let value = count;
  let step = 0;
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step += 1;
  }
  const unitDisplay = step === 0 ? 'long' : 'short';
  const options = { style: 'unit', unit: units[step] ?? 'byte', unitDisplay } as const;
  return new Intl.NumberFormat(language, { ...options, maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 }).format(
    value,
  );
}

export function dateTime(ms: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(ms);
}

/** To the second and with the zone: for tooltips, proofs and the audit trail. */
export function exact(ms: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' }).format(ms);
}

export function time(ms: number, language: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'short' }).format(ms);
}

export function day(ms: number, language: string): string {
  return new Intl.DateTimeFormat(language, { weekday: 'long', month: 'long', day: 'numeric' }).format(ms);
}

/** "2 minutes ago" up to a day, then the date. Within 45 s it is "now": clocks of page and server may differ. */
export function relative(ms: number, now: number, language: string): string {
  const difference = ms - now;
  const distance = Math.abs(difference);
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  if (distance < 45_000) return words.format(0, 'second');
  if (distance < HOUR_MS) return words.format(Math.round(difference / MINUTE_MS), 'minute');
  if (distance < DAY_MS) return words.format(Math.round(difference / HOUR_MS), 'hour');
  return dateTime(ms, language);
}

/** "4 min", "1 hr 5 min"; below a minute in seconds. */
export function duration(durationMs: number, language: string): string {
  const part = (value: number, unit: 'hour' | 'minute' | 'second') =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(value);
  const total = Math.max(0, Math.floor(durationMs / 1000));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  if (hours > 0) return minutes > 0 ? `${part(hours, 'hour')} ${part(minutes, 'minute')}` : part(hours, 'hour');
  return minutes > 0 ? part(minutes, 'minute') : part(total, 'second');
}

/** A running clock: 4:05, 1:02:09. */
export function stopwatch(durationMs: number): string {
  const total = Math.max(0, Math.floor(durationMs / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  return hours > 0 ? `${String(hours)}:${two(minutes)}:${two(total % 60)}` : `${String(minutes)}:${two(total % 60)}`;
}

export function list(words: readonly string[], language: string): string {
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(words);
}
