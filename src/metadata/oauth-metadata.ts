import { Choice, ChoiceList, KeySet, Phrase, Text, TextList, UriList, WebUri } from './members.js';
import { applicationTypeFor, redirectUriFault, type ApplicationType } from './redirect-uri.js';
import { isScope } from './scope.js';

const clause = 'RFC 7591 section 2';

const isCompactJwt = (text: string) => /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(text);

/** Judges URIs that the user is sent to by the kind of application; where that is unknown, by the laxer of the two. */
export function judgeRedirects(document: {
  application_type?: unknown;
  redirect_uris?: unknown;
}): (uri: unknown) => string | undefined {
  const { application_type: given = applicationTypeFor(document.redirect_uris) } = document;
  const types: readonly ApplicationType[] = given === 'web' || given === 'native' ? [given] : ['web', 'native'];
  return (uri) => {
    const faults = types.map((type) => redirectUriFault(uri, type));
    return faults.includes(undefined) ? undefined : faults.at(-1);
  };
}

/** The members of RFC 7591 section 2, in its order, the redirect URIs first. */
export class OAuthMetadata {
  @UriList(
    {
      summary: 'Where the user may be sent back.',
      clause,
      failure: 'invalid_redirect_uri',
      example: ['https://app.example/cb'],
    },
    judgeRedirects,
  )
  redirect_uris?: string[];

  @Choice({
    summary: 'How the client proves at the token endpoint who it is.',
    clause,
    boundedBy: 'token_endpoint_auth_methods_supported',
    fallback: 'client_secret_basic',
  })
  token_endpoint_auth_method?: string;

  @ChoiceList({
    summary: 'The grants that the client will use.',
    clause,
    boundedBy: 'grant_types_supported',
    never: ['implicit', 'password'],
    fallback: ['authorization_code'],
  })
  grant_types?: string[];

  @ChoiceList({
    summary: 'The response types that the client will use at the authorization endpoint.',
    clause,
    boundedBy: 'response_types_supported',
    fallback: ['code'],
  })
  response_types?: string[];

  @Text({ summary: 'The name that is shown to the user.', clause, localizable: true, example: 'Example App' }, 256)
  client_name?: string;

  @WebUri({ summary: 'A page about the client.', clause, localizable: true }, 'shown')
  client_uri?: string;

  @WebUri({ summary: 'The logo that is shown to the user.', clause, localizable: true }, 'shown')
  logo_uri?: string;

  @Phrase(
    { summary: 'The scopes that the client may ask for, separated by blanks.', clause, example: 'openid profile' },
    isScope,
    'must be scope tokens separated by single blanks',
    4000,
  )
  scope?: string;

  @TextList({ summary: 'Whom to ask about the client, usually e-mail addresses.', clause })
  contacts?: string[];

  @WebUri({ summary: 'The terms of service.', clause, localizable: true }, 'shown')
  tos_uri?: string;

  @WebUri({ summary: 'The privacy policy.', clause, localizable: true }, 'shown')
  policy_uri?: string;

  @WebUri({ summary: 'Where the public keys of the client are.', clause }, 'called')
  jwks_uri?: string;

  @KeySet({ summary: 'The public keys of the client.', clause })
  jwks?: { keys: Record<string, unknown>[] };

  @Text({ summary: 'Which software the client is, the same in every instance and version.', clause })
  software_id?: string;

  @Text({ summary: 'Which version of the software the client is.', clause })
  software_version?: string;

  @Phrase(
    {
      summary: 'What a trusted issuer says of the client, signed; its claims take the place of plain members.',
      clause: 'RFC 7591 section 2.3',
    },
    isCompactJwt,
    'must be a signed JWT in compact form',
    16_384,
  )
  software_statement?: string;
}
