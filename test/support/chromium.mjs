import { existsSync } from 'node:fs';

/** Where Debian has it. */
export const chromiumPath = '/usr/bin/chromium';

export const isChromiumHere = existsSync(chromiumPath);
