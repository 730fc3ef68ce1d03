/** Every event that XTEST makes on a desktop, which is how a helper injects input, as the display server reports it. */
import type { Desktop } from '../desktop.ts';
import { eventually, type Running } from '../processes.ts';

export class XtestRecorder {
  readonly #running: Running;
  readonly #desktop: Desktop;
  /** Ids of the two virtual devices. */
  readonly #devices: readonly string[];
  #from = 0;

  private constructor(desktop: Desktop, running: Running, devices: readonly string[]) {
    this.#desktop = desktop;
    this.#running = running;
    this.#devices = devices;
  }

  /** Starts listening and proves that it hears. */
  static async start(desktop: Desktop): Promise<XtestRecorder> {
    const idOf = (name: string): Promise<string> => desktop.query('xinput', ['list', '--id-only', name]);
    const ids = await Promise.all([idOf('Virtual core XTEST pointer'), idOf('Virtual core XTEST keyboard')]);
    const running = desktop.start('xinput', ['test-xi2', '--root']);
    const recorder = new XtestRecorder(
      desktop,
      running,
      ids.map((id) => id.trim()),
    );
    await recorder.proveHearing();
    return recorder;
  }

  /** A key that says nothing to anybody is pressed by XTEST, and must be heard; what was heard is then forgotten. */
  async proveHearing(): Promise<void> {
    await eventually('an event of XTEST', async () => {
      await this.#desktop.query('xdotool', ['key', 'Shift_L']);
      return this.events().some((event) => event.includes('RawKeyPress'));
    });
    this.forget();
  }

  forget(): void {
    this.#from = this.#running.output().length;
  }

  /** Names of the events since it was last told to forget. */
  events(): string[] {
    const blocks = this.#running
      .output()
      .slice(this.#from)
      .split(/^EVENT /m)
      .slice(1);
    return blocks
      .filter((block) => this.#devices.includes(sourceOf(block)))
      .map((block) => block.split('\n', 1)[0] ?? '');
  }
}

/** `device: 2 (4)`: reported by the master device 2, made by 4. */
function sourceOf(block: string): string {
  return /device: \d+ \((\d+)\)/.exec(block)?.[1] ?? '';
}
