/** Failures in a row after which a host is left alone. */
const mostFailures = 5;
/** Milliseconds for which it is left alone. */
const pause = 10_000;
const mostHosts = 1_000;

/** Leaves a host alone for a while that could not be reached several times in a row. */
export class Breaker {
  private readonly failures = new Map<string, { count: number; until: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  isOpen(host: string): boolean {
    return (this.failures.get(host)?.until ?? 0) > this.now();
  }

  note(host: string, isReachable: boolean): void {
    const count = (this.failures.get(host)?.count ?? 0) + 1;
    this.failures.delete(host);
    if (isReachable) return;
    this.failures.set(host, { count, until: count >= mostFailures ? this.now() + pause : 0 });
    // The longest unseen goes first, so that made-up hosts take no memory.
    if (this.failures.size > mostHosts) this.failures.delete(this.failures.keys().next().value!);
  }
}
