/** The product as its image runs it: started, looked into, killed and stopped through podman. */
import { z } from 'zod';
import { eventually, freePort } from '../processes.ts';
import { findSetupLink, type Appliance } from '../product.ts';
import { compose, CONTAINER, NETWORK, podman, VOLUME } from './engine.ts';

const state = z.object({
  Status: z.string(),
  Pid: z.number(),
  ExitCode: z.number(),
});

const logLine = z.looseObject({ at: z.iso.datetime(), level: z.string(), event: z.string() });
export type LogLine = z.infer<typeof logLine>;

export class ContainerProduct implements Appliance {
  readonly url: string;
  readonly port: number;
  readonly devicePort: number;
  #setupLink: string | undefined;

  private constructor(port: number) {
    this.port = port;
    this.devicePort = port;
    this.url = `https://localhost:${port}`;
  }

  /** On an empty volume; what an earlier run left is removed. */
  static async start(): Promise<ContainerProduct> {
    const product = new ContainerProduct(await freePort());
    await product.remove();
    await product.up();
    return product;
  }

  /** A new container on the volume. */
  async up(): Promise<void> {
    await compose(['up', '--detach', '--no-build'], { HANDRAIL_PORT: String(this.port) });
    await this.waitForStart();
  }

  /** Removes the container and keeps the volume. */
  async down(): Promise<void> {
    await compose(['down']);
  }

  /** Removes all that there is, whatever it is. */
  async remove(): Promise<void> {
    await podman('rm', '--force', '--ignore', '--time', '0', CONTAINER);
    await podman('volume', 'rm', '--force', VOLUME);
    await podman('network', 'rm', '--force', NETWORK);
  }

  /** Until the server has said `server/started` that many times since the container was made. */
  async waitForStart(times = 1): Promise<void> {
    await eventually('the start of the server', async () => {
      const output = await this.output();
      return output.stdout.split('"server/started"').length > times;
    }).catch(async (cause: unknown) => {
      throw new Error(`the server did not start: ${JSON.stringify(await this.output())}`, { cause });
    });
    this.#setupLink = findSetupLink((await this.output()).stdout);
  }

  setupLink(): string | undefined {
    return this.#setupLink;
  }

  /** What `docker compose logs` shows. */
  async output(): Promise<{ stdout: string; stderr: string }> {
    return podman('logs', CONTAINER);
  }

  /** Throws unless each line is one of the log. */
  async log(): Promise<LogLine[]> {
    const { stdout } = await this.output();
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => logLine.parse(JSON.parse(line)));
  }

  async state(): Promise<z.infer<typeof state>> {
    const { stdout } = await podman('container', 'inspect', '--format', '{{json .State}}', CONTAINER);
    return state.parse(JSON.parse(stdout));
  }

  /** Runs a program in the container, as the account of the server. */
  async run(...command: readonly string[]): Promise<string> {
    return (await podman('exec', CONTAINER, ...command)).stdout;
  }

  async isHealthy(): Promise<boolean> {
    return podman('healthcheck', 'run', CONTAINER).then(
      () => true,
      () => false,
    );
  }

  /** Kills the server itself, not its container, and waits for the next one. */
  async crash(): Promise<void> {
    const { Pid } = await this.state();
    const starts = (await this.log()).filter(({ event }) => event === 'server/started').length;
    process.kill(Pid, 'SIGKILL');
    await this.waitForStart(starts + 1);
  }

  /** Returns how long it took. */
  async stop(limitS: number): Promise<{ ms: number; exitCode: number }> {
    const since = performance.now();
    await podman('stop', '--time', String(limitS), CONTAINER);
    const ms = performance.now() - since;
    return { ms, exitCode: (await this.state()).ExitCode };
  }
}
