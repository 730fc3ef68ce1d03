/** Measures Handrail and, beside it, what one would use otherwise, on the same scenes. See README.md. */
import { rmSync } from 'node:fs';
import { mkdtemp, open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseBenchArguments, usage, UsageError } from './arguments.ts';
import type { BenchArguments } from './arguments.ts';
import { consent } from './loads/consent.ts';
import { packaged } from './loads/package.ts';
import { fullLoad, quickLoad, type Load } from './loads/load.ts';
import { server } from './loads/server.ts';
import { sessions } from './loads/sessions.ts';
import { wine } from './loads/wine.ts';
import { renderFootage } from './painters/footage.ts';
import { waitForQuiet, watchOthers } from './quiet.ts';
import { startRig } from './rig.ts';
import type { RigOptions } from './rig.ts';
import { formatTable, mergeSeries, summarise } from './rows.ts';
import type { Row, Series } from './rows.ts';
import { flip } from './scenes/flip.ts';
import { idle } from './scenes/idle.ts';
import { scroll } from './scenes/scroll.ts';
import { start } from './scenes/start.ts';
import { fullEffort, quickEffort } from './scenes/scene.ts';
import type { Scene } from './scenes/scene.ts';
import { typing } from './scenes/typing.ts';
import { video } from './scenes/video.ts';
import type { Subject } from './subject.ts';
import { createHandrail } from './subjects/handrail.ts';
import { startHandrailServer } from './subjects/handrail-product.ts';
import { createX11vncNovnc } from './subjects/x11vnc-novnc.ts';

const subjects: Record<string, () => Subject> = {
  handrail: () => createHandrail(startHandrailServer),
  'x11vnc-novnc': createX11vncNovnc,
};

/** In the order of measuring: quiet scenes before busy ones, so that no scene starts in the heat of another. */
const scenes: readonly Scene[] = [start, idle, typing, flip, scroll, video];

/** Of Handrail alone. */
const loads: readonly Load[] = [server, sessions, consent, packaged, wine];

const footageSeed = 1;

/** What was measured of one subject and scene in one round. */
interface Outcome {
  subject: string;
  scene: string;
  series: Series[];
}

/** Measures the picked scenes on one subject; a scene that fails is reported and does not stop the others. */
async function measureSubject(subject: Subject, picked: readonly Scene[], options: RigOptions): Promise<Outcome[]> {
  const rig = await startRig(subject, options);
  const outcomes: Outcome[] = [];
  try {
    for (const scene of picked) {
      const label = `${subject.name} ${scene.name}`;
      try {
        await waitForQuiet(options.effort.quietTries);
        const others = await watchOthers();
        const series = await rig.measure(scene);
        console.error(`  ${label}: others used ${await others.percent()} % of a core`);
        outcomes.push({ subject: subject.name, scene: scene.name, series: withoutSilent(label, series) });
      } catch (error) {
        process.exitCode = 1;
        console.error(`  ${label} failed:`, error);
      }
    }
  } finally {
    await rig.close();
  }
  return outcomes;
}

/** Loads are measured before the scenes, while the machine is cool. */
async function measureLoads(args: BenchArguments): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  if (!args.subjects.includes('handrail')) return outcomes;
  const effort = args.isQuick ? quickLoad : fullLoad;
  for (const load of loads.filter(({ name }) => args.scenes.includes(name))) {
    const label = `handrail ${load.name}`;
    const reason = load.whyNot?.() ?? false;
    if (reason !== false) {
      console.error(`  ${label} is left out: ${reason}`);
      continue;
    }
    try {
      const others = await watchOthers();
      const series = withoutSilent(label, await load.measure(effort));
      console.error(`  ${label}: others used ${await others.percent()} % of a core`);
      outcomes.push({ subject: 'handrail', scene: load.name, series });
    } catch (error) {
      process.exitCode = 1;
      console.error(`  ${label} failed:`, error);
    }
  }
  return outcomes;
}

/** A metric that measured nothing is a failure to report, not a row. */
function withoutSilent(label: string, series: readonly Series[]): Series[] {
  return series.filter(({ metric, samples }) => {
    if (samples.length > 0 && samples.every(Number.isFinite)) return true;
    process.exitCode = 1;
    console.error(`  ${label}: ${metric} measured nothing`);
    return false;
  });
}

async function writeFootage(path: string): Promise<void> {
  const file = await open(path, 'w');
  for (const frame of renderFootage(footageSeed)) await file.write(frame);
  await file.close();
}

function toRows(outcomes: readonly Outcome[], args: BenchArguments): Row[] {
  return args.subjects.flatMap((subject) =>
    args.scenes.flatMap((scene) => {
      const rounds = outcomes.filter((outcome) => outcome.subject === subject && outcome.scene === scene);
      return mergeSeries(rounds.map(({ series }) => series)).map((series) => summarise(subject, scene, series));
    }),
  );
}

async function run(args: BenchArguments): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'handrail-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const options = { effort: args.isQuick ? quickEffort : fullEffort, footage: join(folder, 'footage.bgrx') };
  const picked = scenes.filter(({ name }) => args.scenes.includes(name));
  if (picked.includes(video)) await writeFootage(options.footage);
  const outcomes: Outcome[] = [];
  for (let round = 0; round < args.repeat; round += 1) {
    outcomes.push(...(await measureLoads(args)));
    for (const name of picked.length > 0 ? args.subjects : []) {
      const create = subjects[name];
      if (create) outcomes.push(...(await measureSubject(create(), picked, options)));
    }
  }
  const rows = toRows(outcomes, args);
  console.log(formatTable(rows));
  if (args.jsonFile !== undefined) await writeFile(args.jsonFile, `${JSON.stringify(rows, null, 2)}\n`);
}

try {
  await run(
    parseBenchArguments(process.argv.slice(2), {
      scenes: [...loads, ...scenes].map(({ name }) => name),
      subjects: Object.keys(subjects),
    }),
  );
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
