import { rule, type Rule } from './rule.js';

/** Backchannel authentication as a grant (OpenID Connect CIBA Core 1.0 section 7.1). */
export const cibaGrant = 'urn:openid:params:grant-type:ciba';

/** Grants that can yield a refresh token (RFC 6749 section 1.5). */
export const grantsWithUsers = ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code', cibaGrant];

/** Grants in which the client acts on the strength of its own credentials (RFC 6749 section 4.4, RFC 8693 section 2.1). */
const confidentialGrants = [
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  cibaGrant,
];

/** Which grant each word of a response type needs (OpenID Connect Registration 1.0 section 2). */
export const grantOfWord: ReadonlyMap<string, string> = new Map([
  ['code', 'authorization_code'],
  ['id_token', 'implicit'],
  ['token', 'implicit'],
]);

const wordsOf = (responseTypes: readonly string[] = []) => new Set(responseTypes.flatMap((type) => type.split(' ')));

/** What grants, response types and redirect URIs ask of each other. */
export const grantRules: readonly Rule[] = [
  rule('RFC 7591 section 2', ['redirect_uris', 'grant_types'], ({ redirect_uris, grant_types }) =>
    grant_types?.includes('authorization_code') && !redirect_uris?.length
      ? 'must not be empty for the authorization_code grant'
      : undefined,
  ),

  rule('RFC 7591 section 2.1', ['response_types', 'grant_types'], ({ response_types, grant_types }) =>
    [...wordsOf(response_types)].flatMap((word) => {
      const grant = grantOfWord.get(word);
      return grant === undefined || grant_types?.includes(grant)
        ? []
        : [`must not contain ${word} without the ${grant} grant`];
    }),
  ),

  rule('RFC 7591 section 2.1', ['response_types', 'grant_types'], ({ response_types, grant_types }) =>
    grant_types?.includes('authorization_code') && !wordsOf(response_types).has('code')
      ? 'must contain code for the authorization_code grant'
      : undefined,
  ),

  rule('RFC 6749 section 1.5', ['grant_types'], ({ grant_types = [] }) =>
    grant_types.includes('refresh_token') && !grantsWithUsers.some((grant) => grant_types.includes(grant))
      ? `must contain one of these beside refresh_token: ${grantsWithUsers.join(', ')}`
      : undefined,
  ),

  rule(
    'RFC 6749 section 4.4',
    ['grant_types', 'token_endpoint_auth_method'],
    ({ grant_types = [], token_endpoint_auth_method }) =>
      token_endpoint_auth_method === 'none'
        ? confidentialGrants
            .filter((grant) => grant_types.includes(grant))
            .map((grant) => `must not contain ${grant} where token_endpoint_auth_method is none`)
        : undefined,
  ),
];
