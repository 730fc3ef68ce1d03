/** Surfaces of the thread of the windows, see thread.surfaces.ts. */
import type { SurfaceHost } from '../surfaces/surface.host.ts';
import { listScreens, virtualDesktop } from './windows.screens.ts';
import { gdiText, systemScale } from './windows.text.ts';
import type { WindowThread } from './windows.thread.ts';

export function windowsSurfaces(thread: WindowThread): SurfaceHost {
  return {
    nextId: () => thread.nextId(),
    put: (surface) => thread.ask({ type: 'put', surface }),
    takeAway: (id) => thread.ask({ type: 'take-away', id }),
    onNews: (listener) =>
      thread.onNews((news) => {
        if (news.type === 'pressed' || news.type === 'dragged' || news.type === 'screens') listener(news);
      }),
    screens: listScreens,
    desktop: virtualDesktop,
    scale: systemScale,
    text: gdiText,
  };
}
