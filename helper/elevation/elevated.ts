/** The helper with administrator rights: comes in at the one that started it, and goes on with its session. */
import { createHash, X509Certificate } from 'node:crypto';
import type { HelperAddress } from '../enrol/enrol.ts';
import { EXIT } from '../explain.ts';
import { runGuardian } from '../guardian/guardian.ts';
import { log } from '../log.ts';
import type { Workspace } from '../workspace.ts';
import { enterDoor, isInvitation, type ToPredecessor } from './door.ts';
import type { Handover } from './elevation.messages.ts';
import { isSameServer } from './successor.ts';

/**
 * `named` is the server in the name of this program's own file: whoever has it started goes nowhere else with it.
 * Resolves with the exit code.
 */
export async function runElevated(
  [place = '', secret = '']: readonly string[],
  named: Omit<HelperAddress, 'token'>,
  workspace: Workspace,
): Promise<number> {
  if (!isInvitation(place, secret)) throw new Error('started with administrator rights by nobody that we know');
  const predecessor = await enterDoor(place, secret);
  const handover = await handedOver(predecessor);
  // Nobody wants us any more, and whoever started us says so.
  if (handover === undefined) {
    predecessor.destroy();
    return EXIT.ok;
  }
  if (!isSameServer(serverOf(handover), named))
    throw new Error('what was handed over is not of the server in the name of the file');
  log('helper.taken-over', { host: handover.host, port: handover.port });
  const end = await runGuardian({ start: { type: 'go-on', handover }, workspace, predecessor });
  // There is nothing above an administrator to hand over to.
  const code = 'code' in end ? end.code : EXIT.failed;
  predecessor.send({ type: 'over', code });
  predecessor.end();
  return code;
}

/** What is handed over follows the proof within moments; with these rights nobody waits for longer. */
const TOLD_WITHIN_MS = 15_000;

/** Undefined when the other one closes the line instead, or says nothing. */
function handedOver(predecessor: ToPredecessor): Promise<Handover | undefined> {
  return new Promise((resolve) => {
    predecessor.onMessage((message) => {
      if (message.type === 'handover') resolve(message.handover);
      // Nobody owns Stop yet.
      else if (message.type === 'stop') predecessor.destroy();
    });
    void predecessor.closed.then(() => resolve(undefined));
    setTimeout(resolve, TOLD_WITHIN_MS, undefined).unref();
  });
}

function serverOf({ host, port, enrolment }: Handover): Omit<HelperAddress, 'token'> {
  const { raw } = new X509Certificate(enrolment.pinnedCa);
  return { host, port, caFingerprint: createHash('sha256').update(raw).digest('hex').slice(0, 32) };
}
