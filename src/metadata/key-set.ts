import { createPublicKey, X509Certificate, type JsonWebKey, type KeyObject } from 'node:crypto';
import { documentFault } from './text.js';

const mostKeys = 32;
const mostCertificates = 8;

/** Members that hold a private or symmetric key, of any key type (RFC 7518 section 6, draft-ietf-cose-dilithium section 3). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** The members that each key type needs (RFC 7518 section 6, RFC 8037 section 2, draft-ietf-cose-dilithium section 3). */
const publicMembers: ReadonlyMap<string, readonly string[]> = new Map([
  ['RSA', ['n', 'e']],
  ['EC', ['crv', 'x', 'y']],
  ['OKP', ['crv', 'x']],
  ['AKP', ['pub']],
]);

/** The keys that we can read, and so verify; others are the client's affair (RFC 7517 section 5). */
const readableCurves = new Set(['P-256', 'P-384', 'P-521', 'secp256k1', 'Ed25519', 'Ed448', 'X25519', 'X448']);

const base64url = /^[A-Za-z0-9_-]+$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

type Jwk = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Jwk => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What is wrong with a JWK Set, each fault as the rest of a sentence that starts with the member's name: public keys
 * only, and each one that we can read is sound (RFC 7517 section 5, OpenID Connect Registration 1.0 section 2).
 */
export function keySetFaults(value: unknown): readonly string[] {
  if (!isObject(value)) return ['must be a JSON object'];
  const { keys } = value;
  if (!Object.hasOwn(value, 'keys') || !Array.isArray(keys)) return ['.keys must be a list of keys'];
  if (keys.length > mostKeys) return [`.keys must not hold more than ${mostKeys} keys`];
  const faults = keys.flatMap((key: unknown, index) => {
    const fault = keyFault(key);
    return fault === undefined ? [] : [`.keys[${index}] ${fault}`];
  });
  if (faults.length > 0) return faults;
  const unsafe = documentFault(value);
  return unsafe === undefined ? usesFaults(keys as Jwk[]) : [unsafe];
}

function keyFault(key: unknown): string | undefined {
  if (!isObject(key)) return 'must be a JSON object';
  if (typeof key.kty !== 'string' || key.kty === '') return 'must have a kty';
  if (key.kty === 'oct') return 'must not be a symmetric key';
  if (privateMembers.some((member) => Object.hasOwn(key, member))) return 'must not hold private members';
  for (const member of ['use', 'alg', 'kid']) {
    if (Object.hasOwn(key, member) && typeof key[member] !== 'string') return `must have a string as ${member}`;
  }
  for (const member of publicMembers.get(key.kty) ?? []) {
    if (!Object.hasOwn(key, member) || typeof key[member] !== 'string') return `must have a string as ${member}`;
    if (member !== 'crv' && !base64url.test(key[member])) return `must have a base64url value as ${member}`;
  }
  if (!isReadable(key)) return Object.hasOwn(key, 'x5c') ? certificatesFault(key.x5c) : undefined;
  const publicKey = publicKeyOf(key);
  if (!publicKey) return `must be a valid ${key.kty} key`;
  return strengthFault(publicKey) ?? (Object.hasOwn(key, 'x5c') ? certificatesFault(key.x5c, publicKey) : undefined);
}

const isReadable = ({ kty, crv }: Jwk) =>
  kty === 'RSA' || ((kty === 'EC' || kty === 'OKP') && readableCurves.has(crv as string));

function publicKeyOf(key: Jwk): KeyObject | undefined {
  const members = ['kty', ...publicMembers.get(key.kty as string)!];
  const jwk = Object.fromEntries(members.map((member) => [member, key[member]])) as JsonWebKey;
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** Long enough to be safe, short enough to be verified quickly (RFC 7518 section 3.3). */
function strengthFault(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType !== 'rsa') return undefined;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < 2048 || modulusLength > 8192) return 'must have a modulus of 2048 to 8192 bits';
  if (publicExponent < 3n || publicExponent > 0xffffffffn || publicExponent % 2n === 0n) {
    return 'must have an odd public exponent of 3 or more, and of 32 bits at most';
  }
  return undefined;
}

/** The bare key stays beside its certificates and equals the key of the first (RFC 7517 section 4.7). */
function certificatesFault(chain: unknown, publicKey?: KeyObject): string | undefined {
  if (!Array.isArray(chain) || chain.length === 0) return 'must have a list of certificates as x5c';
  if (chain.length > mostCertificates) return `must not have more than ${mostCertificates} certificates in x5c`;
  const certificates = chain.map(certificateOf);
  if (certificates.includes(undefined)) return 'must have only base64 certificates in x5c';
  if (publicKey && !certifies(certificates[0]!, publicKey)) {
    return 'must have the key of the first certificate in x5c';
  }
  return undefined;
}

function certifies(certificate: X509Certificate, publicKey: KeyObject): boolean {
  try {
    return certificate.publicKey.equals(publicKey);
  } catch {
    return false;
  }
}

function certificateOf(entry: unknown): X509Certificate | undefined {
  if (typeof entry !== 'string' || !base64.test(entry)) return undefined;
  try {
    return new X509Certificate(Buffer.from(entry, 'base64'));
  } catch {
    return undefined;
  }
}

/** Where some keys sign and others encrypt, each says which it does (OpenID Connect Registration 1.0 section 2). */
function usesFaults(keys: readonly Jwk[]): readonly string[] {
  const uses = keys.map((key) => (Object.hasOwn(key, 'use') ? key.use : undefined));
  if (!uses.includes('sig') || !uses.includes('enc')) return [];
  return uses.flatMap((use, index) => (use === undefined ? [`.keys[${index}] must have a use`] : []));
}
