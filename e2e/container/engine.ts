/**
 * podman as the tests use it: with images, containers, volumes and networks of its own, so that what stands in for a
 * public image is never taken for it outside, and with settings that do without systemd.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Outside the clone: a base image and the layers of an earlier build serve the next clone as well. */
const HOME = '/var/cache/handrail-image-test';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const FILES = {
  'containers.conf': `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[engine.runtimes]
runc = ["/usr/sbin/runc", "/usr/bin/runc"]
[network]
network_config_dir = "${HOME}/networks"
`,
  'storage.conf': `
[storage]
driver = "overlay"
graphroot = "${HOME}/storage"
runroot = "/run/handrail-image-test"
`,
  // No registry is asked for anything.
  'registries.conf': 'unqualified-search-registries = []\n',
} as const;

function prepare(): NodeJS.ProcessEnv {
  mkdirSync(join(HOME, 'networks'), { recursive: true });
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(HOME, name), content);
  return {
    ...process.env,
    CONTAINERS_CONF: join(HOME, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(HOME, 'storage.conf'),
    CONTAINERS_REGISTRIES_CONF: join(HOME, 'registries.conf'),
    // A build needs no container of its own, and health checks are not part of podman's default format.
    BUILDAH_ISOLATION: 'chroot',
    BUILDAH_FORMAT: 'docker',
  };
}

export interface Output {
  stdout: string;
  stderr: string;
}

/** Throws with what podman said when it fails. */
export async function podman(...args: readonly string[]): Promise<Output> {
  return run('podman', [...args], { env: prepare(), maxBuffer: 64 << 20 });
}

const PROJECT = 'handrail-test';
/** The name that the one service of compose.yaml gets. */
export const CONTAINER = `${PROJECT}_handrail_1`;
export const VOLUME = `${PROJECT}_data`;
export const NETWORK = `${PROJECT}_default`;

/** What an administrator does with `docker compose`, with the compose.yaml of the repository as it is. */
export async function compose(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<void> {
  // podman would make /run and /var/tmp writable as well, Docker does not.
  const like = ['--podman-run-args=--read-only-tmpfs=false'];
  const ca = process.env['NODE_EXTRA_CA_CERTS'] ?? '';
  const secret = existsSync(ca) ? ` --secret=id=ca,src=${ca}` : '';
  like.push(`--podman-build-args=--pull=never${secret}`);
  const env = { ...prepare(), ...settings };
  const { stdout, stderr } = await run('podman-compose', ['-p', PROJECT, ...like, ...args], {
    cwd: ROOT,
    env,
    maxBuffer: 64 << 20,
  });
  // It ends with 0 whatever became of its children.
  const said = stdout + stderr;
  if (/exit code: [^0\s]/.test(said)) throw new Error(`podman-compose ${args.join(' ')}: ${said.slice(-4000)}`);
}
