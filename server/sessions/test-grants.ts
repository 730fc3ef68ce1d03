import { scopeFact, type ScopeFact } from '../../protocol/scope.ts';
import type { NewGrant, SessionEvent } from './session.machine.ts';
import type { TestSessions } from './test-sessions.ts';

export const WHOLE_SCREEN: ScopeFact = { reach: 'all' };
export const TWO_WINDOWS: ScopeFact = scopeFact.parse({
  reach: 'limited',
  windows: 2,
  applications: 1,
  rectangles: 0,
  sha256: 'ab'.repeat(32),
});

/** The event of a right as the device of this session states it. */
export function granting(t: TestSessions, sessionId: string, more: Partial<NewGrant> = {}): SessionEvent {
  const { raw } = t.organisation.database;
  const row = raw
    .prepare<[string], { serial: string }>('SELECT agent_serial AS serial FROM sessions WHERE id = ?')
    .get(sessionId);
  const capability = more.capability ?? 'view';
  const now = t.organisation.clock.now();
  return {
    type: 'granted',
    grant: {
      id: `grant of ${capability}`,
      capability,
      holder: row?.serial ?? '',
      scope: WHOLE_SCREEN,
      purpose: 'session',
      notBefore: now,
      notAfter: now + 7_200_000,
      consentText: `consent/${capability}/en v1 sha256:${'0c'.repeat(32)}`,
      ...more,
    },
  };
}
