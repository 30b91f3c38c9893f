import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';
import { Clientele } from './clientele.mjs';

const { ISSUER = 'http://localhost:4000', CLIENTELE_URL = 'http://localhost:3000', CLIENTELE_TOKEN = '' } = process.env;

const clientele = new Clientele(CLIENTELE_URL, CLIENTELE_TOKEN);
const unused = () => Promise.reject(new Error('clients are registered in Clientele'));

// For a look at it: a server in earnest keeps its keys, and all that MemoryAdapter holds, in a database.
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const provider = new Provider(ISSUER, {
  adapter: (model) =>
    model === 'Client' ? { find: (id) => clientele.find(id), upsert: unused } : new MemoryAdapter(model),
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
  scopes: ['openid', 'offline_access', 'orders:read'],
  // What would need the secrets of clients in the clear is not offered, and so never registered.
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  enabledJWA: {
    clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    idTokenSigningAlgValues: ['RS256'],
    requestObjectSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    userinfoSigningAlgValues: ['RS256'],
    introspectionSigningAlgValues: ['RS256'],
    authorizationSigningAlgValues: ['RS256'],
  },
  responseTypes: ['code'],
  features: { clientCredentials: { enabled: true }, introspection: { enabled: true } },
});

provider.Client.prototype.compareClientSecret = function (secret) {
  return clientele.authenticate(this.clientId, secret);
};
provider.on('grant.success', ({ oidc: { client } }) => {
  clientele.used(client.clientId).catch((error) => console.error(error));
});

provider.listen(new URL(ISSUER).port, '127.0.0.1');
