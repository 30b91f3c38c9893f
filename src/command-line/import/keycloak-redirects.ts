import { type KeycloakClient, listIn, type Part, wholeUri } from './keycloak-attributes.js';

/** Where a client may send users back to; patterns cannot be registered, and are told. */
export function redirectsOf(client: KeycloakClient, isUsed: boolean): Part {
  if (!isUsed) return { metadata: {} };
  const listed = (Array.isArray(client.redirectUris) ? client.redirectUris : []).filter(
    (uri): uri is string => typeof uri === 'string',
  );
  const redirects = sorted(listed, client, 'redirectUris');
  const afterLogout = (listIn(client, 'post.logout.redirect.uris') ?? [])
    .filter((uri) => uri !== '-')
    // It stands for all of the others.
    .flatMap((uri) => (uri === '+' ? redirects.exact : [uri]));
  const posts = sorted([...new Set(afterLogout)], client, 'post.logout.redirect.uris');
  return {
    metadata: {
      redirect_uris: redirects.exact,
      ...(posts.exact.length > 0 && { post_logout_redirect_uris: posts.exact }),
    },
    remarks: [...redirects.remarks, ...posts.remarks],
    faults: redirects.exact.length > 0 ? [] : ['has no redirect URI that is exact; write down which ones it uses'],
  };
}

function sorted(uris: readonly string[], client: KeycloakClient, member: string) {
  const whole = uris.map((uri) => wholeUri(client, uri));
  const isExact = (uri: string) => !uri.includes('*') && !uri.startsWith('/') && !uri.includes('${');
  return {
    exact: whole.filter(isExact),
    remarks: whole
      .filter((uri) => !isExact(uri))
      .map((uri) => `${member}: ${uri} is a pattern and left out; add each exact URI that it uses`),
  };
}
