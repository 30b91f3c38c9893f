import { Choice, Flag, Seconds, TextList, UriList, WebUri, WebUriList } from './members.js';
import { judgeRedirects, OAuthMetadata } from './oauth-metadata.js';

const clause = 'OpenID Connect Registration 1.0 section 2';
const rpInitiatedLogout = 'OpenID Connect RP-Initiated Logout 1.0 section 3.1';
const frontChannelLogout = 'OpenID Connect Front-Channel Logout 1.0 section 2';
const backChannelLogout = 'OpenID Connect Back-Channel Logout 1.0 section 2.2';
const ciba = 'OpenID Connect CIBA Core 1.0 section 4';

const contentEncryption = 'A128CBC-HS256';

/** The members of OpenID Connect: registration, logout and backchannel authentication. */
export class OpenIdMetadata extends OAuthMetadata {
  @Choice({
    summary: 'Whether the client runs at a web server or on a device; absent, the redirect URIs tell.',
    clause,
    among: ['web', 'native'],
    fallback: 'web',
  })
  application_type?: string;

  @WebUri(
    {
      summary: 'A document that lists the redirect URIs of all clients that share pairwise subjects.',
      clause: 'OpenID Connect Registration 1.0 section 5',
    },
    'called',
  )
  sector_identifier_uri?: string;

  @Choice({
    summary: 'Whether all clients see the same subject for a user, or each its own.',
    clause,
    boundedBy: 'subject_types_supported',
    fallback: 'public',
  })
  subject_type?: string;

  @Choice({
    summary: 'How ID tokens are signed.',
    clause,
    boundedBy: 'id_token_signing_alg_values_supported',
    fallback: 'RS256',
  })
  id_token_signed_response_alg?: string;

  @Choice({
    summary: 'How the keys of encrypted ID tokens are encrypted.',
    clause,
    boundedBy: 'id_token_encryption_alg_values_supported',
  })
  id_token_encrypted_response_alg?: string;

  @Choice({
    summary: 'How the content of encrypted ID tokens is encrypted.',
    clause,
    boundedBy: 'id_token_encryption_enc_values_supported',
    fallback: contentEncryption,
    fallbackBeside: 'id_token_encrypted_response_alg',
  })
  id_token_encrypted_response_enc?: string;

  @Choice({
    summary: 'How userinfo answers are signed; absent, they are plain JSON.',
    clause,
    boundedBy: 'userinfo_signing_alg_values_supported',
  })
  userinfo_signed_response_alg?: string;

  @Choice({
    summary: 'How the keys of encrypted userinfo answers are encrypted.',
    clause,
    boundedBy: 'userinfo_encryption_alg_values_supported',
  })
  userinfo_encrypted_response_alg?: string;

  @Choice({
    summary: 'How the content of encrypted userinfo answers is encrypted.',
    clause,
    boundedBy: 'userinfo_encryption_enc_values_supported',
    fallback: contentEncryption,
    fallbackBeside: 'userinfo_encrypted_response_alg',
  })
  userinfo_encrypted_response_enc?: string;

  @Choice({
    summary: 'How request objects must be signed; absent, in any supported way.',
    clause,
    boundedBy: 'request_object_signing_alg_values_supported',
  })
  request_object_signing_alg?: string;

  @Choice({
    summary: 'How the keys of encrypted request objects may be encrypted.',
    clause,
    boundedBy: 'request_object_encryption_alg_values_supported',
  })
  request_object_encryption_alg?: string;

  @Choice({
    summary: 'How the content of encrypted request objects may be encrypted.',
    clause,
    boundedBy: 'request_object_encryption_enc_values_supported',
    fallback: contentEncryption,
    fallbackBeside: 'request_object_encryption_alg',
  })
  request_object_encryption_enc?: string;

  @Choice({
    summary: 'How the assertions of the client must be signed; absent, in any supported way.',
    clause,
    boundedBy: 'token_endpoint_auth_signing_alg_values_supported',
    never: ['none'],
  })
  token_endpoint_auth_signing_alg?: string;

  @Seconds({ summary: 'How old the sign-in of a user may be, in seconds.', clause })
  default_max_age?: number;

  @Flag({ summary: 'Whether ID tokens must say when the user signed in.', clause, fallback: false })
  require_auth_time?: boolean;

  @TextList({
    summary: 'The authentication contexts that the client asks for by default, best first.',
    clause,
    boundedBy: 'acr_values_supported',
  })
  default_acr_values?: string[];

  @WebUri({ summary: 'Where others can ask the client to start a sign-in.', clause }, 'called')
  initiate_login_uri?: string;

  @WebUriList({ summary: 'Where the request objects of the client are.', clause }, 'digested')
  request_uris?: string[];

  @UriList({ summary: 'Where the user may be sent after signing out.', clause: rpInitiatedLogout }, judgeRedirects)
  post_logout_redirect_uris?: string[];

  @WebUri(
    { summary: 'A page of the client that signs the user out in the browser.', clause: frontChannelLogout },
    'framed',
  )
  frontchannel_logout_uri?: string;

  @Flag({
    summary: 'Whether that page must be told which session ends.',
    clause: frontChannelLogout,
    fallback: false,
  })
  frontchannel_logout_session_required?: boolean;

  @WebUri({ summary: 'Where the client is told that a user signed out.', clause: backChannelLogout }, 'called')
  backchannel_logout_uri?: string;

  @Flag({
    summary: 'Whether logout tokens must say which session ends.',
    clause: backChannelLogout,
    enforcedBy: 'backchannel_logout_session_supported',
    fallback: false,
  })
  backchannel_logout_session_required?: boolean;

  @Choice({
    summary: 'How the tokens of backchannel authentication reach the client.',
    clause: ciba,
    among: ['poll', 'ping', 'push'],
    boundedBy: 'backchannel_token_delivery_modes_supported',
  })
  backchannel_token_delivery_mode?: string;

  @WebUri({ summary: 'Where the client is told that backchannel authentication is done.', clause: ciba }, 'called')
  backchannel_client_notification_endpoint?: string;

  @Choice({
    summary: 'How backchannel authentication requests are signed; absent, they are not.',
    clause: ciba,
    boundedBy: 'backchannel_authentication_request_signing_alg_values_supported',
    never: ['none'],
  })
  backchannel_authentication_request_signing_alg?: string;

  @Flag({ summary: 'Whether the client sends a user code with backchannel authentication.', clause: ciba })
  backchannel_user_code_parameter?: boolean;
}
