/** What one rule said in a decision on a client. */
export interface TraceEntry {
  readonly step: 'normalize' | 'read' | 'admit' | 'fill_in' | 'check';
  readonly member?: string;
  /** A clause of a standard, or the place in the template, as in `template: metadata.scope.subset_of`. */
  readonly rule: string;
  readonly outcome: 'passed' | 'changed' | 'refused';
  /** The value before the rule changed it; absent where there was none. */
  readonly before?: unknown;
  /** The value after the rule changed it; absent where there is none. */
  readonly after?: unknown;
}

/** Takes what a rule says, in the order in which rules are asked. */
export type Tell = (entry: TraceEntry) => void;

/** Credentials, which no trace repeats. */
const untold: ReadonlySet<string> = new Set(['client_secret', 'registration_access_token']);

/** What a trace tells of the values of a member before and after a rule: nothing of credentials. */
export function valuesOf(member: string, before: unknown, after?: unknown): Pick<TraceEntry, 'before' | 'after'> {
  if (untold.has(member)) return {};
  return { ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
}
