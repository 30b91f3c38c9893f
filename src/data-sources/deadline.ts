import { DatabaseTimeout } from './engines/engine.js';

/** What its caller was told to have failed must not be stored afterwards. */
export function demandTime(end: number): void {
  if (Date.now() >= end) throw new DatabaseTimeout('the time of the request is over');
}

/** Waits for a promise until `end`, and throws what `late` makes when it took longer. */
export async function inTime<T>(promise: Promise<T>, end: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), end - Date.now());
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
