import type { ClientMetadata } from './client-metadata.js';
import { cibaGrant } from './grant-rules.js';
import { redirectHost } from './redirect-uri.js';
import { rule, type Rule } from './rule.js';

const originOf = (uri: string) => (redirectHost(uri) === undefined ? undefined : new URL(uri).origin);

type SectorMembers = Pick<
  ClientMetadata,
  | 'redirect_uris'
  | 'grant_types'
  | 'backchannel_token_delivery_mode'
  | 'backchannel_client_notification_endpoint'
  | 'jwks_uri'
>;

/** The addresses whose host is the sector of a client that names no other (OpenID Connect Core 1.0 section 8.1, CIBA Core 1.0 section 4). */
function sectorAddresses(metadata: SectorMembers): readonly string[] {
  const { redirect_uris = [] } = metadata;
  const backchannel = cibaAddress(metadata);
  return redirect_uris.length > 0 || !backchannel ? redirect_uris : [backchannel.address];
}

/** The address that a client of the CIBA grant has instead of redirect URIs (OpenID Connect CIBA Core 1.0 section 4). */
export function cibaAddress(
  metadata: Omit<SectorMembers, 'redirect_uris'>,
): { readonly name: string; readonly address: string } | undefined {
  const { grant_types = [], backchannel_token_delivery_mode: mode } = metadata;
  if (!grant_types.includes(cibaGrant)) return undefined;
  const name = mode === 'push' ? 'backchannel_client_notification_endpoint' : 'jwks_uri';
  const address = metadata[name];
  return address === undefined ? undefined : { name, address };
}

/** What OpenID Connect's own members ask of each other. */
export const openIdRules: readonly Rule[] = [
  rule(
    'OpenID Connect Core 1.0 section 8.1',
    [
      'sector_identifier_uri',
      'subject_type',
      'redirect_uris',
      'grant_types',
      'backchannel_token_delivery_mode',
      'backchannel_client_notification_endpoint',
      'jwks_uri',
    ],
    (metadata) => {
      if (metadata.subject_type !== 'pairwise' || metadata.sector_identifier_uri !== undefined) return undefined;
      const hosts = new Set(sectorAddresses(metadata).map(redirectHost));
      return hosts.size === 1 && !hosts.has(undefined)
        ? undefined
        : 'must be given for pairwise subjects unless all redirect URIs have one host';
    },
  ),

  rule(
    'OpenID Connect CIBA Core 1.0 section 4',
    ['jwks_uri', 'subject_type', 'grant_types', 'backchannel_token_delivery_mode'],
    ({ jwks_uri, subject_type, grant_types = [], backchannel_token_delivery_mode: mode }) =>
      subject_type === 'pairwise' && grant_types.includes(cibaGrant) && mode !== 'push' && jwks_uri === undefined
        ? `must be given for pairwise subjects with the ${cibaGrant} grant`
        : undefined,
  ),

  rule(
    'OpenID Connect Front-Channel Logout 1.0 section 2',
    ['frontchannel_logout_uri', 'redirect_uris'],
    ({ frontchannel_logout_uri: uri, redirect_uris = [] }) =>
      uri === undefined || redirect_uris.some((redirectUri) => originOf(redirectUri) === originOf(uri))
        ? undefined
        : 'must have the scheme, host and port of one of the redirect_uris',
  ),

  rule(
    'OpenID Connect CIBA Core 1.0 section 4',
    ['backchannel_token_delivery_mode', 'grant_types'],
    ({ backchannel_token_delivery_mode: mode, grant_types = [] }) =>
      mode === undefined && grant_types.includes(cibaGrant) ? `must be given for the ${cibaGrant} grant` : undefined,
  ),

  rule(
    'OpenID Connect CIBA Core 1.0 section 4',
    ['backchannel_token_delivery_mode', 'grant_types'],
    ({ backchannel_token_delivery_mode: mode, grant_types = [] }) =>
      (mode === 'poll' || mode === 'ping') && !grant_types.includes(cibaGrant)
        ? `must not be ${mode} without the ${cibaGrant} grant`
        : undefined,
  ),

  rule(
    'OpenID Connect CIBA Core 1.0 section 4',
    ['backchannel_client_notification_endpoint', 'backchannel_token_delivery_mode'],
    ({ backchannel_client_notification_endpoint: endpoint, backchannel_token_delivery_mode: mode }) =>
      (mode === 'ping' || mode === 'push') && endpoint === undefined
        ? `must be given where backchannel_token_delivery_mode is ${mode}`
        : undefined,
  ),
];
