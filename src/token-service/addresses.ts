/** Where the token service is. */
export const mountPath = '/oauth';

/** The addresses below it, in the words of oidc-provider; discovery publishes the same (RFC 8414 section 2). */
export const addresses = {
  authorization: '/authorize',
  token: '/token',
  jwks: '/jwks',
  introspection: '/introspection',
  revocation: '/revocation',
  userinfo: '/userinfo',
  pushed_authorization_request: '/par',
  device_authorization: '/device',
  code_verification: '/activate',
  end_session: '/logout',
} as const;

/** Where the user signs in and consents, for one interaction. */
export const interactionPath = (uid: string): string => `${mountPath}/interaction/${uid}`;
