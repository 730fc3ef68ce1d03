/** Device sessions in the states that tests begin from. A test file ends them with `afterEach(stopAll)`. */
import { TestAgent, agreeAndStart, startDevice, type TestDevice } from './test-device.ts';

type Options = Parameters<typeof startDevice>;

const devices: TestDevice[] = [];

export function stopAll(): void {
  for (const device of devices.splice(0)) device.session.stop();
}

export async function start(...options: Options): Promise<TestDevice> {
  const device = await startDevice(...options);
  devices.push(device);
  return device;
}

/** An agent who has joined and agreed; the question is on display. */
export async function asked(...options: Options) {
  const device = await start(...options);
  const agent = new TestAgent(device);
  await agent.join();
  return { ...device, device, agent };
}

export async function live(choice: Parameters<typeof agreeAndStart>[2] = 'control', ...options: Options) {
  const all = await asked(...options);
  await agreeAndStart(all.device, all.agent, choice);
  return all;
}

/** Far enough for a signature to be under way, which needs another thread, and not to be there. */
export async function beginSigning(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}
