/** What the bench reports: one row per subject, scene and metric, and the same as a table. */

export interface Row {
  subject: string;
  scene: string;
  metric: string;
  unit: string;
  n: number;
  p50: number;
  p95: number;
  min: number;
  max: number;
}

/** What a scene measured, before it is summarised. */
export interface Series {
  metric: string;
  unit: string;
  samples: number[];
}

/** Nearest rank: the smallest sample that at least `percent` of all samples do not exceed. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new Error('a percentile needs at least one sample');
  return value;
}

/** Three decimals: finer than anything measured here. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** One row of the report. A series without samples is a broken measurement and is refused. */
export function summarise(subject: string, scene: string, series: Series): Row {
  const { metric, unit, samples } = series;
  if (samples.length === 0 || !samples.every(Number.isFinite))
    throw new Error(`${subject} ${scene} ${metric}: no usable samples`);
  return {
    subject,
    scene,
    metric,
    unit,
    n: samples.length,
    p50: rounded(percentile(samples, 50)),
    p95: rounded(percentile(samples, 95)),
    min: rounded(Math.min(...samples)),
    max: rounded(Math.max(...samples)),
  };
}

/** Joins what several rounds measured, in the order of first appearance. */
export function mergeSeries(rounds: readonly Series[][]): Series[] {
  const merged = new Map<string, Series>();
  for (const series of rounds.flat()) {
    const known = merged.get(series.metric);
    if (known) known.samples.push(...series.samples);
    else merged.set(series.metric, { ...series, samples: [...series.samples] });
  }
  return [...merged.values()];
}

/** A figure as a reader wants it: three significant digits for small ones, whole numbers for large ones. */
function figure(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** The rows as an aligned text table, the rows of one scene and metric side by side for comparison. */
export function formatTable(rows: readonly Row[]): string {
  const keys = [...new Set(rows.map((row) => `${row.scene}\n${row.metric}`))];
  const scenes = [...new Set(rows.map((row) => row.scene))];
  const rank = (row: Row): number =>
    scenes.indexOf(row.scene) * keys.length + keys.indexOf(`${row.scene}\n${row.metric}`);
  const sorted = rows.toSorted((a, b) => rank(a) - rank(b));
  const heading = ['scene', 'metric', 'subject', 'unit', 'n', 'p50', 'p95', 'min', 'max'];
  const cells = sorted.map((row) => [
    row.scene,
    row.metric,
    row.subject,
    row.unit,
    String(row.n),
    ...[row.p50, row.p95, row.min, row.max].map(figure),
  ]);
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const firstFigure = heading.indexOf('n');
  const format = (line: string[]): string =>
    line
      .map((cell, column) =>
        column < firstFigure ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [format(heading), format(widths.map((width) => '-'.repeat(width))), ...cells.map(format)].join('\n');
}
