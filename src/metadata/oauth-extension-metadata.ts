import { isIP } from 'node:net';
import { Choice, ChoiceList, Flag, Phrase, TextList, UriList, WebUri } from './members.js';
import { judgeRedirects } from './oauth-metadata.js';
import { OpenIdMetadata } from './openid-metadata.js';

const mutualTls = 'RFC 8705 section 2.1.2';
const introspection = 'RFC 9701 section 6';
const jarm = 'JARM section 3';

const contentEncryption = 'A128CBC-HS256';

/** An attribute of a distinguished name; blanks after a separator are tolerated, as many tools write them (RFC 4514 section 3). */
const attribute =
  '(?:[A-Za-z][A-Za-z0-9-]*|\\d+(?:\\.\\d+)+)=(?:#(?:[0-9A-Fa-f]{2})+|(?!#)(?:[^"+,;<>\\\\]|\\\\(?:[ "#+,;<=>\\\\]|[0-9A-Fa-f]{2}))*)';
const distinguishedName = new RegExp(`^${attribute}(?:[+,] *${attribute})*$`);
const dnsName = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const mailbox = /^[^\s@]+@[^\s@]+$/;

/** The members that extensions of OAuth 2.0 define: mutual TLS, signed and pushed requests, DPoP, signed responses. */
export class OAuthExtensionMetadata extends OpenIdMetadata {
  @Phrase(
    { summary: 'The subject of the certificate that the client presents.', clause: mutualTls },
    (name) => distinguishedName.test(name),
    'must be a distinguished name as RFC 4514 writes it',
  )
  tls_client_auth_subject_dn?: string;

  @Phrase(
    { summary: 'The DNS name in the certificate that the client presents.', clause: mutualTls },
    (name) => dnsName.test(name),
    'must be a DNS name',
  )
  tls_client_auth_san_dns?: string;

  @WebUri({ summary: 'The URI in the certificate that the client presents.', clause: mutualTls }, 'named')
  tls_client_auth_san_uri?: string;

  @Phrase(
    { summary: 'The IP address in the certificate that the client presents.', clause: mutualTls },
    (address) => isIP(address) !== 0 && !address.includes('%'),
    'must be an IPv4 or IPv6 address',
  )
  tls_client_auth_san_ip?: string;

  @Phrase(
    { summary: 'The e-mail address in the certificate that the client presents.', clause: mutualTls },
    (address) => mailbox.test(address),
    'must be an e-mail address',
  )
  tls_client_auth_san_email?: string;

  @Flag({
    summary: 'Whether access tokens are bound to the certificate of the client.',
    clause: 'RFC 8705 section 3.4',
    enforcedBy: 'tls_client_certificate_bound_access_tokens',
    fallback: false,
  })
  tls_client_certificate_bound_access_tokens?: boolean;

  @Flag({
    summary: 'Whether the client uses the addresses that the server keeps for mutual TLS.',
    clause: 'FAPI 2.0 Security Profile section 5.2.2.1.1',
    fallback: false,
  })
  use_mtls_endpoint_aliases?: boolean;

  @Flag({
    summary: 'Whether only signed request objects are accepted.',
    clause: 'RFC 9101 section 10.5',
    enforcedBy: 'request_object_signing_alg_values_supported',
    fallback: false,
  })
  require_signed_request_object?: boolean;

  @Flag({
    summary: 'Whether only pushed authorization requests are accepted.',
    clause: 'RFC 9126 section 6',
    enforcedBy: 'pushed_authorization_request_endpoint',
    fallback: false,
  })
  require_pushed_authorization_requests?: boolean;

  @Flag({
    summary: 'Whether access tokens are bound to a key of the client.',
    clause: 'RFC 9449 section 5.2',
    enforcedBy: 'dpop_signing_alg_values_supported',
    fallback: false,
  })
  dpop_bound_access_tokens?: boolean;

  @ChoiceList({
    summary: 'The types of authorization details that the client will use.',
    clause: 'RFC 9396 section 10',
    boundedBy: 'authorization_details_types_supported',
  })
  authorization_details_types?: string[];

  @ChoiceList({
    summary: 'The response modes that the client will use.',
    clause: 'FAPI 2.0 Message Signing section 5.3.3',
    boundedBy: 'response_modes_supported',
  })
  response_modes?: string[];

  @Choice({
    summary: 'How authorization responses are signed.',
    clause: jarm,
    boundedBy: 'authorization_signing_alg_values_supported',
    never: ['none'],
    fallback: 'RS256',
    fallbackWhenPublished: true,
  })
  authorization_signed_response_alg?: string;

  @Choice({
    summary: 'How the keys of encrypted authorization responses are encrypted.',
    clause: jarm,
    boundedBy: 'authorization_encryption_alg_values_supported',
  })
  authorization_encrypted_response_alg?: string;

  @Choice({
    summary: 'How the content of encrypted authorization responses is encrypted.',
    clause: jarm,
    boundedBy: 'authorization_encryption_enc_values_supported',
    fallback: contentEncryption,
    fallbackBeside: 'authorization_encrypted_response_alg',
  })
  authorization_encrypted_response_enc?: string;

  @Choice({
    summary: 'How introspection answers to the client are signed.',
    clause: introspection,
    boundedBy: 'introspection_signing_alg_values_supported',
    fallback: 'RS256',
    fallbackWhenPublished: true,
  })
  introspection_signed_response_alg?: string;

  @Choice({
    summary: 'How the keys of encrypted introspection answers are encrypted.',
    clause: introspection,
    boundedBy: 'introspection_encryption_alg_values_supported',
  })
  introspection_encrypted_response_alg?: string;

  @Choice({
    summary: 'How the content of encrypted introspection answers is encrypted.',
    clause: introspection,
    boundedBy: 'introspection_encryption_enc_values_supported',
    fallback: contentEncryption,
    fallbackBeside: 'introspection_encrypted_response_alg',
  })
  introspection_encrypted_response_enc?: string;

  @UriList(
    { summary: 'Where the user may be sent back after giving claims.', clause: 'UMA 2.0 Grant section 2' },
    judgeRedirects,
  )
  claims_redirect_uris?: string[];

  @Choice({ summary: 'How NFV access tokens are signed.', clause: 'ETSI GS NFV-SEC 022' })
  nfv_token_signed_response_alg?: string;

  @Choice({ summary: 'How the keys of encrypted NFV access tokens are encrypted.', clause: 'ETSI GS NFV-SEC 022' })
  nfv_token_encrypted_response_alg?: string;

  @Choice({
    summary: 'How the content of encrypted NFV access tokens is encrypted.',
    clause: 'ETSI GS NFV-SEC 022',
    fallback: contentEncryption,
    fallbackBeside: 'nfv_token_encrypted_response_alg',
  })
  nfv_token_encrypted_response_enc?: string;

  @TextList({
    summary: 'The kinds of subject identifier that the client can verify.',
    clause: 'Self-Issued OpenID Provider v2',
  })
  subject_syntax_types_supported?: string[];
}
