/** How a fetch ended; for operators only. */
export type FetchOutcome =
  | 'fetched'
  | 'address_refused'
  | 'unresolved'
  | 'network_refused'
  | 'unreachable'
  | 'too_late'
  | 'too_busy'
  | 'suspended'
  | 'redirected'
  | 'status_refused'
  | 'server_failed'
  | 'type_refused'
  | 'too_large'
  | 'malformed'
  | 'unsuitable';

/** Those that speak of the way to a document, and not of the document. */
const onTheWay: ReadonlySet<FetchOutcome> = new Set<FetchOutcome>([
  'unresolved',
  'unreachable',
  'too_late',
  'too_busy',
  'suspended',
  'server_failed',
]);

/**
 * A document could not be had. The sentence is the same whatever happened, since the difference would tell a caller what
 * there is inside of the network; `outcome` is for the operator.
 */
export class FetchFailure extends Error {
  static readonly sentence =
    'must lead over https to a JSON document on a public host, without redirects, of at most 64 KiB and within 3 seconds';

  constructor(readonly outcome: Exclude<FetchOutcome, 'fetched'>) {
    super(FetchFailure.sentence);
  }

  /** Whether the document may well be as it was. */
  get isOnTheWay(): boolean {
    return onTheWay.has(this.outcome);
  }
}
