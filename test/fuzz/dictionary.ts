import { metadataMembers } from '../../src/metadata/client-metadata.js';
import { failures } from '../../src/errors.js';

/** The names that our specifications know. */
export const names: readonly string[] = [
  ...metadataMembers.map(({ name }) => name),
  ...['client_id', 'client_secret', 'registration_access_token', 'registration_client_uri', 'software_statement'],
  ...['client_id_issued_at', 'client_secret_expires_at', 'metadata', 'template', 'status', 'version', 'owner', 'tags'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', '#', '#de', 'client_name#', '0'],
];

/** Values that mean something to somebody. */
export const words: readonly string[] = [
  ...metadataMembers.flatMap(({ among = [], fallback = [] }) => [...among, fallback].flat().map(String)),
  ...[
    'password',
    'implicit',
    'none',
    'dcr',
    'dcrm',
    'clients:write',
    'openid',
    'offline_access',
    '*',
    '%',
    '_',
    'null',
  ],
  ...['initial_access_token', 'anonymous', 'mcp', 'default_for', 'suspended', 'active', 'deleted', 'RS256', 'HS256'],
  ...Object.keys(failures),
];

/** Addresses, and pieces of them that readers disagree about. */
export const addresses: readonly string[] = [
  ...['https://app.example/cb', 'http://localhost:8080/cb', 'http://127.0.0.1/', 'http://[::1]:1/', 'com.example:/cb'],
  ...[
    'https://',
    'http:',
    '//',
    '\\',
    '@',
    ':@',
    '#',
    '?',
    '*',
    '..',
    '/../',
    '%2e%2e/',
    '%2f',
    '%5c',
    '%00',
    '%0d%0a',
  ],
  ...['javascript:alert(1)', 'JAVASCRIPT://x', 'data:,x', 'localhost.', '127.1', '0x7f.1', '[::ffff:7f00:1]', '１２７'],
  ...['xn--', 'ａ.example', '\u00ad', '\u200d', ':65536', ':0', ':080', '[fe80::1%25lo]', 'urn:a:b', 'a'.repeat(300)],
];

/** Pieces of texts that readers stumble over. */
export const splinters: readonly string[] = [
  ...['{', '}', '[', ']', ':', ',', '"', '\\', '\\u0000', '\\ud800', '\\u005f\\u005fproto__', '/*', '//', '\ufeff'],
  ...[
    'null',
    'true',
    '1e400',
    '-0',
    '9007199254740993',
    '0.1',
    '1E-400',
    '00',
    '+1',
    'NaN',
    '.5',
    '\0',
    '\x7f',
    '\x1b[31m',
  ],
  ...['\ud83d\ude00', '\u202e', '\u2028', 'e\u0301', '<script>', "' OR 1=1 --", '${jndi:x}', '%s%n', '{{7*7}}', '\r\n'],
  ...[
    '['.repeat(9),
    '{"a":'.repeat(9),
    'a'.repeat(2_000),
    ';q=',
    ', ',
    '; charset=',
    'W/',
    '"1"',
    'Bearer ',
    '='.repeat(9),
  ],
];

export const dictionary: readonly string[] = [...names, ...words, ...addresses, ...splinters];
