import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Stage } from '../subject.ts';
import { createHandrail } from './handrail.ts';
import type { HandrailServer } from './handrail.ts';

/** Notes what is started and ended, in order. */
function stageOf(events: string[], startSession: HandrailServer['startSession']) {
  const startServer = async (): Promise<HandrailServer> => {
    events.push('server starts');
    return { port: 8443, processIds: [], startSession, stop: async () => void events.push('server stops') };
  };
  const stage: Stage = {
    display: ':78',
    screenSize: { width: 1920, height: 1080 },
    openBrowser: async ({ serverPort }) => {
      events.push(`browser for ${serverPort}`);
      return {
        newPage: async () => ({}) as Page, // nothing is asked of the page here
        toViewer: { bytes: () => 0 },
        close: async () => void events.push('browser closes'),
      };
    },
  };
  return { subject: createHandrail(startServer), stage };
}

describe('measuring the product', () => {
  test('every opening is a new session of the same server', async () => {
    const events: string[] = [];
    const { subject, stage } = stageOf(events, async ({ display, newAgentPage }) => {
      events.push(`session on ${display}`);
      const close = async () => void events.push('session closes');
      return { agentPage: await newAgentPage(), startedAtMs: 5, helperProcessIds: [], close };
    });
    for (let opening = 0; opening < 2; opening += 1) {
      const viewer = await subject.open(stage);
      assert.equal(viewer.startedAtMs, 5);
      await viewer.close();
    }
    await subject.stop();
    const session = ['browser for 8443', 'session on :78', 'session closes', 'browser closes'];
    assert.deepEqual(events, ['server starts', ...session, ...session, 'server stops']);
  });

  test('a session that cannot be started leaves no browser behind', async () => {
    const events: string[] = [];
    const { subject, stage } = stageOf(events, async () => {
      throw new Error('declined');
    });
    await assert.rejects(subject.open(stage), /declined/);
    assert.deepEqual(events, ['server starts', 'browser for 8443', 'browser closes']);
  });
});
