import type { TemplateDocument } from '../dto/template-document.dto.js';

const clientAuthentication = ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'];
const algorithms = ['PS256', 'ES256', 'EdDSA'];
/** What is signed for the client: RS256 is the default of the standards, and none of the profile's. */
const signed = { default: 'ES256', one_of: algorithms };

/** What the FAPI 2.0 Security Profile demands of confidential clients (sections 5.3.3 and 5.4). */
export const fapi2Template: TemplateDocument = {
  id: 'fapi2',
  status: 'off',
  description: 'Clients of the FAPI 2.0 Security Profile: keys instead of secrets, pushed requests, bound tokens',
  access: { initial_access_token: true, access_token: true },
  metadata: {
    token_endpoint_auth_method: { default: 'private_key_jwt', one_of: clientAuthentication },
    token_endpoint_auth_signing_alg: { default: 'PS256', one_of: algorithms },
    grant_types: {
      default: ['authorization_code', 'refresh_token'],
      within: ['authorization_code', 'refresh_token', 'client_credentials'],
    },
    response_types: { within: ['code'] },
    id_token_signed_response_alg: signed,
    authorization_signed_response_alg: signed,
    introspection_signed_response_alg: signed,
    userinfo_signed_response_alg: { one_of: algorithms },
    request_object_signing_alg: { one_of: algorithms },
    require_pushed_authorization_requests: { value: true },
    dpop_bound_access_tokens: { value: true },
  },
  redirect_uris: { schemes: ['https'], loopback: false },
};
