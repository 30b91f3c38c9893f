import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import type { Configuration } from 'oidc-provider';
import { isTrustedProxy } from '../config/trusted-proxies.js';

type MutualTls = NonNullable<NonNullable<Configuration['features']>['mTLS']>;

/**
 * Certificates of clients, as the TLS proxy in front of us has seen them: `Client-Cert` (RFC 9440 section 2.2) and, where
 * it has verified their chain, `X-SSL-Client-Verify: SUCCESS`. From anybody else the headers mean nothing.
 */
export function mutualTls(proxies: BlockList): MutualTls {
  return {
    enabled: true,
    certificateBoundAccessTokens: true,
    selfSignedTlsClientAuth: true,
    tlsClientAuth: true,
    getCertificate: ({ req }) => certificateOf(req, proxies),
    certificateAuthorized: ({ req }) =>
      certificateOf(req, proxies) !== undefined && req.headers['x-ssl-client-verify'] === 'SUCCESS',
    certificateSubjectMatches: ({ req }, property, expected) => {
      const certificate = certificateOf(req, proxies);
      return certificate !== undefined && (subjects[property]?.(certificate, expected) ?? false);
    },
  };
}

function certificateOf({ socket, headersDistinct }: IncomingMessage, proxies: BlockList): X509Certificate | undefined {
  const [header, ...more] = headersDistinct['client-cert'] ?? [];
  if (header === undefined || more.length > 0 || !isTrustedProxy(proxies, socket.remoteAddress)) return undefined;
  const encoded = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return new X509Certificate(Buffer.from(encoded, 'base64'));
  } catch {
    return undefined;
  }
}

type Comparison = (certificate: X509Certificate, expected: string) => boolean;

/** What the certificate must say, by what is registered (RFC 8705 section 2.1.2). */
const subjects: Readonly<Record<string, Comparison>> = {
  tls_client_auth_subject_dn: ({ subject }, expected) =>
    JSON.stringify(attributesOf(expected).reverse()) === JSON.stringify(subject.split('\n').map(attribute)),
  tls_client_auth_san_dns: (certificate, expected) =>
    certificate.checkHost(expected, { subject: 'never', wildcards: false }) !== undefined,
  tls_client_auth_san_uri: ({ subjectAltName }, expected) =>
    (subjectAltName ?? '').split(', ').includes(`URI:${expected}`),
  tls_client_auth_san_ip: (certificate, expected) => certificate.checkIP(expected) !== undefined,
  tls_client_auth_san_email: (certificate, expected) =>
    certificate.checkEmail(expected, { subject: 'never' }) !== undefined,
};

/** A distinguished name as its attributes; in text the last comes first (RFC 4514 section 2.1). */
const attributesOf = (name: string): string[] =>
  (name.match(/(?:\\.|[^,\\])+/g) ?? []).map((part) => attribute(part.trimStart()));

/** An attribute without escapes, its type in upper case. */
function attribute(text: string): string {
  const [type = '', ...value] = text.split('=');
  return `${type.toUpperCase()}=${value.join('=').replace(/\\([0-9a-f]{2}|.)/gi, unescaped)}`;
}

const unescaped = (_: string, escaped: string): string =>
  escaped.length === 2 ? String.fromCharCode(parseInt(escaped, 16)) : escaped;
