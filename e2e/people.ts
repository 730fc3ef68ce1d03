/** What people do in the portal, the desk and the console, by the words they see. English pages. */
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Appliance } from './product.ts';

export const ADMIN = { name: 'Ada Admin', employeeNumber: 'A1', password: 'nine lamps on the quay' };
export const AGENT = {
  name: 'Li Wei 李伟',
  employeeNumber: 'E1024',
  password: 'a bridge over the river',
  department: 'IT Support',
};
export const EMPLOYEE = {
  name: 'Maria Keller',
  employeeNumber: 'E2048',
  password: 'seven green bottles hang',
  department: 'Radiology',
};

export async function setUp(page: Page, product: Appliance): Promise<void> {
  const link = product.setupLink();
  assert.ok(link, 'no set-up link was printed');
  await page.goto(link);
  await page.getByLabel('Name of the organisation').fill('Northern Hospital');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Your name').fill(ADMIN.name);
  await page.getByLabel('Employee number').fill(ADMIN.employeeNumber);
  await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await page.getByText('Fingerprint of the certificate authority').waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Handrail is ready' }).waitFor();
}

export async function addDepartment(page: Page, name: string): Promise<void> {
  await page.goto(new URL('/console/departments', page.url()).href);
  await page
    .getByRole('link', { name: 'Add department' })
    .or(page.getByRole('button', { name: 'Add department' }))
    .first()
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').first().fill(name);
  await dialog.getByRole('button', { name: /Add|Save/ }).click();
  await page.getByRole('cell', { name }).or(page.getByText(name)).first().waitFor();
}

/** Returns the one-time link that the administrator hands over. */
export async function addPerson(
  page: Page,
  person: { name: string; employeeNumber: string; department: string; role: string; photo?: string },
): Promise<string> {
  await page.goto(new URL('/console/people/new', page.url()).href);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill(person.name);
  await dialog.getByLabel('Employee number').fill(person.employeeNumber);
  await dialog.getByLabel('Department', { exact: true }).selectOption({ label: person.department });
  const role = dialog.getByRole('checkbox', { name: new RegExp(`^${person.role}`) });
  if (!(await role.isChecked())) await role.check();
  if (person.photo !== undefined) await dialog.locator('input[type=file]').setInputFiles(person.photo);
  await dialog.getByRole('button', { name: 'Add person' }).click();
  const shown = dialog.getByText(/\/welcome#/).first();
  await shown.waitFor();
  const value = (await shown.innerText()).trim();
  assert.match(value, /\/welcome#/);
  return value;
}

export async function welcome(page: Page, link: string, password: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Set password and sign in' }).click();
  await page.waitForURL((url) => url.pathname !== '/welcome');
}

export async function askForHelp(page: Page, symptom: string): Promise<void> {
  await page.goto(new URL('/ask', page.url()).href);
  await page.getByRole('radio').first().waitFor({ state: 'attached' });
  await page
    .getByRole('radio', { name: /Printing|Print/ })
    .first()
    .check({ force: true });
  await page.getByLabel('What happens?').fill(symptom);
  await page.getByLabel(/What have you tried/).fill('Switched it off and on');
  await page.getByLabel(/What should happen instead/).fill('Paper with letters on it');
  await page.getByRole('button', { name: 'Send to IT' }).click();
  await page.waitForURL(/\/requests\/req_/);
}

export async function takeRequest(page: Page, symptom: string): Promise<void> {
  await page.goto(new URL('/desk', page.url()).href);
  await page.getByText(symptom).first().click();
  await page.getByRole('button', { name: /^Take( Enter)?$/ }).click();
  await page.getByRole('button', { name: 'Invite to share' }).waitFor();
}

export async function invite(
  page: Page,
  options: { reason: string; mode: 'View only' | 'Full control' },
): Promise<void> {
  await page.getByRole('button', { name: 'Invite to share' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why is remote access needed?').fill(options.reason);
  await dialog.getByRole('radio', { name: new RegExp(options.mode) }).check({ force: true });
  await dialog.getByRole('button', { name: 'Send invitation' }).click();
  await dialog.getByText('has been invited').waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
}

/** From the link on an employee's start page to the file in that folder. */
export async function downloadCleanUpTool(page: Page, system: string, folder: string): Promise<string> {
  await page.getByRole('link', { name: /A helper was cut off/ }).click();
  await page.getByRole('heading', { name: 'Remove what a helper left' }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: `Download for ${system} (` }).click(),
  ]);
  const file = join(folder, download.suggestedFilename());
  await download.saveAs(file);
  chmodSync(file, 0o755);
  return file;
}
