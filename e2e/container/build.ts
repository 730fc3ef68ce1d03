/** Builds the image of the whole appliance as `docker compose build` does, on a base image that is made when it must be. */
import { ensureBaseImage } from './base-image.ts';
import { compose, podman } from './engine.ts';

const KEPT_LAYERS = '240h';

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(0)} s`;

const started = performance.now();
const { name, isNew } = await ensureBaseImage();
console.log(`${name}: ${isNew ? `made of Debian's packages and this Node in ${seconds(started)}` : 'as made before'}`);

const building = performance.now();
await compose(['build']);
const { stdout } = await podman('image', 'inspect', '--format', '{{.Size}}', 'localhost/handrail');
console.log(`the image: ${(Number(stdout) / 1e6).toFixed(0)} MB, built in ${seconds(building)}`);

// Layers of earlier builds make this one quick; those that no build has used for long only fill the disk.
await podman('image', 'prune', '--force', '--filter', `until=${KEPT_LAYERS}`);
