import { randomFillSync } from 'node:crypto';

const page = Buffer.alloc(4096);
let taken = page.length;

/**
 * Random bytes for a credential or an identifier. Each call of the operating system costs more than all else of making one,
 * so that bytes are asked for by the page; each is given once, and wiped here as it is given.
 */
export function randomBytes(size: number): Buffer {
  if (taken + size > page.length) {
    randomFillSync(page);
    taken = 0;
  }
  const bytes = Buffer.from(page.subarray(taken, taken + size));
  page.fill(0, taken, (taken += size));
  return bytes;
}
