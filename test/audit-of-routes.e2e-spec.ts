import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routesOf } from '../src/route-table.js';
import { eventsOf } from './support/database.js';
import { type Answer, initialAccessToken, register, replacementOf, send, webClient } from './support/http.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';
import { makeRegistrar, tokenOf } from './token-service/sign-in-as.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
});
afterAll(() => program.close());

const admin = (method: string, below: string, json?: unknown): Promise<Answer> =>
  send(method, `${program.url}/admin/${below}`, { token: adminToken, json });
const made = async (below: string, json: unknown): Promise<Record<string, any>> => {
  const { status, body } = await admin('POST', below, json);
  expect(status).toBe(201);
  return body;
};
const service = { grant_types: ['client_credentials'] };
const aClient = async () => `clients/${(await made('clients', { metadata: service })).client_id}`;
const registered = async (): Promise<Record<string, any>> => (await register(program.url)).body;
const manage = (method: string, client: Record<string, any>, json?: object) =>
  send(method, client.registration_client_uri, { token: client.registration_access_token, json });

let names = 0;
const newTemplate = async (document: object = {}) => {
  const id = `kind-${++names}`;
  await saveTemplate(program, { id, access: { initial_access_token: true }, ...document });
  return id;
};
const portalOf = async (compatibility: string) => {
  const template = await newTemplate({ compatibility, secrets: { recoverable: true } });
  const token = await initialAccessToken(program.url, { template, uses: 2, manages: true });
  return { url: `${program.url}/portals/${compatibility}/${template}`, token };
};
const anAccount = async () => {
  const json = { username: `ada-${++names}`, password: 'seven green lamps at noon' };
  return `accounts/${(await made('accounts', json)).id}`;
};

const newIssuer = () => ({
  issuer: `https://directory-${++names}.example`,
  uses: ['software_statements'],
  jwks_uri: 'https://directory.example/jwks',
});

/** Brings about the state that a change needs, and answers what changes it. */
type Change = () => Promise<() => Promise<Answer>>;

/** A call of each route that changes something, and what the trail has to say of it: whoever makes a new route adds it here. */
const changes: Record<string, readonly [action: string | undefined, change: Change]> = {
  'POST /register': [
    'client.registered',
    async () => {
      const token = await initialAccessToken(program.url);
      return () => send('POST', `${program.url}/register`, { token, json: webClient });
    },
  ],
  'PUT /register/{client_id}': [
    'client.replaced',
    async () => {
      const client = await registered();
      return () => manage('PUT', client, replacementOf(client, { client_name: 'Other' }));
    },
  ],
  'DELETE /register/{client_id}': [
    'client.deleted',
    async () => {
      const client = await registered();
      return () => manage('DELETE', client);
    },
  ],
  ...Object.fromEntries(
    ['POST', 'PUT', 'PATCH'].map((method): [string, readonly [string, Change]] => [
      `${method} /register/{client_id}/secret`,
      [
        'client.secret_issued',
        async () => {
          const { registration_client_uri: uri, registration_access_token: token } = await registered();
          return () => send(method, `${uri}/secret`, { token });
        },
      ],
    ]),
  ),
  ...Object.fromEntries(
    (
      [
        ['POST', '', 'client.registered'],
        ['DELETE', '/{client_id}', 'client.deleted'],
        ['POST', '/{client_id}/new-secret', 'client.secret_issued'],
        ['POST', '/{client_id}/event-hook', 'client.changed'],
      ] as const
    ).map(([method, below, action]): [string, readonly [string, Change]] => [
      `${method} /portals/kong/{template}${below}`,
      [
        action,
        async () => {
          const { url, token } = await portalOf('kong');
          const { body } = await send('POST', url, { token, json: service });
          const json = { ...service, event_type: 'update_application', application_name: 'Other' };
          return () => send(method, url + below.replace('{client_id}', body.client_id), { token, json });
        },
      ],
    ]),
  ),
  'POST /portals/gloo/{template}/applications': [
    'client.registered',
    async () => {
      const { url, token } = await portalOf('gloo');
      return () => send('POST', `${url}/applications`, { token, json: { id: `app-${++names}` } });
    },
  ],
  'DELETE /portals/gloo/{template}/applications/{client_id}': [
    'client.deleted',
    async () => {
      const { url, token } = await portalOf('gloo');
      const id = `app-${++names}`;
      await send('POST', `${url}/applications`, { token, json: { id } });
      return () => send('DELETE', `${url}/applications/${id}`, { token });
    },
  ],
  'DELETE /my/clients/{client_id}': [
    'client.deleted',
    async () => {
      const portal = await makeRegistrar(program);
      const json = { token: await tokenOf(program, portal), json: webClient };
      const { body } = await send('POST', `${program.url}/register`, json);
      const token = await tokenOf(program, portal, 'dcrm');
      return () => send('DELETE', `${program.url}/my/clients/${body.client_id}`, { token });
    },
  ],
  'POST /admin/clients': ['client.made', () => Promise.resolve(() => admin('POST', 'clients', { metadata: service }))],
  'PATCH /admin/clients/{client_id}': [
    'client.suspended',
    async () => {
      const below = await aClient();
      return () => admin('PATCH', below, { status: 'suspended' });
    },
  ],
  'PUT /admin/clients/{client_id}': [
    'client.replaced',
    async () => {
      const below = await aClient();
      return () => admin('PUT', below, { metadata: service, owner: 'team-billing' });
    },
  ],
  'DELETE /admin/clients/{client_id}': [
    'client.deleted',
    async () => {
      const below = await aClient();
      return () => admin('DELETE', below);
    },
  ],
  'POST /admin/clients/{client_id}/secrets': [
    'client.secret_issued',
    async () => {
      const below = await aClient();
      return () => admin('POST', `${below}/secrets`, {});
    },
  ],
  'DELETE /admin/clients/{client_id}/secrets/{id}': [
    'client.secret_revoked',
    async () => {
      const below = await aClient();
      const { id } = await made(`${below}/secrets`, { overlap: 60 });
      return () => admin('DELETE', `${below}/secrets/${id}`);
    },
  ],
  'POST /admin/clients/{client_id}/registration-access-token': [
    'client.registration_access_token_issued',
    async () => {
      const { client_id } = await registered();
      return () => admin('POST', `clients/${client_id}/registration-access-token`);
    },
  ],
  'DELETE /admin/clients/{client_id}/registration-access-token': [
    'client.registration_access_token_revoked',
    async () => {
      const { client_id } = await registered();
      return () => admin('DELETE', `clients/${client_id}/registration-access-token`);
    },
  ],
  'POST /admin/clients/{client_id}/adopt': [
    'client.adopted',
    async () => {
      const { client_id } = await registered();
      return () => admin('POST', `clients/${client_id}/adopt`);
    },
  ],
  'POST /admin/initial-access-tokens': [
    'initial_access_token.made',
    () => Promise.resolve(() => admin('POST', 'initial-access-tokens', {})),
  ],
  'DELETE /admin/initial-access-tokens/{id}': [
    'initial_access_token.revoked',
    async () => {
      const { id } = await made('initial-access-tokens', {});
      return () => admin('DELETE', `initial-access-tokens/${id}`);
    },
  ],
  'POST /admin/templates': [
    'template.made',
    () => Promise.resolve(() => admin('POST', 'templates', { id: `kind-${++names}` })),
  ],
  'PUT /admin/templates/{id}': [
    'template.changed',
    async () => {
      const id = await newTemplate();
      return () => admin('PUT', `templates/${id}`, { status: 'off' });
    },
  ],
  'DELETE /admin/templates/{id}': [
    'template.retired',
    async () => {
      const id = await newTemplate();
      return () => admin('DELETE', `templates/${id}`);
    },
  ],
  'POST /admin/templates/{id}/apply': [
    'client.template_applied',
    async () => {
      const id = await newTemplate();
      await register(program.url, webClient, { template: id });
      await newTemplate();
      await saveTemplate(program, { id, metadata: { subject_type: { value: 'pairwise' } } });
      return () => admin('POST', `templates/${id}/apply`);
    },
  ],
  'POST /admin/api-keys': [
    'api_key.made',
    () => Promise.resolve(() => admin('POST', 'api-keys', { label: 'a key', scopes: ['tokens:read'] })),
  ],
  'DELETE /admin/api-keys/{id}': [
    'api_key.revoked',
    async () => {
      const { id } = await made('api-keys', { label: 'a key', scopes: ['tokens:read'] });
      return () => admin('DELETE', `api-keys/${id}`);
    },
  ],
  'POST /admin/accounts': [
    'account.made',
    () =>
      Promise.resolve(() =>
        admin('POST', 'accounts', { username: `ada-${++names}`, password: 'seven green lamps at noon' }),
      ),
  ],
  'PATCH /admin/accounts/{id}': [
    'account.changed',
    async () => {
      const below = await anAccount();
      return () => admin('PATCH', below, { status: 'disabled' });
    },
  ],
  'DELETE /admin/accounts/{id}': [
    'account.removed',
    async () => {
      const below = await anAccount();
      return () => admin('DELETE', below);
    },
  ],
  'POST /admin/trusted-issuers': [
    'trusted_issuer.made',
    () => Promise.resolve(() => admin('POST', 'trusted-issuers', newIssuer())),
  ],
  'PUT /admin/trusted-issuers/{id}': [
    'trusted_issuer.changed',
    async () => {
      const { id } = await made('trusted-issuers', newIssuer());
      return () => admin('PUT', `trusted-issuers/${id}`, newIssuer());
    },
  ],
  'DELETE /admin/trusted-issuers/{id}': [
    'trusted_issuer.deleted',
    async () => {
      const { id } = await made('trusted-issuers', newIssuer());
      return () => admin('DELETE', `trusted-issuers/${id}`);
    },
  ],
  // These ask, and tell when something was used: nothing that anyone decided changes.
  'POST /admin/simulations': [
    undefined,
    () =>
      Promise.resolve(() => admin('POST', 'simulations', { registrar: { type: 'administrator' }, metadata: service })),
  ],
  'POST /lookup/clients/{client_id}/authenticate': [
    undefined,
    async () => {
      const { client_id, client_secret } = await registered();
      const url = `${program.url}/lookup/clients/${client_id}/authenticate`;
      return () => send('POST', url, { token: adminToken, json: { client_secret } });
    },
  ],
  'POST /lookup/usage': [
    undefined,
    async () => {
      const { client_id } = await registered();
      const items = [{ client_id, last_used_at: 1 }];
      return () => send('POST', `${program.url}/lookup/usage`, { token: adminToken, json: { items } });
    },
  ],
};

describe('each route that may change something', () => {
  it('is tried here, but for those of the token service, whose tokens are no changes of anybody', () => {
    const changing = routesOf(program.app).filter(
      ({ method, path }) => method !== 'GET' && !path.startsWith('/oauth') && path !== '/interaction',
    );
    expect(changing.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(Object.keys(changes).sort());
  });

  it.each(Object.entries(changes))(
    '%s leaves one event of its change, and no other',
    async (_route, [action, prepare]) => {
      const change = await prepare();
      const before = await eventsOf(program);
      const { status } = await change();
      expect(status).toBeLessThan(300);
      const events = (await eventsOf(program)).slice(before.length);
      expect(events.map((event) => event.action)).toEqual(action === undefined ? [] : [action]);
    },
  );
});
