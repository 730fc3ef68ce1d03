/** Text that looks like work: log lines of varying length and prose, the same in every run. */

const words = (
  'session relay helper frame sealed consent granted capture window pointer keyboard picture network address certificate ' +
  'request answer waiting connected stopped started reading writing segment record region encoded decoded update display'
).split(' ');

/** A word that depends on nothing but its number; multiplication by a prime spreads neighbours. */
function word(number: number): string {
  return words[(number * 7919 + (number >> 3)) % words.length] ?? '';
}

/** A log line of between a quarter and three quarters of the width. */
export function logLine(number: number, columns: number): string {
  const length = Math.round(columns * (0.25 + 0.5 * (((number * 37) % 23) / 22)));
  const second = String(number % 60).padStart(2, '0');
  let line = `2026-03-14T09:26:${second}.${String((number * 613) % 1000).padStart(3, '0')} ${number} INFO`;
  for (let index = 0; line.length < length; index += 1)
    line += ` ${word(number * 31 + index)}=${(number * 101 + index * 17) % 9973}`;
  return line.slice(0, columns - 1);
}

const prose = Array.from({ length: 400 }, (_, index) => word(index)).join(' ');

/** The letter typed at a position. */
export function proseLetters(index: number): string {
  return prose[index % prose.length] ?? ' ';
}
