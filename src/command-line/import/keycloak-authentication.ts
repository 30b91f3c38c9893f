import { createPublicKey, type JsonWebKey, X509Certificate } from 'node:crypto';
import { attribute, type KeycloakClient, type Part, textIn } from './keycloak-attributes.js';

/** How a client authenticates, and with what. */
export function authenticationOf(client: KeycloakClient): Part {
  const { publicClient, clientAuthenticatorType = 'client-secret' } = client;
  const keys = keysOf(client);
  if (publicClient === true) return { ...keys, metadata: { ...keys.metadata, token_endpoint_auth_method: 'none' } };
  const way = ways[clientAuthenticatorType as keyof typeof ways];
  if (!way)
    return { metadata: {}, faults: [`authenticates by ${String(clientAuthenticatorType)}, which there is not here`] };
  const own = way(client);
  return {
    ...own,
    metadata: { ...keys.metadata, ...own.metadata },
    faults: [...(keys.faults ?? []), ...(own.faults ?? [])],
  };
}

const ways = {
  'client-secret': (client: KeycloakClient): Part => {
    const told = attribute(client, 'client.secret.authentication.allowed.method');
    const method = told ?? 'client_secret_basic';
    const remarks = ['could send its secret in the body as well; here it has to send it as HTTP Basic'];
    return withSecret(client, { token_endpoint_auth_method: method }, told === undefined ? remarks : []);
  },
  'client-secret-jwt': (client: KeycloakClient): Part =>
    withSecret(client, { token_endpoint_auth_method: 'client_secret_jwt', ...signing(client) }),
  'client-jwt': (client: KeycloakClient): Part => ({
    metadata: { token_endpoint_auth_method: 'private_key_jwt', ...signing(client) },
  }),
  'client-x509': (client: KeycloakClient): Part => ({
    metadata: {
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: attribute(client, 'x509.subjectdn'),
    },
    faults:
      attribute(client, 'x509.allow.regex.pattern.comparison') === 'true'
        ? ['x509.subjectdn is a pattern; write down the whole name of its certificate']
        : [],
  }),
};

const signing = (client: KeycloakClient): object => {
  const algorithm = attribute(client, 'token.endpoint.auth.signing.alg');
  return algorithm === undefined ? {} : { token_endpoint_auth_signing_alg: algorithm };
};

/** Partial exports show stars instead of secrets, and others where a vault or the environment has them. */
function withSecret(client: KeycloakClient, metadata: Part['metadata'], remarks: readonly string[] = []): Part {
  const secret = textIn(client.secret);
  if (secret === undefined) return { metadata, remarks };
  const isHidden = /^\*+$/.test(secret) || /^\$\{.*\}$/.test(secret);
  if (!isHidden) return { metadata, secret, remarks };
  return { metadata, remarks: [...remarks, 'its secret is not in the file; kc.sh export writes secrets'] };
}

function keysOf(client: KeycloakClient): Part {
  if (attribute(client, 'use.jwks.url') === 'true') {
    const uri = attribute(client, 'jwks.url');
    return { metadata: uri === undefined ? {} : { jwks_uri: uri } };
  }
  try {
    const set = attribute(client, 'use.jwks.string') === 'true' ? attribute(client, 'jwks.string') : undefined;
    if (set !== undefined) return { metadata: { jwks: JSON.parse(set) as unknown } };
    const key = singleKey(client);
    return { metadata: key === undefined ? {} : { jwks: { keys: [key] } } };
  } catch {
    return { metadata: {}, faults: ['has keys that cannot be read'] };
  }
}

/** The key of a client that has only one, as a certificate or by itself. */
function singleKey(client: KeycloakClient): JsonWebKey | undefined {
  const certificate = attribute(client, 'jwt.credential.certificate');
  const key = attribute(client, 'jwt.credential.public.key');
  const found = certificate
    ? new X509Certificate(bytesOf(certificate)).publicKey
    : key && createPublicKey({ key: bytesOf(key), format: 'der', type: 'spki' });
  if (!found) return undefined;
  const kid = attribute(client, 'jwt.credential.kid');
  return { ...found.export({ format: 'jwk' }), ...(kid !== undefined && { kid }) };
}

/** DER, with or without the lines around it. */
const bytesOf = (text: string): Buffer => Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64');
