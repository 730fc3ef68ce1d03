/** Another session that runs at the same time, between two honest ends: whatever happens next door, it notices nothing. */
import assert from 'node:assert/strict';
import type { ConnectionKind } from '../../protocol/frame.ts';
import { eventually } from '../processes.ts';
import { addPerson, invite, type Caller, type Office } from '../session.ts';
import { AgentPeer, type AgentStream } from './agent.peer.ts';
import { chunkOf } from './chunks.ts';
import { DevicePeer, type MadeGrant } from './device.peer.ts';
import type { StreamSocket } from './stream-socket.ts';

const AGENT = {
  name: 'Noor Bakker',
  employeeNumber: 'E77',
  password: 'eleven quiet harbours',
  department: 'Night desk',
};
const EMPLOYEE = {
  name: 'Ivo Brandt',
  employeeNumber: 'E78',
  password: 'twelve loud fountains',
  department: 'Pharmacy',
};

interface Parts {
  id: string;
  agent: AgentPeer;
  device: DevicePeer;
  view: MadeGrant;
  employee: Caller;
  viewer: AgentStream;
  sharer: Record<ConnectionKind, StreamSocket>;
}

export class Bystander {
  readonly #parts: Parts;
  readonly #words: number;
  #pictures = 0;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#words = this.#heard();
  }

  /** A session of two more people, active, with view and input granted. */
  static async open(office: Office): Promise<Bystander> {
    const { product, admin, caPrefix } = office;
    await (await addPerson(product, admin, { ...AGENT, role: 'agent' })).close();
    const employee = await addPerson(product, admin, { ...EMPLOYEE, role: 'employee' });
    const agent = await AgentPeer.signIn(product, AGENT);
    const { id, token } = await invite({ employee }, agent.http, { symptom: 'Labels come out twice' });
    const device = await DevicePeer.enrol(product, { caPrefix, token });
    const [viewer, sharer] = [await agent.join(id), await device.join()];
    const [view, input] = [await device.grant('view'), await device.grant('input')];
    for (const { signal } of [view, input]) sharer.control.send(signal);
    for (const { control } of [viewer, sharer])
      await control.hears(
        'both grants',
        ({ type, ...told }) => type === 'session' && told['grantedMode'] === 'control',
      );
    return new Bystander({ id, agent, device, view, employee, viewer, sharer });
  }

  get id(): string {
    return this.#parts.id;
  }
  get view(): MadeGrant {
    return this.#parts.view;
  }
  get agentSerial(): string {
    return this.#parts.agent.identity.serialNumber;
  }
  get device(): DevicePeer {
    return this.#parts.device;
  }

  /** Its picture still arrives, and nothing but that has arrived at either end since it was opened. */
  async assertUntouched(): Promise<void> {
    const { id, view, viewer, sharer, employee } = this.#parts;
    const seq = BigInt(this.#pictures);
    sharer.bulk.send(chunkOf({ channel: 'picture', grant: view.tag, isKey: true, seq }));
    this.#pictures += 1;
    await eventually('the picture next door', () => viewer.reached >= this.#pictures);
    assert.equal(viewer.reached, this.#pictures);
    assert.equal(sharer.control.chunks.length + sharer.bulk.chunks.length, 0);
    assert.equal(this.#heard(), this.#words);
    assert.equal((await employee.get<{ state: string }>(`/api/sessions/${id}`)).state, 'active');
  }

  async close(): Promise<void> {
    const { agent, employee, viewer, sharer } = this.#parts;
    viewer.drop();
    for (const socket of [sharer.control, sharer.bulk]) socket.drop();
    await agent.http.close();
    await employee.close();
  }

  #heard(): number {
    const { viewer, sharer } = this.#parts;
    const sockets = [viewer.control, viewer.bulk, sharer.control, sharer.bulk];
    return sockets.reduce((sum, socket) => sum + socket.heard.length, 0);
  }
}
