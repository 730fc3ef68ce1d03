import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** A clone whose installer, bundler, packager and server only write down that they ran. */
describe('npm start', () => {
  let clone = '';
  const write = (path: string, content: string) => {
    mkdirSync(join(clone, path, '..'), { recursive: true });
    writeFileSync(join(clone, path), content);
  };
  const note = (what: string) =>
    `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(join(clone, 'ran'))}, ${what});`;

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'handrail-start-'));
    mkdirSync(join(clone, 'ops'));
    for (const name of ['start.mjs', 'server-process.mjs'])
      copyFileSync(fileURLToPath(new URL(name, import.meta.url)), join(clone, 'ops', name));
    write('package-lock.json', '{}');
    write('ui/app.ts', 'export {};');
    write('protocol/words.ts', 'export {};');
    write('helper/main.ts', 'export {};');
    const bin = JSON.stringify(join(clone, 'node_modules', '.bin'));
    write(
      'npm.mjs',
      `import { mkdirSync, symlinkSync, writeFileSync, rmSync } from 'node:fs';
       ${note("'install '")}
       rmSync(${bin}, { recursive: true, force: true }); mkdirSync(${bin}, { recursive: true });
       symlinkSync(process.execPath, ${bin} + '/node'); symlinkSync(${JSON.stringify(join(clone, 'vite.mjs'))}, ${bin} + '/vite');`,
    );
    write(
      'vite.mjs',
      `import { mkdirSync, writeFileSync } from 'node:fs'; ${note("'ui '")} mkdirSync('ui/dist', { recursive: true }); writeFileSync('ui/dist/index.html', '');`,
    );
    write(
      'ops/package-helper.ts',
      `import { mkdirSync, writeFileSync } from 'node:fs'; ${note("'helper '")} mkdirSync('dist/helper', { recursive: true }); writeFileSync('dist/helper/manifest.json', '[]');`,
    );
    write(
      'server/main.ts',
      `${note("'server' + process.argv.slice(2).join('') + ' '")} process.exit(Number(process.env['TEST_EXIT'] ?? 0));`,
    );
    write('package.json', '{"type":"module"}');
  });
  afterEach(() => rmSync(clone, { recursive: true }));

  function start(args: string[] = [], env: Record<string, string> = {}) {
    rmSync(join(clone, 'ran'), { force: true });
    write('ran', '');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['ops/start.mjs', ...args], {
      cwd: clone,
      env: { ...process.env, npm_execpath: join(clone, 'npm.mjs'), ...env },
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr, ran: readFileSync(join(clone, 'ran'), 'utf8').trim() };
  }

  test('does everything on a fresh clone and nothing twice', () => {
    assert.equal(start().ran, 'install ui helper server');
    assert.equal(start().ran, 'server');
  });

  test('runs the server as its memory was measured', () => {
    write('server/main.ts', note("process.execArgv.join(' ') + ' ' + process.env['MALLOC_MMAP_THRESHOLD_']"));
    assert.match(start().ran, /--optimize-for-size --max-semi-space-size=2 131072$/);
  });

  test('does again what its sources ask for, and no more', () => {
    start();
    write('ui/app.ts', 'export const changed = true;');
    assert.equal(start().ran, 'ui server');
    write('helper/main.ts', 'export const changed = true;');
    assert.equal(start().ran, 'helper server');
    write('protocol/words.ts', 'export const changed = true;');
    assert.equal(start().ran, 'ui helper server');
    rmSync(join(clone, 'ui', 'dist'), { recursive: true });
    assert.equal(start().ran, 'ui server');
    write('package-lock.json', '{"changed":true}');
    assert.equal(start().ran, 'install ui helper server');
  });

  test('passes flags on to the server and its exit code back', () => {
    const { status, ran } = start(['--demo'], { TEST_EXIT: '3' });
    assert.equal(ran, 'install ui helper server--demo');
    assert.equal(status, 3);
  });

  test('a helper that cannot be packaged is said loudly, once tried, and does not stop the start', () => {
    write('ops/package-helper.ts', `${note("'helper '")} process.exit(1);`);
    const first = start();
    assert.equal(first.ran, 'install ui helper server');
    assert.match(first.output, /NOT packaged/);
    const second = start();
    assert.equal(second.ran, 'server');
    assert.match(second.output, /NOT packaged/);
  });

  test('a step that fails says what to do and starts no server', () => {
    write('vite.mjs', 'process.exit(1);');
    const failed = start();
    assert.equal(failed.ran, 'install');
    assert.equal(failed.status, 1);
    assert.match(failed.output, /npm run build/);
    rmSync(join(clone, 'node_modules'), { recursive: true });
    write('npm.mjs', 'process.exit(1);');
    const offline = start();
    assert.equal(offline.ran, '');
    assert.match(offline.output, /npm ci/);
  });

  test('packages that were installed by hand are not installed again', () => {
    mkdirSync(join(clone, 'node_modules', '.bin'), { recursive: true });
    symlinkSync(process.execPath, join(clone, 'node_modules', '.bin', 'node'));
    symlinkSync(join(clone, 'vite.mjs'), join(clone, 'node_modules', '.bin', 'vite'));
    write('node_modules/.package-lock.json', '{}');
    assert.equal(start().ran, 'ui helper server');
  });
});
