import type { Client, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Environment } from '../config/environment.js';
import { mutualTls } from './certificates.js';
import { errors } from './oidc-provider.js';
import { codeConfirmationPage, codePage, deviceDonePage, signedOutPage, signOutPage } from './pages.js';
import { resourceServer } from './resources.js';
import { settleScope } from './scopes.js';

/** What oidc-provider offers beyond the core of OpenID Connect. */
export const features = ({ TRUST_PROXY, RESOURCES }: Environment): Configuration['features'] => ({
  devInteractions: { enabled: false },
  backchannelLogout: { enabled: true },
  clientCredentials: { enabled: true },
  deviceFlow: {
    enabled: true,
    // Nothing is kept about the device: the page shows the code, and that is what the user compares.
    deviceInfo: () => ({}),
    userCodeInputSource: codePage,
    userCodeConfirmSource: codeConfirmationPage,
    successSource: deviceDonePage,
  },
  encryption: { enabled: true },
  introspection: { enabled: true, allowedPolicy: mayIntrospect },
  jwtIntrospection: { enabled: true },
  jwtResponseModes: { enabled: true },
  jwtUserinfo: { enabled: true },
  mTLS: mutualTls(TRUST_PROXY),
  requestObjects: { enabled: true },
  resourceIndicators: {
    enabled: true,
    defaultResource: (context, client, oneOf) => {
      settleScope(context, client);
      return oneOf;
    },
    getResourceServerInfo: (context, resource, client) => resourceServer(context, resource, client, RESOURCES),
  },
  revocation: { enabled: true, allowedPolicy: mayRevoke },
  rpInitiatedLogout: { enabled: true, logoutSource: signOutPage, postLogoutSuccessSource: signedOutPage },
});

/** Whoever proved who they are may ask about a token that they hold; who cannot prove it only about their own (RFC 7662 section 4). */
const mayIntrospect = (_context: KoaContextWithOIDC, client: Client, token: { clientId?: string }): boolean =>
  client.clientAuthMethod !== 'none' || token.clientId === client.clientId;

/** Only the client that a token was issued to takes it back (RFC 7009 section 2.1). */
function mayRevoke(_context: KoaContextWithOIDC, client: Client, token: { clientId?: string }): boolean {
  if (token.clientId !== client.clientId)
    throw new errors.InvalidRequest('a token is taken back by the client that it was issued to');
  return true;
}
