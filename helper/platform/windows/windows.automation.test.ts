import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { AUTOMATION, CACHE_REQUEST, ELEMENT, ELEMENT_ARRAY } from './windows.automation.ts';

/** Of Debian's libwine-dev: the interfaces as Windows has them. MinGW's header of that name has none. */
const HEADER = '/usr/include/wine/wine/windows/uiautomationclient.h';
const skip = existsSync(HEADER) ? false : 'libwine-dev is not installed';

/** Names in the table of an interface, in their order. */
function tableOf(name: string): string[] {
  const [, table = ''] = new RegExp(`typedef struct ${name}Vtbl {(.*?)END_INTERFACE`, 's').exec(header) ?? [];
  return [...table.matchAll(/\(STDMETHODCALLTYPE \*(\w+)\)/g)].map(([, method = '']) => method);
}

const header = skip === false ? readFileSync(HEADER, 'utf8') : '';
const INTERFACES = {
  IUIAutomation2: AUTOMATION,
  IUIAutomationCacheRequest: CACHE_REQUEST,
  IUIAutomationElement: ELEMENT,
  IUIAutomationElementArray: ELEMENT_ARRAY,
};

for (const [name, methods] of Object.entries(INTERFACES)) {
  test(`the methods of ${name} are called at their places`, { skip }, () => {
    const table = tableOf(name).map((method) => method.toLowerCase());
    for (const [method, { at }] of Object.entries(methods)) assert.equal(table[at], method.toLowerCase(), method);
  });
}
