import { accessSync, constants } from 'node:fs';
import { isIP } from 'node:net';
import { AddressFault, type DataSourceAddress, readAddress } from './data-source-address.js';
import { isScope } from '../metadata/scope.js';
import { parsedUrl } from '../metadata/url.js';

/** What is wrong with one variable; the text says what to write instead. */
export class VariableFault extends Error {}

/** One variable of the environment: how it is read, its default as one would write it, and what it means. */
export interface VariableSpec {
  readonly meaning: string;
  /** As written in `.env.example`; absent where there is no fixed default. */
  readonly fallback?: string;
  readonly read: (text: string) => unknown;
}

const specs = new Map<string, VariableSpec>();

/** Every variable by name, in the order in which they are declared. */
export const variables: ReadonlyMap<string, VariableSpec> = specs;

/** Declares a property of the environment to be the variable of the same name. */
export const Variable =
  (spec: VariableSpec): PropertyDecorator =>
  (_target, name) => {
    specs.set(String(name), spec);
  };

const fault = (message: string): never => {
  throw new VariableFault(message);
};

export const text = (value: string): string => value;

export const onOff = (value: string): boolean =>
  value === 'on' || value === 'off' ? value === 'on' : fault('write on or off');

export const port = (value: string): number =>
  /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65535
    ? Number(value)
    : fault('write a port between 1 and 65535');

export const oneOf =
  <T extends string>(...choices: readonly T[]) =>
  (value: string): T =>
    choices.includes(value as T) ? (value as T) : fault(`write one of ${choices.join(', ')}`);

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));

/** An http or https origin, as written, without a closing slash. */
export function origin(value: string): string {
  const url = parsedUrl(value);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return fault('write an http or https address');
  if (url.username || url.password || url.search || url.hash || url.pathname !== '/')
    return fault('write scheme, host and port only, without a path');
  return url.origin;
}

/** The issuer of an OpenID provider: https, or http on this machine, without query and fragment (OpenID Connect Discovery 1.0 section 3). */
export function issuer(value: string): string {
  const url = parsedUrl(value);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (!url || !isSafe) return fault('write an https address, or http on this machine');
  if (url.username || url.password || /[?#]/.test(value)) return fault('write scheme, host, port and path only');
  return value;
}

/** Whether an origin can only be reached from this machine, so that it needs no TLS. */
export const isLoopbackOrigin = (value: string): boolean => isLoopback(new URL(value).hostname);

/** `*`, or a list of origins separated by commas. */
export const origins = (value: string): '*' | readonly string[] =>
  value === '*' ? '*' : words(value).map((one) => origin(one));

/** Names separated by commas. */
export const words = (value: string): readonly string[] =>
  value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

/** Scope tokens separated by spaces (RFC 6749 section 3.3). */
export function scopeTokens(value: string): readonly string[] {
  return isScope(value)
    ? [...new Set(value.split(' '))]
    : fault('name scopes in visible ASCII without quotes and backslashes, separated by single spaces');
}

/** A bearer token of at least 32 characters (RFC 6750 section 2.1). */
export function bearerToken(value: string): string {
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(value)) return fault('use only letters, digits and -._~+/');
  return value.length >= 32 ? value : fault('use at least 32 characters');
}

/** Keys of 32 bytes in base64url, separated by commas; the first is used, the others still verify. */
export function secretKeys(value: string): readonly Buffer[] {
  const keys = words(value);
  if (keys.length === 0) return fault('write at least one key');
  if (keys.some((key) => !/^[A-Za-z0-9_-]{43}$/.test(key)))
    return fault('each key is 32 bytes in base64url (43 characters), keys are separated by commas');
  if (new Set(keys).size < keys.length) return fault('write each key once');
  return keys.map((key) => Buffer.from(key, 'base64url'));
}

/** A number of connections. */
export const poolSize = (value: string): number =>
  /^[1-9]\d{0,2}$/.test(value) ? Number(value) : fault('write a number from 1 to 999');

function canRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** The address of a data source. */
export function dataSourceAddress(value: string): DataSourceAddress {
  try {
    const address = readAddress(value);
    const authority = address.engine === 'sqlite' ? undefined : address.tls?.ca;
    if (authority !== undefined && !canRead(authority)) return fault('name a file that can be read as tls_ca');
    return address;
  } catch (error) {
    if (error instanceof AddressFault) return fault(error.message);
    throw error;
  }
}

/** Names of data sources. */
export function dataSourceNames(value: string): readonly string[] {
  const names = words(value);
  if (names.length === 0) return fault('name at least one data source');
  if (new Set(names).size < names.length) return fault('name each data source once');
  if (names.some((name) => !/^[a-z][a-z0-9_]*$/.test(name)))
    return fault('names begin with a letter and have lower-case letters, digits and underscores only');
  return names;
}
