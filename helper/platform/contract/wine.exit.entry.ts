/** A program for Windows that ends at once, as after an error, with hooks that it never closed. */
import { openInputHooks } from '../windows/windows.hooks.ts';

const END_CODE = 7;

/** Hooks that are set anew would let it end by chance. */
const LONG_MS = 3_600_000;

void openInputHooks(() => undefined, { renewMs: LONG_MS }).then(() => process.exit(END_CODE));
