/**
 * Whether somebody types a password: programs switch on secure input for that, browsers and terminals too, and then no
 * other program hears the keyboard. It says neither where nor whose. Carbon, CarbonEventsCore.h.
 */
import { macLibrary } from './frameworks.ts';

const carbon = macLibrary<{ IsSecureEventInputEnabled(): number }>('Carbon', {
  IsSecureEventInputEnabled: 'uint8_t IsSecureEventInputEnabled()',
});

export function isSecureInput(): boolean {
  return carbon.IsSecureEventInputEnabled() !== 0;
}
