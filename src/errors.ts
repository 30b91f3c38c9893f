/**
 * Every refusal that a caller can meet, and its status. The codes of RFC 6749, RFC 6750 and RFC 7591 where they have
 * one, else our own; the list is closed, so that a caller can handle all of it.
 */
export const failures = {
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  invalid_software_statement: 400,
  unapproved_software_statement: 400,
  invalid_request: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  access_denied: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  client_deleted: 410,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  idempotency_key_reused: 422,
  precondition_required: 428,
  rate_limited: 429,
  headers_too_large: 431,
  server_error: 500,
  temporarily_unavailable: 503,
} as const satisfies Record<string, number>;

export type Failure = keyof typeof failures;

/** One thing that is wrong with what a caller sent: the member, the clause it breaks, and what to change. */
export interface Violation {
  readonly member: string;
  readonly rule: string;
  readonly message: string;
}

/**
 * A refusal that the caller may read. Anything else that is thrown is a bug or an outage, and its text stays ours.
 * `description` and the messages say what to change; they are printable ASCII without quotes and backslashes
 * (RFC 6749 section 5.2) and never repeat what the caller sent.
 */
export class Refusal extends Error {
  constructor(
    readonly failure: Failure,
    readonly description: string,
    readonly violations: readonly Violation[] = [],
    readonly headers: Readonly<Record<string, string>> = {},
    /** Who was refused, where the request does not know them yet: for the audit trail, and never shown. */
    readonly caller?: object,
  ) {
    super(description);
  }

  /** The one shape of every error, for every address. */
  get body(): { error: Failure; error_description: string; violations?: readonly Violation[] } {
    return {
      error: this.failure,
      error_description: this.description,
      ...(this.violations.length > 0 && { violations: this.violations }),
    };
  }
}
