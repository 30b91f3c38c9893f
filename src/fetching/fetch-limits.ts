/** How much one fetch, and all of them together, may take. */
export class FetchLimits {
  /** Milliseconds for everything, from the name to the last byte. */
  readonly time: number = 3_000;
  /** Milliseconds after which a failure is told, however early it was known. */
  readonly toldAfter: number = 3_000;
  readonly bytes: number = 64 * 1024;
  readonly atOnce: number = 8;
  readonly atOnceOfOneHost: number = 2;
  /** How many may wait for others to end. */
  readonly waiting: number = 64;
}
