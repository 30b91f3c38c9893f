import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { Adapter, AdapterPayload, Provider } from 'oidc-provider';

/** As much of the classes of tokens as the types leave out. */
interface Token {
  readonly jti: string;
  readonly adapter: Adapter;
  readonly remainingTTL: number;
  readonly constructor: { readonly IN_PAYLOAD: readonly string[] };
  save: (this: Token) => Promise<string>;
}

/** As much of what is known of a request. */
interface Context {
  readonly route: string;
  readonly params?: { token?: unknown };
  entity: (this: Context, key: string, value: unknown) => void;
}

/**
 * Lets introspection tell of JWT access tokens what it tells of opaque ones (RFC 7662 section 2.2): whether its client, its
 * user and what the user agreed to are still there, which the JWT itself does not know. oidc-provider keeps nothing of a
 * JWT and refuses to look at one; here it finds it under its digest, which nobody can present as a token.
 */
export function knowSignedTokens({ AccessToken, ClientCredentials, OIDCContext }: Provider): void {
  for (const { prototype } of [AccessToken, ClientCredentials] as unknown as { prototype: Token }[]) {
    const { save } = prototype;
    prototype.save = async function () {
      const value = await save.call(this);
      if (isSigned(value)) await this.adapter.upsert(idOf(value), stateOf(this, value), this.remainingTTL);
      return value;
    };
  }

  const asked = OIDCContext.prototype as unknown as Context;
  const { entity } = asked;
  asked.entity = function (key, value) {
    entity.call(this, key, value);
    const { route, params } = this;
    if (key !== 'Client' || route !== 'introspection') return;
    if (typeof params?.token === 'string' && isSigned(params.token)) params.token = idOf(params.token);
  };
}

/** Whatever does not look like an opaque token, so that nothing that is presented is an id of {@link idOf}. */
const isSigned = (token: string): boolean => !/^[A-Za-z0-9_-]+$/.test(token);

/** No form of a token: it has a blank. */
const idOf = (token: string): string => `jwt ${createHash('sha256').update(token).digest('base64url')}`;

function stateOf(token: Token, value: string): AdapterPayload {
  const { iat, exp, jti } = decodeJwt(value);
  const members = token.constructor.IN_PAYLOAD.map((name) => [name, (token as never)[name]] as const);
  return { ...Object.fromEntries(members.filter(([, member]) => member !== undefined)), iat, exp, jti };
}
