/** Handrail itself: server, packaged helper and viewer, brought up by whoever knows how to run the built product. */
import type { Page } from 'playwright-core';
import { withDescendants } from '../processes.ts';
import { pointOnCanvas } from '../subject.ts';
import type { OpenViewer, Stage, Subject, ViewerBrowser } from '../subject.ts';

/** The picture in the viewer: one bitmap pixel per remote pixel. */
const canvasSelector = 'canvas[data-testid="picture"]';
/** The consent window is a browser of the helper's; it neither captures nor encodes. */
const consentBrowser = /chrom/i;

/** The running server of the product, with people who can sign in. */
export interface HandrailServer {
  /** Serves `https://localhost:port`. */
  port: number;
  processIds: number[];
  /** Goes from the invitation to the click on Start, with full control. */
  startSession(options: HandrailSessionOptions): Promise<HandrailSession>;
  stop(): Promise<void>;
}

export interface HandrailSessionOptions {
  /** The X display on which the helper starts and which it shares. */
  display: string;
  /**
   * Opens a page for the agent, and only for the agent, in a fresh browser. Traffic of the employee's pages would count
   * as traffic to the viewer; they belong in a browser of their own.
   */
  newAgentPage(): Promise<Page>;
}

/** A session that is starting to show its picture, at 1:1 where the page is 1920x1200. */
export interface HandrailSession {
  /** Shows the viewer; the observer sees the first picture by itself. */
  agentPage: Page;
  /** When Start was clicked in the consent window, `Date.now()`. */
  startedAtMs: number;
  /** The helper's main process and its guardian; their children are found from here. */
  helperProcessIds: number[];
  /** Ends the session and the helper, leaves the server running. */
  close(): Promise<void>;
}

/** Starts the built product on an empty data directory. */
export type StartHandrailServer = () => Promise<HandrailServer>;

/** A subject whose server starts at the first opening and runs until `stop`; every opening is a new session. */
export function createHandrail(startServer: StartHandrailServer): Subject {
  let running: HandrailServer | undefined;
  const openSession = async (stage: Stage, server: HandrailServer, browser: ViewerBrowser): Promise<OpenViewer> => {
    const session = await server.startSession({ display: stage.display, newAgentPage: browser.newPage });
    const { agentPage: page, startedAtMs } = session;
    return {
      page,
      canvasSelector,
      toPage: async (remote) => await pointOnCanvas(page, canvasSelector, remote),
      startedAtMs,
      toViewer: browser.toViewer,
      processIds: async () => ({
        capture: await withDescendants(session.helperProcessIds, consentBrowser),
        server: await withDescendants(server.processIds),
      }),
      close: async () => {
        await session.close();
        await browser.close();
      },
    };
  };
  return {
    name: 'handrail',
    open: async (stage) => {
      running ??= await startServer();
      const browser = await stage.openBrowser({ serverPort: running.port, canvasSelector });
      try {
        return await openSession(stage, running, browser);
      } catch (error) {
        await browser.close();
        throw error;
      }
    },
    stop: async () => {
      await running?.stop();
      running = undefined;
    },
  };
}
