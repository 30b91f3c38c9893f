import { Choice, ChoiceList, JsonDocument, membersOf, Text, TextList, WebUri, type Member } from './members.js';
import { OAuthExtensionMetadata } from './oauth-extension-metadata.js';

const federation = 'OpenID Federation 1.0 section 5.2.2';

/**
 * Everything that a client may say about itself: the members that clients set out of the IANA registry of OAuth
 * Dynamic Client Registration Metadata, and those of specifications that are not in it yet. The table is the request,
 * its validation, its documentation, its defaults and its bounds at once.
 */
export class ClientMetadata extends OAuthExtensionMetadata {
  @ChoiceList({
    summary: 'How the client may be registered within a federation.',
    clause: 'OpenID Federation 1.0 section 5.1.2',
    boundedBy: 'client_registration_types_supported',
  })
  client_registration_types?: string[];

  @WebUri(
    { summary: 'Where the signed public keys of the client are.', clause: 'OpenID Federation 1.0 section 5.2.1' },
    'called',
  )
  signed_jwks_uri?: string;

  @Text({ summary: 'The organization that owns the client.', clause: federation, localizable: true })
  organization_name?: string;

  @Text({ summary: 'What the client is.', clause: federation, localizable: true }, 4000)
  description?: string;

  @TextList({ summary: 'Words by which the client can be found.', clause: federation }, { atLeastOne: true })
  keywords?: string[];

  @WebUri({ summary: 'A page with more about the client.', clause: federation, localizable: true }, 'shown')
  information_uri?: string;

  @WebUri({ summary: 'A page about the organization.', clause: federation, localizable: true }, 'shown')
  organization_uri?: string;

  @TextList(
    {
      summary: 'How the client can decrypt the content of presentations.',
      clause: 'OpenID for Verifiable Presentations 1.0 section 5.1',
    },
    { atLeastOne: true },
  )
  encrypted_response_enc_values_supported?: string[];

  @JsonDocument({
    summary: 'The formats of credentials that the client can verify.',
    clause: 'OpenID for Verifiable Presentations 1.0 section 11.1',
  })
  vp_formats_supported?: Record<string, unknown>;

  @Choice({
    summary: 'How external attachments of verified claims are digested.',
    clause: 'OpenID Identity Assurance Attachments 1.0 section 7',
    boundedBy: 'digest_algorithms_supported',
  })
  digest_algorithm?: string;

  @WebUri(
    {
      summary: 'Where a wallet takes credential offers.',
      clause: 'OpenID for Verifiable Credential Issuance 1.0 section 12.1',
    },
    'opened',
  )
  credential_offer_endpoint?: string;

  @WebUri(
    { summary: 'Where the client takes commands about accounts.', clause: 'OpenID Provider Commands 1.0' },
    'called',
  )
  command_endpoint?: string;
}

/** The name of a member of the table. */
export type MemberName = keyof ClientMetadata;

/** Every member of the table, in its order. */
export const metadataMembers = membersOf(ClientMetadata) as readonly (Member & { readonly name: MemberName })[];
