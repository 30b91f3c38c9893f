/** What the signature of an issuer may count for. */
export const issuerUses = ['access_tokens', 'software_statements'] as const;
export type IssuerUse = (typeof issuerUses)[number];

/** Asymmetric only: whoever can check a symmetric signature can make it (RFC 8725 section 3.1). */
export const issuerAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;
export type IssuerAlgorithm = (typeof issuerAlgorithms)[number];

/** Those that an issuer may sign with where nothing is said. */
export const defaultAlgorithms: readonly IssuerAlgorithm[] = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

/** What an issuer is trusted with, as it is stored: everything that is decided, defaults included. */
export interface Trust {
  readonly uses: readonly IssuerUse[];
  readonly algorithms: readonly IssuerAlgorithm[];
  readonly audience: string;
  /** The most that its access tokens carry here. */
  readonly scopes: readonly string[];
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  readonly jwks_uri?: string;
  readonly template?: string;
  /** Seconds after their `iat` for which access tokens, and statements without `exp`, are taken. */
  readonly max_age?: number;
  readonly label?: string;
}
