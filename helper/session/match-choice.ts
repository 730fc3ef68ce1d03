/** The three codes that the sharer chooses from: the right one and two that could not be mistaken for it. */
import { formatMatchCode } from '../../protocol/handshake.ts';

/** `random(n)` gives an integer from 0 to n-1, unpredictable to anybody. */
export function matchChoices(right: string, random: (below: number) => number): string[] {
  const choices = [right];
  while (choices.length < 3) {
    const other = formatMatchCode(BigInt(random(10_000_000)));
    if (choices.every((choice) => differsEnough(choice, other))) choices.push(other);
  }
  for (let at = choices.length - 1; at > 0; at--) {
    const swap = random(at + 1);
    const [a, b] = [choices[at] ?? '', choices[swap] ?? ''];
    choices[at] = b;
    choices[swap] = a;
  }
  return choices;
}

/** At least four digits differ in their place, so that a code half heard is not taken for another. */
function differsEnough(a: string, b: string): boolean {
  return [...a].filter((digit, at) => digit !== b[at]).length >= 4;
}
