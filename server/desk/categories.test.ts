import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { categories, category, type Category } from '../../protocol/api/desk.ts';
import { MAIL_CATEGORY, createTestDesk, outcome, type TestDesk, type TestSeat } from './test-desk.ts';

let desk: TestDesk;
let admin: TestSeat;
let employee: TestSeat;

beforeEach(() => {
  desk = createTestDesk();
  admin = desk.seat('Admin', 'admin');
  employee = desk.seat('Wang Fang');
});
afterEach(() => {
  desk.close();
});

const FAX = { name: { en: 'Fax', 'zh-CN': '传真' }, hint: { en: '', 'zh-CN': '' }, icon: 'phone' };

async function listed(seat: TestSeat): Promise<Category[]> {
  return categories.parse(await (await seat.client.get('/api/categories')).json()).categories;
}

describe('categories', () => {
  test('a new appliance has eight, each in both languages', async () => {
    const seeded = await listed(employee);
    assert.equal(seeded.length, 8);
    assert.ok(seeded.every(({ name, hint }) => name.en && name['zh-CN'] && hint.en && hint['zh-CN']));
  });

  test('an administrator adds one at the end, and closes one that employees then no longer see', async () => {
    const added = category.parse(await (await admin.client.post('/api/categories', FAX)).json());
    assert.equal((await listed(employee)).at(-1)?.id, added.id);
    await admin.client.send('PATCH', `/api/categories/${MAIL_CATEGORY}`, { isActive: false });
    assert.ok(!(await listed(employee)).some(({ id }) => id === MAIL_CATEGORY));
    assert.ok((await listed(admin)).some(({ id }) => id === MAIL_CATEGORY));
  });

  test('a change leaves the rest as it was', async () => {
    const path = `/api/categories/${MAIL_CATEGORY}`;
    const name = { en: 'Mail', 'zh-CN': '邮件' };
    const changed = category.parse(await (await admin.client.send('PATCH', path, { name })).json());
    assert.deepEqual([changed.name, changed.icon, changed.isActive], [name, 'mail', true]);
  });

  test('two categories cannot have the same name, whatever its case', async () => {
    const double = { ...FAX, name: { en: 'e-MAIL', 'zh-CN': '' } };
    assert.equal(await outcome(admin.client.post('/api/categories', double)), '409 category.name-taken');
    const path = `/api/categories/${MAIL_CATEGORY}`;
    const rename = admin.client.send('PATCH', path, { name: { en: 'Printing', 'zh-CN': '' } });
    assert.equal(await outcome(rename), '409 category.name-taken');
  });

  test('only administrators change them', async () => {
    const agent = desk.seat('Li Wei', 'agent', 'lead', 'security');
    assert.equal(await outcome(agent.client.post('/api/categories', FAX)), '403 auth.forbidden');
    const path = `/api/categories/${MAIL_CATEGORY}`;
    assert.equal(await outcome(agent.client.send('PATCH', path, { isActive: false })), '403 auth.forbidden');
  });
});
