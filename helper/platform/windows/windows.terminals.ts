/**
 * Windows tells nobody whether a program in a console reads without echo, so that none is reported: the sharer hides the
 * window or presses the key (docs/platforms.md).
 */
import type { TerminalEcho } from '../platform.ts';

export const unreportedTerminals: TerminalEcho = {
  readsPassword: () => false,
  onChange: () => undefined,
  close: () => undefined,
};
