/** Debian's x11vnc, websockify and noVNC with their defaults: what one gets without building anything. */
import { freePort, portAnswers, startChild } from '../children.ts';
import type { Child } from '../children.ts';
import { withDescendants } from '../processes.ts';
import { pointOnCanvas } from '../subject.ts';
import type { OpenViewer, Stage, Subject } from '../subject.ts';

const webRoot = '/usr/share/novnc';
const canvasSelector = '#screen canvas';

interface Running {
  capture: Child;
  server: Child;
  port: number;
}

async function startServers(display: string): Promise<Running> {
  const rfbPort = await freePort();
  const options = ['-localhost', '-no6', '-noipv6', '-nopw', '-forever', '-shared', '-quiet'];
  const capture = await startChild('x11vnc', ['-display', display, '-rfbport', String(rfbPort), ...options]);
  await portAnswers(rfbPort, capture);
  const port = await freePort();
  const server = await startChild('websockify', ['--web', webRoot, `127.0.0.1:${port}`, `127.0.0.1:${rfbPort}`]);
  await portAnswers(port, server);
  return { capture, server, port };
}

/** A subject whose servers start at the first opening and run until `stop`. */
export function createX11vncNovnc(): Subject {
  let running: Running | undefined;
  const open = async (stage: Stage): Promise<OpenViewer> => {
    running ??= await startServers(stage.display);
    const { capture, server, port } = running;
    const browser = await stage.openBrowser({ serverPort: port, canvasSelector });
    const page = await browser.newPage();
    const startedAtMs = Date.now();
    await page.goto(`http://localhost:${port}/vnc_lite.html`, { waitUntil: 'commit' });
    return {
      page,
      canvasSelector,
      toPage: async (remote) => await pointOnCanvas(page, canvasSelector, remote),
      startedAtMs,
      toViewer: browser.toViewer,
      processIds: async () => ({
        capture: await withDescendants([capture.processId]),
        server: await withDescendants([server.processId]),
      }),
      close: browser.close,
    };
  };
  return {
    name: 'x11vnc-novnc',
    open,
    stop: async () => {
      await running?.server.stop();
      await running?.capture.stop();
      running = undefined;
    },
  };
}
