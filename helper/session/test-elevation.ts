/** A session that administrator rights may be asked for in, and what Windows answers. */
import assert from 'node:assert/strict';
import { calm } from '../../protocol/calm.fixture.ts';
import type { ElevationState } from '../platform/platform.ts';
import { live as begun } from './test-begun.ts';
import { grantsOf } from './test-device.ts';

export type Live = Awaited<ReturnType<typeof live>>;
export type Device = Pick<Live, 'consent' | 'relay'>;

export const OFFER = { type: 'allow', capability: 'elevated', scope: 'all' } as const;

/** A session with full control, and what Windows answers when it is asked. */
export async function live(elevation: ElevationState, choice: Parameters<typeof begun>[0] = 'control') {
  const windows = Promise.withResolvers<boolean>();
  const asked: string[] = [];
  const all = await begun(choice, {
    surroundings: { elevation: () => elevation },
    options: {
      restartElevated: () => {
        asked.push(all.phases.at(-1) ?? '');
        return windows.promise;
      },
    },
  });
  const answers = async (isReady: boolean): Promise<void> => {
    windows.resolve(isReady);
    await calm();
  };
  return { ...all, windows, asked, answers };
}

export async function does({ consent }: Device, action: Parameters<Live['consent']['does']>[0]): Promise<void> {
  consent.does(action);
  await calm();
}

export const given = async ({ relay }: Device): Promise<string[]> =>
  (await grantsOf(relay)).map(({ capability }) => capability);

export function paused({ consent }: Device) {
  const view = consent.last();
  assert.ok(view?.step === 'paused');
  return view;
}
