import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { sqlAdapter } from './sql-adapter.mjs';

/**
 * The peer: oidc-provider as its documentation has it, with registration, management and client credentials switched on,
 * at the addresses that Clientele has. Without an address of a database it keeps everything in memory, as it does by
 * default; its key is made before it starts, and its notices go nowhere.
 */
const [database] = process.argv.slice(2);
const server = createServer();
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    ...(database && { adapter: await sqlAdapter(database) }),
    routes: { registration: '/register', token: '/oauth/token' },
    scopes: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'],
    extraClientMetadata: { properties: ['software_id'] },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true, initialAccessToken: true },
      registrationManagement: { enabled: true, rotateRegistrationAccessToken: false },
      clientCredentials: { enabled: true },
    },
  });
  server.on('request', provider.callback());
  process.send({ port });
  process.on('message', async () => {
    process.send({ token: await new provider.InitialAccessToken({ expiresIn: 86_400 }).save() });
  });
});
process.once('SIGTERM', () => process.exit());
