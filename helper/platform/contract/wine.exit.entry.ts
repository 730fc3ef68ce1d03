/** A program for Windows that ends at once, as after an error, with hooks that it never closed. */
import { openInputHooks } from '../windows/windows.hooks.ts';

const END_CODE = 7;

void openInputHooks(() => undefined).then(() => process.exit(END_CODE));
