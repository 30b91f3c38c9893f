import { attribute, type KeycloakClient, type Part } from './keycloak-attributes.js';

interface Grants extends Part {
  readonly metadata: { readonly grant_types: readonly string[]; readonly backchannel_token_delivery_mode?: string };
}

/** The grants of a client that can be registered, and those that cannot. */
export function grantsOf(client: KeycloakClient): Grants {
  const says = (name: string) => attribute(client, name) === 'true';
  const isCiba = says('oidc.ciba.grant.enabled');
  const asked: [boolean, string][] = [
    // What is not said is on, as in Keycloak.
    [client.standardFlowEnabled !== false, 'authorization_code'],
    [client.serviceAccountsEnabled === true, 'client_credentials'],
    [says('oauth2.device.authorization.grant.enabled'), 'urn:ietf:params:oauth:grant-type:device_code'],
    [isCiba, 'urn:openid:params:grant-type:ciba'],
    [says('standard.token.exchange.enabled'), 'urn:ietf:params:oauth:grant-type:token-exchange'],
    [says('oauth2.jwt.authorization.grant.enabled'), 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
  ];
  const grants = asked.flatMap(([isOn, grant]) => (isOn ? [grant] : []));
  const isWithUsers = grants.some((grant) => /authorization_code|device_code|ciba/.test(grant));
  if (isWithUsers && attribute(client, 'use.refresh.tokens') !== 'false') grants.push('refresh_token');
  const mode = attribute(client, 'ciba.backchannel.token.delivery.mode') ?? 'poll';
  return {
    metadata: { grant_types: grants, ...(isCiba && { backchannel_token_delivery_mode: mode }) },
    remarks: [
      ...(client.implicitFlowEnabled === true
        ? ['implicitFlowEnabled is not kept, since no client may use that grant']
        : []),
      ...(client.directAccessGrantsEnabled === true
        ? ['directAccessGrantsEnabled is not kept, since no client may use the password grant']
        : []),
    ],
    faults: grants.length > 0 ? [] : ['has no grant that can be registered'],
  };
}
