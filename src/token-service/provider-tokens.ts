import type Provider from 'oidc-provider';

/** A token's way of noting a key that it is bound to. */
interface Bound {
  setThumbprint: (this: object, key: 'x5t' | 'jkt', value: unknown) => void;
}

/**
 * Binds the tokens of a client that demands both to its certificate (RFC 8705 section 3) and to its DPoP key (RFC 9449
 * section 6); oidc-provider takes one of the two at a time, though all that reads its tokens tells and checks both.
 */
export function bindToEachKey({ AccessToken, ClientCredentials, RefreshToken }: Provider): void {
  for (const { prototype } of [AccessToken, ClientCredentials, RefreshToken] as unknown as { prototype: Bound }[]) {
    const { setThumbprint } = prototype;
    prototype.setThumbprint = function (key, value) {
      const alone = {};
      setThumbprint.call(alone, key, value);
      Object.assign(this, alone);
    };
  }
}
