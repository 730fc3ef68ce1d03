/** Objects of Core Foundation as JavaScript's values. What is created or copied here is let go here. CFString.h, CFData.h … */
import koffi from 'koffi';
import { macLibrary } from './frameworks.ts';
import type { Ref } from './frameworks.ts';
import { classOf, pooled, send } from './objc.ts';

/** kCFStringEncodingUTF8. */
const UTF8 = 0x08000100;

interface CoreFoundation {
  CFRelease(object: Ref): void;
  CFRetain(object: Ref): Ref;
  CFEqual(one: Ref, other: Ref): number;
  CFGetTypeID(object: Ref): number;
  CFStringGetTypeID(): number;
  CFBooleanGetTypeID(): number;
  CFBooleanGetValue(boolean: Ref): number;
  CFStringCreateWithCString(allocator: null, text: string, encoding: number): Ref;
  CFStringGetLength(text: Ref): number;
  CFStringGetMaximumSizeForEncoding(characters: number, encoding: number): number;
  CFStringGetCString(text: Ref, into: Uint8Array, bytes: number, encoding: number): number;
  CFArrayGetCount(array: Ref): number;
  CFArrayGetValueAtIndex(array: Ref, index: number): Ref;
  CFDictionaryGetValue(dictionary: Ref, key: Ref): Ref;
  CFDictionaryCreate(
    ...args: [
      allocator: null,
      keys: BigUint64Array,
      values: BigUint64Array,
      count: number,
      keyCalls: bigint,
      valueCalls: bigint,
    ]
  ): Ref;
}

export const coreFoundation = macLibrary<CoreFoundation>('CoreFoundation', {
  CFRelease: 'void CFRelease(void *object)',
  CFRetain: 'void *CFRetain(void *object)',
  CFEqual: 'uint8_t CFEqual(void *one, void *other)',
  CFGetTypeID: 'uint64_t CFGetTypeID(void *object)',
  CFStringGetTypeID: 'uint64_t CFStringGetTypeID()',
  CFBooleanGetTypeID: 'uint64_t CFBooleanGetTypeID()',
  CFBooleanGetValue: 'uint8_t CFBooleanGetValue(void *boolean)',
  CFStringCreateWithCString: 'void *CFStringCreateWithCString(void *allocator, const char *text, uint32_t encoding)',
  CFStringGetLength: 'int64_t CFStringGetLength(void *text)',
  CFStringGetMaximumSizeForEncoding: 'int64_t CFStringGetMaximumSizeForEncoding(int64_t characters, uint32_t encoding)',
  CFStringGetCString: 'uint8_t CFStringGetCString(void *text, void *into, int64_t bytes, uint32_t encoding)',
  CFArrayGetCount: 'int64_t CFArrayGetCount(void *array)',
  CFArrayGetValueAtIndex: 'void *CFArrayGetValueAtIndex(void *array, int64_t index)',
  CFDictionaryGetValue: 'void *CFDictionaryGetValue(void *dictionary, void *key)',
  CFDictionaryCreate:
    'void *CFDictionaryCreate(void *allocator, void *keys, void *values, int64_t count, void *keyCalls, void *valueCalls)',
});

/** Lets go of an object; of none it does nothing. */
export function release(object: Ref): void {
  if (object !== null) coreFoundation.CFRelease(object);
}

/** What `work` makes of an object that is ours; it is let go afterwards. */
export function released<T>(object: Ref, work: (object: Ref) => T): T {
  try {
    return work(object);
  } finally {
    release(object);
  }
}

/** A string that is ours: `release` it. */
export function createString(text: string): Ref {
  return coreFoundation.CFStringCreateWithCString(null, text.replaceAll('\0', ''), UTF8);
}

const kept = new Map<string, Ref>();

/** A string that stays for the life of the process: names of attributes and keys. */
export function keptString(text: string): Ref {
  const present = kept.get(text) ?? createString(text);
  kept.set(text, present);
  return present;
}

/** Undefined for anything but a string. */
export function textOf(object: Ref): string | undefined {
  if (object === null || coreFoundation.CFGetTypeID(object) !== coreFoundation.CFStringGetTypeID()) return undefined;
  const bytes = coreFoundation.CFStringGetMaximumSizeForEncoding(coreFoundation.CFStringGetLength(object), UTF8) + 1;
  const text = Buffer.alloc(bytes);
  if (coreFoundation.CFStringGetCString(object, text, bytes, UTF8) === 0) return undefined;
  return text.toString('utf8', 0, text.indexOf(0));
}

/** Undefined for anything but a truth value, and where there is none. */
export function flagIn(dictionary: Ref, key: string): boolean | undefined {
  const value = coreFoundation.CFDictionaryGetValue(dictionary, keptString(key));
  if (value === null || coreFoundation.CFGetTypeID(value) !== coreFoundation.CFBooleanGetTypeID()) return undefined;
  return coreFoundation.CFBooleanGetValue(value) !== 0;
}

/** The members of an array, for as long as it is there. */
export function membersOf(array: Ref): Ref[] {
  if (array === null) return [];
  return Array.from({ length: coreFoundation.CFArrayGetCount(array) }, (_, at) =>
    coreFoundation.CFArrayGetValueAtIndex(array, at),
  );
}

/** Arrays and dictionaries of texts and numbers; undefined when there is anything else in them. One call for all of it. */
export function jsonOf(object: Ref): unknown {
  return pooled(() => {
    const json = classOf('AppKit', 'NSJSONSerialization');
    if (object === null || !send('bool', json, 'isValidJSONObject:', ['void *', object])) return undefined;
    const encoded = send(
      'void *',
      json,
      'dataWithJSONObject:options:error:',
      ['void *', object],
      ['uint64_t', 0],
      ['void *', null],
    );
    const bytes = send('void *', encoded, 'bytes');
    if (bytes === null) return undefined;
    return JSON.parse(koffi.decode.string(bytes, send('int64_t', encoded, 'length'))) as unknown;
  });
}
