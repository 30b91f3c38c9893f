import { describe, expect, it } from '@jest/globals';
import { Refusal, type Violation } from '../../src/errors.js';
import { fillDefaults } from '../../src/metadata/defaults.js';
import { resolveChoices } from '../../src/metadata/metadata-choices.js';
import { readMetadata } from '../../src/metadata/read-metadata.js';
import { check, type CheckedMetadata, type CheckOptions } from '../../src/metadata/rulebook.js';
import { builtInServerMetadata, type ServerMetadata } from '../../src/metadata/server-support.js';

export type Document = Record<string, unknown>;

/** What the built-in token service offers. */
export const builtIn = builtInServerMetadata('https://as.example', ['openid', 'profile', 'email']);

/** A server that bounds nothing, as one that publishes no lists. */
export const unbounded: ServerMetadata = {
  issuer: 'https://as.example',
  pushed_authorization_request_endpoint: 'https://as.example/par',
  request_object_signing_alg_values_supported: ['none', 'HS256', 'RS256', 'PS256', 'ES256'],
  dpop_signing_alg_values_supported: ['ES256'],
  tls_client_certificate_bound_access_tokens: true,
  backchannel_logout_session_supported: true,
};

/** A web application with the code flow, the smallest client that has everything. */
export const webClient: Document = { redirect_uris: ['https://app.example/cb'] };

/** A client without users, which therefore needs no redirect URI. */
export const serviceClient: Document = { grant_types: ['client_credentials'] };

/** A public key, for members that need one (RFC 7517 appendix A.1). */
export const clientKeys: { readonly jwks: { readonly keys: readonly Document[] } } = {
  jwks: {
    keys: [
      {
        kty: 'RSA',
        e: 'AQAB',
        n: 'sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8UDprecbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4gs_7svlJJQ4H9_NxsiIoLwAEk7-Q3UXERGYw_75IDrGA84-lA_-Ct4eTlXHBIY2EaV7t7LjJaynVJCpkv4LKjTTAumiGUIuQhrNhZLuF_RJLqHpM2kgWFLU7-VTdL1VbC2tejvcI2BlMkEpk1BzBZI0KQB0GaDWFLN-aEAw3vRw',
      },
    ],
  },
};

/** The key of {@link certificate}. */
export const certifiedKey = {
  kty: 'EC',
  x: 'Zh9U9iWbn5C2_0PMRpN3J1YSON-DNsQZzsmU-LLqZQ0',
  y: 'YY8d0ODAFVrESSmZduf04JZEgKJVMpbk1BlRPd2H55U',
  crv: 'P-256',
};
/** A self-signed certificate in base64, valid for a hundred years. */
export const certificate = [
  'MIIBgzCCASmgAwIBAgIUWcQ2hT7BSBsmxL8w38dObyvVFmcwCgYIKoZIzj0EAwIwFjEUMBIGA1UEAwwLYXBwLmV4YW1wbGUwIBcNMjYxMTIzMD',
  'YyMjEwWhgPMjEyNjEwMzAwNjIyMTBaMBYxFDASBgNVBAMMC2FwcC5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZh9U9iWbn5C2',
  '/0PMRpN3J1YSON+DNsQZzsmU+LLqZQ1hjx3Q4MAVWsRJKZl25/TglkSAolUyluTUGVE93YfnlaNTMFEwHQYDVR0OBBYEFFNg9pbB3KKKlSavwX',
  'XHHaGdxNZIMB8GA1UdIwQYMBaAFFNg9pbB3KKKlSavwXXHHaGdxNZIMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgW4bUVjhx',
  '4IFL8lM1KaXLG7BxzsEjUOpw3+rYBBz41ygCIQDj/rWiOXBiGBz9V1d8mS38f6ix7pb7CEIYQqn3F0d9mA==',
].join('');

/** What would be registered of a document: read, filled in and checked. */
export function registered(document: Document, server = builtIn, options?: CheckOptions): CheckedMetadata {
  return check(fillDefaults(resolveChoices(readMetadata(document), server), server), server, options);
}

/** Everything that a document is refused for; nothing when it is accepted. */
export function violationsOf(document: Document, server = builtIn, options?: CheckOptions): readonly Violation[] {
  return refusalOf(document, server, options)?.violations ?? [];
}

/** The refusal that a document meets, if any. */
export function refusalOf(document: Document, server = builtIn, options?: CheckOptions): Refusal | undefined {
  try {
    registered(document, server, options);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

export interface Sentences {
  /** The value is registered exactly as sent. */
  accepts: (value: unknown, beside?: Document, server?: ServerMetadata) => void;
  /** The value is refused with a message that ends so, or has this in it. */
  refuses: (value: unknown, because: string, beside?: Document, server?: ServerMetadata) => void;
}

const show = (value: unknown) => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}... (${text.length})` : text;
};

/** Sentences about one member beside the members of a whole client, each of which becomes a test. */
export function member(name: string, sentences: (language: Sentences) => void, client: Document = webClient): void {
  let count = 0;
  const title = (verb: string, value: unknown, beside: Document) => {
    const context = Object.keys(beside).length > 0 ? ` beside ${show(beside)}` : '';
    return `${(count += 1)}. ${verb} ${show(value)}${context}`;
  };
  describe(name, () => {
    sentences({
      accepts: (value, beside = {}, server = builtIn) =>
        it(title('accepts', value, beside), () => {
          expect(registered({ ...client, ...beside, [name]: value }, server)).toHaveProperty([name], value);
        }),
      refuses: (value, because, beside = {}, server = builtIn) =>
        it(`${title('refuses', value, beside)}: ${because}`, () => {
          const found = violationsOf({ ...client, ...beside, [name]: value }, server);
          const ours = found.filter((one) => one.member === name).map((one) => one.message);
          expect(ours.join('\n')).toContain(because);
        }),
    });
  });
}
