import { codesOf, networkOutages } from './engine.js';

/** What an operator should do about errors with these codes. */
export type Advice = readonly (readonly [codes: readonly (string | number)[], advice: string])[];

const certificates = [
  ...['HANDSHAKE_SSL_ERROR', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED'],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID'],
];

/** Advice that is the same for every server. */
const common: Advice = [
  [[...networkOutages], 'see that the database runs, and that host and port in its address are right'],
  [certificates, 'name the authority of its certificate with tls_ca=<path> in its address'],
];

export const mendLogin = 'mend user and password in its address';
export const mendDatabase = 'create it and let the user in, or name another one in its address';
export const mendRights = 'let the user read, write, create, alter and drop tables there';

/** An error in the words of its driver, and what to do about it where that is known. */
export function advised(error: Error, own: Advice): string {
  const codes = codesOf(error);
  const [, advice] = [...own, ...common].find(([known]) => known.some((code) => codes.includes(code))) ?? [];
  return advice === undefined ? textOf(error) : `${textOf(error)}; ${advice}`;
}

/** Where a host has several addresses the error itself says nothing, and those that it is made of do. */
const textOf = (error: Error): string =>
  error.message ||
  ((error as Partial<AggregateError>).errors ?? []).map(({ message }: Error) => message).join(', ') ||
  codesOf(error).join(' ');
