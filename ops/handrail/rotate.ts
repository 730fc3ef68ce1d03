import { parseArgs } from 'node:util';
import { ROTATION_KINDS, type RotationKind } from '../../server/operations/rotation/rotating.ts';
import { rotate as rotateKinds } from '../../server/operations/rotation/rotation.ts';
import { systemClock } from '../../server/platform/clock.ts';
import { systemRandom } from '../../server/platform/random.ts';
import { DATA_DIR_OPTION, dataDirOf, operator, requireOwner, say, UsageError, wrap, type Command } from './command.ts';

/** What follows for people, before it is done. */
const CONSEQUENCES: Readonly<Record<RotationKind, string>> = {
  'sign-ins': 'Everybody is signed out and signs in again with their password.',
  links: 'Password links, invitations, spoken codes and helper downloads that are open stop working; make new ones.',
  authority:
    'Browsers that trust the present internal CA have to be given the new one (https://…/ca.crt). Helpers that were ' +
    'downloaded before cannot connect. Agents get new certificates when they next open the desk. Open sessions end.',
  'checkpoint-key': 'Nobody notices. What the former key has signed stays verifiable.',
  'server-key': 'Nobody notices: the new certificate is of the same internal CA.',
};

const isKind = (name: string): name is RotationKind => ROTATION_KINDS.some((kind) => kind === name);

export const rotate: Command = {
  usage: 'KIND [--yes] [--data-dir DIR]',
  help: [
    'Makes a secret anew while the server is stopped. Kinds:',
    ...ROTATION_KINDS.map((kind) => `${kind.padEnd(14)} ${wrap(CONSEQUENCES[kind], ' '.repeat(21))}`),
    'all            All of these.',
    'set-up-link    Is in the server’s memory alone: every start makes a new one, as long as nothing is set up.',
    'Without --yes it only says what would follow.',
  ],
  run: async (args) => {
    const options = { ...DATA_DIR_OPTION, yes: { type: 'boolean' } } as const;
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    const [name = '', ...rest] = positionals;
    if (rest.length > 0) throw new UsageError('rotate takes one kind');
    if (name === 'set-up-link') return say('There is nothing to do: stop the server and start it again.');
    if (name !== 'all' && !isKind(name))
      throw new UsageError(`rotate needs one of ${ROTATION_KINDS.join(', ')}, set-up-link, all`);
    const kinds = name === 'all' ? ROTATION_KINDS : [name];
    if (values.yes !== true) {
      for (const kind of kinds) say(`${kind}: ${CONSEQUENCES[kind]}`);
      return say('Nothing was done. With --yes it is, while the server is stopped.');
    }
    const dataDir = dataDirOf(values);
    requireOwner(dataDir);
    const by = { operator: operator(), clock: systemClock, random: systemRandom };
    for (const line of await rotateKinds({ dataDir, kinds, ...by })) say(line);
    say('Start the server again.');
  },
};
