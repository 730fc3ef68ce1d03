/** There is one `effective()`: whoever breaks it breaks every place that guards a session, and so none has its own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, test } from 'node:test';

const PROBE = fileURLToPath(new URL('one-effective-probe.ts', import.meta.url));
const NAME = 'export function effective(';

/** Loads `protocol/capabilities.ts` with another `effective` in it; everything else as it is. */
function replacing(body: string): string {
  const source = `
    import { registerHooks } from 'node:module';
    registerHooks({
      load(url, context, nextLoad) {
        const loaded = nextLoad(url, context);
        if (!url.endsWith('/protocol/capabilities.ts')) return loaded;
        const text = String(loaded.source);
        if (!text.includes(${JSON.stringify(NAME)})) throw new Error('effective() is not where it was');
        const renamed = text.replace(${JSON.stringify(NAME)}, 'function formerEffective(');
        return { ...loaded, source: renamed + ${JSON.stringify(`\nvoid formerEffective;\n${body}`)} };
      },
    });`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

type Said = Record<string, { granted: string[]; takenBack: string[] }>;

async function probe(body?: string): Promise<Said> {
  const hooks = body === undefined ? [] : ['--import', replacing(body)];
  const { stdout } = await promisify(execFile)(process.execPath, [...hooks, PROBE], { timeout: 60_000 });
  return JSON.parse(stdout) as Said;
}

const PLACES = ['relay', 'service', 'device'];

function assertEverywhere(said: Said, expected: Said[string]): void {
  assert.deepEqual(said, Object.fromEntries(PLACES.map((place) => [place, expected])));
}

describe('relay, service and device alike', () => {
  test('let pass what is granted and nothing that is taken back', async () => {
    assertEverywhere(await probe(), { granted: ['view', 'input'], takenBack: ['view'] });
  });

  test('let nothing pass when effective() says that nothing is in force', async () => {
    assertEverywhere(await probe('export function effective() { return new Map(); }'), { granted: [], takenBack: [] });
  });

  test('let everything pass when effective() says that everything is in force', async () => {
    const everything = `export function effective(policy, grants) {
      const right = { reach: 'all', grantIds: grants.map(({ id }) => id) };
      return new Map(CAPABILITY_NAMES.map((capability) => [capability, right]));
    }`;
    assertEverywhere(await probe(everything), { granted: ['view', 'input'], takenBack: ['view', 'input'] });
  });
});
