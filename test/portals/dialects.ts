import { initialAccessToken, send } from '../support/http.js';
import { saveTemplate } from '../support/templates.js';
import { adminToken, type TestApp } from '../support/test-app.js';
import { tokenOf } from '../token-service/sign-in-as.js';
import { type Dialect, example, type Portal, type State } from './portal.js';

const json = 'application/json; charset=UTF-8';

/** What Gravitee knows of a stored answer when it makes the next request of it. */
const knownToGravitee = [
  ...['redirect_uris', 'response_types', 'grant_types', 'application_type', 'contacts', 'client_name', 'logo_uri'],
  ...['client_uri', 'policy_uri', 'tos_uri', 'jwks_uri', 'sector_identifier_uri', 'subject_type'],
  ...['id_token_signed_response_alg', 'token_endpoint_auth_method', 'token_endpoint_auth_signing_alg'],
  ...['default_max_age', 'require_auth_time', 'default_acr_values', 'initiate_login_uri', 'request_uris'],
  ...['scope', 'software_id', 'software_version', 'software_statement'],
];

const bearer = (token: string) => ({ authorization: `Bearer ${token}`, accept: 'application/json' });

/** Each by the token of the client; never deletes. */
const gravitee: Portal = async (program) => {
  await saveTemplate(program, example('gravitee'));
  const headers = bearer(await initialAccessToken(program.url, { template: 'gravitee', uses: 1000 }));
  const own = ({ registration_access_token }: State) => bearer(registration_access_token);
  return {
    headers,
    create: () => ({
      method: 'POST',
      url: `${program.url}/register`,
      headers: { ...headers, 'content-type': json },
      body: JSON.stringify({
        client_name: 'Weather app',
        application_type: 'backend_to_backend',
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        client_uri: 'https://app.example',
        logo_uri: 'https://app.example/l.png',
        software_id: '4NRB1-0XZABZI9E6-5SM3R',
        scope: ['orders:read'],
        metadata: { tenant: 'acme' },
      }),
    }),
    update: (state, { name = state.client_name, scopes }) => {
      const kept = Object.fromEntries(Object.entries(state).filter(([member]) => knownToGravitee.includes(member)));
      const request = {
        ...kept,
        client_name: name,
        // It reads the type from the answer before, and some versions send it on in capital letters.
        application_type: state.application_type.toUpperCase(),
        ...(scopes && { scope: scopes.join(' ') }),
        client_id: state.client_id,
      };
      return {
        method: 'PUT',
        url: state.registration_client_uri,
        headers: { ...own(state), 'content-type': json },
        body: JSON.stringify(request),
      };
    },
    renew: (state) => ({
      method: 'POST',
      url: `${program.url}/register/${state.client_id}/secret`,
      headers: own(state),
    }),
  };
};

/** Sends the answer that it stored back, whole. */
const tyk: Portal = async (program) => {
  await saveTemplate(program, example('tyk'));
  const headers = bearer(await initialAccessToken(program.url, { template: 'tyk', uses: 1000 }));
  const own = ({ registration_access_token }: State) => bearer(registration_access_token);
  return {
    headers,
    create: () => ({
      method: 'POST',
      url: `${program.url}/register`,
      headers,
      json: {
        client_name: 'Weather app',
        application_type: 'service',
        redirect_uris: ['https://app.example/callback'],
        grant_types: ['client-credentials'],
        response_types: ['token', 'it_token'],
        token_endpoint_auth_method: 'client_secret_basic',
        scope: 'orders:read',
      },
    }),
    update: (state, { name = state.client_name, scopes = state.scope.split(' ') }) => ({
      method: 'PUT',
      url: state.registration_client_uri,
      headers: own(state),
      json: { ...state, client_name: name, scope: scopes.join(' ') },
    }),
    renew: (state) => ({ method: 'PUT', url: `${state.registration_client_uri}/secret`, headers: own(state) }),
    remove: (state) => ({ method: 'DELETE', url: state.registration_client_uri, headers: own(state) }),
  };
};

/** One header for everything, and no token of the client. */
const mulesoft: Portal = async (program) => {
  await saveTemplate(program, example('mulesoft'));
  const token = await initialAccessToken(program.url, { template: 'mulesoft', uses: 1000, manages: true });
  const headers = { authorization: `SSWS ${token}` };
  const registration = {
    client_name: 'Weather app',
    redirect_uris: ['https://example.com/'],
    grant_types: ['client_credentials'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  };
  const address = ({ client_id }: State) => `${program.url}/register/${client_id}`;
  return {
    headers,
    create: () => ({ method: 'POST', url: `${program.url}/register`, headers, json: registration }),
    update: (state, { name = state.client_name }) => {
      const { client_id, client_secret } = state;
      const request = { ...registration, client_id, client_secret, client_name: name };
      return { method: 'PUT', url: address(state), headers, json: request };
    },
    renew: (state) => ({ method: 'PATCH', url: `${address(state)}/secret`, headers }),
    remove: (state) => ({ method: 'DELETE', url: address(state), headers }),
  };
};

/** Access tokens of a client of its own; writes every member, and reads the secret back. */
const wso2: Portal = async (program) => {
  await saveTemplate(program, example('wso2'));
  const made = await send('POST', `${program.url}/admin/clients`, {
    token: adminToken,
    json: {
      client_id: 'wso2-api-manager',
      metadata: { client_name: 'WSO2', grant_types: ['client_credentials'], scope: 'dcr dcrm' },
    },
  });
  // Its template is found by a software_id, which the connector cannot send: the client registers under the default one.
  await onlyDefault(program, 'wso2');
  const headers = bearer(await tokenOf(program, made.body, 'dcr dcrm'));
  const nothing = {
    client_id: null,
    client_secret: null,
    redirect_uris: null,
    token_endpoint_auth_method: null,
    response_types: null,
    subject_type: null,
    tls_client_certificate_bound_access_tokens: false,
    client_secret_expires_at: null,
  };
  const registration = {
    ...nothing,
    client_name: 'admin_Weather_PRODUCTION',
    grant_types: ['client_credentials', 'refresh_token'],
  };
  const address = ({ client_id }: State) => `${program.url}/register/${client_id}`;
  return {
    headers,
    create: () => ({ method: 'POST', url: `${program.url}/register`, headers, json: registration }),
    update: (state, { name = state.client_name }) => ({
      method: 'PUT',
      url: address(state),
      headers,
      json: { ...registration, client_name: name },
    }),
    renew: (state) => ({ method: 'POST', url: `${address(state)}/secret`, headers }),
    remove: (state) => ({ method: 'DELETE', url: address(state), headers }),
    read: (state) => ({ method: 'GET', url: address(state), headers }),
  };
};

/** Makes a template the one of access tokens that name none. */
async function onlyDefault(program: TestApp, id: string): Promise<void> {
  const access = { initial_access_token: true, access_token: true };
  await saveTemplate(program, { id: 'default', default_for: ['initial_access_token'], access });
  await saveTemplate(program, { ...example(id), default_for: ['access_token'] });
}

export const dialects: Readonly<Record<string, Portal>> = { gravitee, tyk, mulesoft, wso2 };

export type { Dialect };
