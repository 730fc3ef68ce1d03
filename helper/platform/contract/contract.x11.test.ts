import { describe } from 'node:test';
import { missing } from '../linux/xvfb.testing.ts';
import { platformContract } from './contract.ts';
import { openX11Stage } from './x11.stage.ts';

describe('X11', { skip: missing('Xvfb', 'Xephyr', 'xterm') }, () => {
  platformContract('X11', openX11Stage);
});
