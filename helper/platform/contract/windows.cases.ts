/** What only Windows' own tests know how to bring about: a screen that changes its resolution. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CaptureSession } from '../platform.ts';
import { winLibrary } from '../windows/win32.ts';
import { eventually } from './stage.ts';
import type { Stage } from './stage.ts';

/** DEVMODEW: its size, bits a pixel, width, height. */
const MODE = { bytes: 220, size: 68, depth: 168, width: 172, height: 176 } as const;

interface User32 {
  EnumDisplaySettingsW(device: null, index: number, mode: Buffer): number;
  ChangeDisplaySettingsW(mode: Buffer | null, flags: number): number;
}

const user32 = winLibrary<User32>('user32', {
  EnumDisplaySettingsW: 'int EnumDisplaySettingsW(void *device, uint32_t index, void *mode)',
  ChangeDisplaySettingsW: 'int ChangeDisplaySettingsW(void *mode, uint32_t flags)',
});

function setResolution(width: number, height: number): void {
  const mode = Buffer.alloc(MODE.bytes);
  mode.writeUInt16LE(MODE.bytes, MODE.size);
  const isWanted = (): boolean =>
    [mode.readUInt32LE(MODE.depth), mode.readUInt32LE(MODE.width), mode.readUInt32LE(MODE.height)].join() ===
    [32, width, height].join();
  for (let index = 0; !isWanted(); index++) assert.notEqual(user32.EnumDisplaySettingsW(null, index, mode), 0);
  assert.equal(user32.ChangeDisplaySettingsW(mode, 0), 0);
}

export function windowsCases(openStage: () => Promise<Stage>): void {
  describe('a screen of Windows that changes', () => {
    let stage: Stage;
    let session: CaptureSession;

    before(async () => {
      stage = await openStage();
      const [screen] = await stage.capture.screens();
      assert.ok(screen);
      session = await stage.capture.open(screen.id);
    });
    after(async () => {
      session.close();
      await stage.close();
    });

    test('a new resolution is told, the next picture has it, and an old one is empty, not gone', async () => {
      const before = await eventually('a picture', () => session.grab());
      const changes: string[] = [];
      session.onScreenChange((change) => changes.push(change));
      setResolution(800, 600);
      await eventually('the change', () => changes[0]);
      assert.equal(changes[0], 'resized');
      assert.deepEqual(session.screen.bounds, { x: 0, y: 0, width: 800, height: 600 });
      assert.equal(before.pixels.length, 0);
      const picture = await eventually('a picture', () => session.grab());
      assert.deepEqual(
        [picture.width, picture.height, picture.damage],
        [800, 600, [{ x: 0, y: 0, width: 800, height: 600 }]],
      );
      user32.ChangeDisplaySettingsW(null, 0);
      await eventually('the change back', () => changes[1]);
    });

    test('why pictures do not come by duplication is told once somebody waits for changes, and for every size', async () => {
      assert.equal(session.method.why, undefined);
      let told = 0;
      session.onDamage(() => (told += 1));
      const isRefused = async (): Promise<true | undefined> => {
        await session.grab();
        return session.method.why === undefined ? undefined : true;
      };
      await eventually('the refusal', isRefused);
      const method = { name: 'windows-gdi', why: 'ComError: DuplicateOutput: 0x80004001' };
      assert.deepEqual(session.method, method);
      setResolution(800, 600);
      await eventually('the change', () => session.screen.bounds.width === 800 || undefined);
      assert.deepEqual(session.method, method);
      user32.ChangeDisplaySettingsW(null, 0);
      await eventually('the change back', () => session.screen.bounds.width !== 800 || undefined);
    });
  });
}
