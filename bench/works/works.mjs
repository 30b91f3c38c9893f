import {
  authentication,
  clientCredentials,
  reading,
  registered,
  registration,
  replacement,
  serviceClient,
  webClient,
} from './requests.mjs';

const clients = 'SELECT COUNT(*) AS figure FROM clients';
const events = (action) => `SELECT COUNT(*) AS figure FROM audit_events WHERE action = '${action}'`;
const uses = 'SELECT SUM(used) AS figure FROM initial_access_token_uses';
const tokens = 'SELECT COUNT(*) AS figure FROM token_models';
const models = (model) => `SELECT COUNT(*) AS figure FROM models WHERE model = '${model}'`;

const both = async (server, ofEach) => (await registered(server, webClient)).map(ofEach);

/**
 * What is measured: the requests of a work, which a server takes in turn; what the answers have to leave in the database,
 * each of them one; whether the floor can repeat it, which it cannot where a statement depends on what was read before; and
 * whether its connections stay apart, where no two of them may change a client at the same time.
 */
export const works = {
  register: {
    title: 'register',
    requests: (server) => [registration(server, webClient)],
    leaves: {
      clientele: [clients, events('client.registered'), uses],
      peer: [models('Client'), models('RegistrationAccessToken')],
    },
    hasFloor: true,
  },
  read: {
    title: 'read by registration access token',
    requests: (server) => both(server, reading),
    leaves: {},
    hasFloor: true,
  },
  replace: {
    title: 'replace',
    requests: async (server) => {
      const all = await registered(server, webClient);
      // Twice each, so that there is something to change.
      return [0, 1].flatMap((turn) => all.map((client) => replacement(client, turn)));
    },
    leaves: { clientele: [events('client.replaced')] },
    hasFloor: false,
    isApart: true,
  },
  authenticate: {
    title: '/lookup/.../authenticate',
    requests: async (server) =>
      (await registered(server, serviceClient)).map((client) =>
        server.adminToken === undefined ? clientCredentials(client) : authentication(server, client),
      ),
    leaves: {},
    hasFloor: true,
  },
  token: {
    title: 'client credentials at the token endpoint',
    requests: async (server) => (await registered(server, serviceClient)).map(clientCredentials),
    leaves: { clientele: [tokens], peer: [models('ClientCredentials')] },
    hasFloor: true,
  },
};
