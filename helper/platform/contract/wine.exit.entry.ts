/** A program for Windows that ends at once, as after an error, with hooks that it never closed. */
import { openInputHooks } from '../windows/windows.hooks.ts';

const END_CODE = 7;

/** Hooks that are set anew would let it end by chance. */
const NEVER_MS = 0x7fffffff;

void openInputHooks(() => undefined, { renewMs: NEVER_MS }).then(() => process.exit(END_CODE));
