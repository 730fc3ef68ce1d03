/**
 * Schemas without code generation: compiled ones need `new Function`, which the pages' content security policy forbids,
 * and already probing for it files a report. Set before the first schema is made, so everything takes `z` from here.
 */
import { z } from 'zod';

z.config({ jitless: true });

export { z };
