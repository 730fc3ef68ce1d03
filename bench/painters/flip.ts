/** A window that changes its colour whenever it is pressed. */
import { flipWindows } from './layout.ts';
import type { FlipSize } from './layout.ts';
import type { PaintedScene } from './painted-scene.ts';
import type { XScreen } from './x-screen.ts';

const colours = [0x1f2a38, 0xe8dcc0];

export function paintFlip(screen: XScreen, size: FlipSize): PaintedScene {
  const { area } = flipWindows[size];
  let presses = 0;
  const window = screen.openWindow(area, colours[0] ?? 0);
  screen.onButtonPress(() => {
    presses += 1;
    screen.fill(window, colours[presses % colours.length] ?? 0, [0, 0, area.width, area.height]);
  });
  return {};
}
