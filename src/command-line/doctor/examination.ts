import { RegistryRefusal } from '../registry.js';

/**
 * How a check ended: `fault` is wrong and has to be mended, `unchecked` could not be looked at, `advice` is worth knowing.
 */
export type Outcome = 'ok' | 'fault' | 'unchecked' | 'advice';

/** What one check came to. */
export interface Finding {
  readonly check: string;
  readonly outcome: Outcome;
  /** What is wrong, and what to do about it. */
  readonly message?: string;
  /** The first of those that it is about, each with why. */
  readonly examples?: readonly string[];
}

/** What was found so far. */
export class Examination {
  readonly findings: Finding[] = [];

  get isWell(): boolean {
    return this.findings.every(({ outcome }) => outcome === 'ok' || outcome === 'advice');
  }

  /** What is wrong with something; without a fault, it is well. */
  judge(check: string, faults: readonly string[]): void {
    if (faults.length === 0) this.findings.push({ check, outcome: 'ok' });
    for (const message of faults) this.findings.push({ check, outcome: 'fault', message });
  }

  advise(check: string, message: string): void {
    this.findings.push({ check, outcome: 'advice', message });
  }

  /** Looks at something; when the token does not let it, that is said instead. */
  async look(check: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const isDenied = error instanceof RegistryRefusal && error.status === 403;
      this.findings.push({ check, outcome: isDenied ? 'unchecked' : 'fault', message: error.message });
    }
  }
}
