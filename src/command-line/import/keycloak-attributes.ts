/** A client as Keycloak represents it; nothing is known of its members until they are read. */
export type KeycloakClient = Readonly<Partial<Record<Member, unknown>>>;

type Member =
  | ('clientId' | 'name' | 'description' | 'rootUrl' | 'baseUrl' | 'enabled' | 'protocol' | 'attributes')
  | ('publicClient' | 'bearerOnly' | 'clientAuthenticatorType' | 'secret' | 'redirectUris')
  | ('standardFlowEnabled' | 'implicitFlowEnabled' | 'directAccessGrantsEnabled' | 'serviceAccountsEnabled')
  | ('consentRequired' | 'frontchannelLogout' | 'defaultClientScopes' | 'optionalClientScopes' | 'protocolMappers');

/** What one side of a client comes to. */
export interface Part {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly secret?: string | undefined;
  readonly remarks?: readonly string[];
  readonly faults?: readonly string[];
}

/** A text that says something. */
export const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** An address, which begins with a slash where Keycloak puts the root of the client before it. */
export function wholeUri({ rootUrl }: KeycloakClient, uri: string): string {
  const root = textIn(rootUrl)?.replace(/\/$/, '');
  return uri.startsWith('/') && root !== undefined ? root + uri : uri;
}

/** An attribute, which Keycloak keeps as a text whatever it is. */
export function attribute({ attributes }: KeycloakClient, name: string): string | undefined {
  const all = (typeof attributes === 'object' && attributes !== null ? attributes : {}) as Record<string, unknown>;
  return Object.hasOwn(all, name) ? textIn(all[name]) : undefined;
}

/** The entries of an attribute that is a list. */
export const listIn = (client: KeycloakClient, name: string): string[] | undefined =>
  attribute(client, name)
    ?.split('##')
    .filter((entry) => entry !== '');

/** Attributes that are a member as they are. */
const texts: Readonly<Record<string, string>> = {
  logoUri: 'logo_uri',
  policyUri: 'policy_uri',
  tosUri: 'tos_uri',
  'id.token.signed.response.alg': 'id_token_signed_response_alg',
  'id.token.encrypted.response.alg': 'id_token_encrypted_response_alg',
  'id.token.encrypted.response.enc': 'id_token_encrypted_response_enc',
  'user.info.response.signature.alg': 'userinfo_signed_response_alg',
  'user.info.encrypted.response.alg': 'userinfo_encrypted_response_alg',
  'user.info.encrypted.response.enc': 'userinfo_encrypted_response_enc',
  'request.object.signature.alg': 'request_object_signing_alg',
  'request.object.encryption.alg': 'request_object_encryption_alg',
  'request.object.encryption.enc': 'request_object_encryption_enc',
  'authorization.signed.response.alg': 'authorization_signed_response_alg',
  'authorization.encrypted.response.alg': 'authorization_encrypted_response_alg',
  'authorization.encrypted.response.enc': 'authorization_encrypted_response_enc',
};

/** How Keycloak says that an algorithm is left open. */
const open = new Set(['any', 'unsigned']);

const flags: Readonly<Record<string, string>> = {
  'require.pushed.authorization.requests': 'require_pushed_authorization_requests',
  'tls.client.certificate.bound.access.tokens': 'tls_client_certificate_bound_access_tokens',
  'dpop.bound.access.tokens': 'dpop_bound_access_tokens',
};

const lists: Readonly<Record<string, string>> = {
  'default.acr.values': 'default_acr_values',
  'request.uris': 'request_uris',
};

/** What the attributes of a client come to, but for those that other sides of it need. */
export function attributesOf(client: KeycloakClient): Part {
  const metadata: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(texts)) {
    const value = attribute(client, name);
    if (value !== undefined && !open.has(value)) metadata[member] = value;
  }
  for (const [name, member] of Object.entries(flags)) if (attribute(client, name) === 'true') metadata[member] = true;
  for (const [name, member] of Object.entries(lists)) {
    const value = listIn(client, name);
    if (value?.length) metadata[member] = value;
  }
  const required = attribute(client, 'request.object.required');
  if (required !== undefined && required !== 'not required') metadata.require_signed_request_object = true;
  return { metadata: { ...metadata, ...logoutOf(client) }, remarks: remarksOn(client) };
}

function logoutOf(client: KeycloakClient): object {
  const back = attribute(client, 'backchannel.logout.url');
  const front = client.frontchannelLogout === true ? attribute(client, 'frontchannel.logout.url') : undefined;
  const isRequired = (way: string) => attribute(client, `${way}.logout.session.required`) === 'true';
  return {
    ...(back !== undefined && {
      backchannel_logout_uri: back,
      backchannel_logout_session_required: isRequired('backchannel'),
    }),
    ...(front !== undefined && {
      frontchannel_logout_uri: front,
      frontchannel_logout_session_required: isRequired('frontchannel'),
    }),
  };
}

function remarksOn(client: KeycloakClient): string[] {
  const mappers = (Array.isArray(client.protocolMappers) ? client.protocolMappers : []) as {
    protocolMapper?: unknown;
  }[];
  const isPairwise = mappers.some((mapper) => String(mapper?.protocolMapper).includes('pairwise'));
  const said: [boolean, string][] = [
    [client.consentRequired === true, 'consentRequired is not kept'],
    [isPairwise, 'its users had subjects of its own (pairwise), and get the public ones'],
    [
      attribute(client, 'pkce.code.challenge.method') === 'plain',
      'sent its PKCE challenge as plain; here it has to be S256',
    ],
  ];
  return said.flatMap(([isSo, remark]) => (isSo ? [remark] : []));
}
