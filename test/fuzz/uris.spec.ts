import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hostMatches } from '../../src/metadata/host-pattern.js';
import { isForeignScheme, redirectHost, redirectUriFault } from '../../src/metadata/redirect-uri.js';
import { webUriFault, type WebUriUse } from '../../src/metadata/web-uri.js';
import { addresses, splinters } from './dictionary.js';
import { expectSame, holdsForAll, patience, swiftly } from './fuzz.js';
import { mutatedText } from './mutation.js';

const noise = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(...addresses, ...splinters) },
);
const schemes = [
  'https',
  'http',
  'HTTPS',
  'com.example.app',
  'javascript',
  'JaVaScript',
  'data',
  'cursor',
  'ms-word',
  '',
];
const hosts = [
  ...['app.example', 'localhost', '127.0.0.1', '[::1]', 'APP.example', 'localhost.evil.test', 'evil.test', '127.0.0.2'],
  ...[
    '[::ffff:127.0.0.1]',
    '2130706433',
    'xn--mnchen-3ya.example',
    'a_b.example',
    '',
    '[',
    'app.example.',
    'badapp.example',
    'a.app.example',
    'notevil.test',
    '127.1',
    '0x7f.1',
    '017700000001',
  ],
];
const tails = [
  '',
  '/',
  '/cb',
  '/cb?x=1',
  '?x',
  '/a%2fb',
  '/%2e%2e/x',
  '/..',
  '/a;b',
  '//x',
  '/%41',
  '/ä',
  '/cb#',
  '/[x]',
];

/** An address out of parts that are good alone, with something between them here and there. */
const composed = fc
  .tuple(
    fc.constantFrom(...schemes),
    fc.constantFrom('://', '://', '://', ':', ':/', ':///', ':\\\\'),
    noise,
    fc.constantFrom(...hosts),
    fc.constantFrom('', '', ':443', ':80', ':8080', ':0', ':65536', ':'),
    noise,
    fc.constantFrom(...tails),
    noise,
  )
  .map((parts) => parts.join(''));
const uris = fc.oneof(composed, mutatedText(composed), fc.constantFrom(...addresses), fc.string({ unit: 'binary' }));

const loopback = ['localhost', '127.0.0.1', '[::1]'];

/** What the URL standard makes of an address that was taken, and that it is the same (RFC 9700 section 4.1). */
function expectUnambiguous(uri: string): URL {
  expectSame(/[^\x21-\x7e]|[\\<>^`{|}"]|%[01]|%7f/i.test(uri), false);
  // An asterisk stands for nothing else in a query.
  expectSame(/^[^?]*\*/.test(uri), false);
  const url = new URL(uri);
  expectSame([url.username, url.password, url.hash], ['', '', '']);
  // RFC 3986 appendix B, written as it stands there.
  const [, scheme = '', authority, path = '', query] =
    /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?/.exec(uri) ?? [];
  expectSame(url.protocol, `${scheme.toLowerCase()}:`);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return url;
  expectSame(authority?.toLowerCase().replace(/:(443|80|\d+)$/, ''), url.hostname);
  // Readers write an empty path as a slash, and leave the usual port out; else nothing changes.
  expectSame(url.pathname, path === '' ? '/' : path);
  expectSame(
    url.search.replaceAll('%27', "'"),
    query === undefined || query === '' ? '' : `?${query}`.replaceAll('%27', "'"),
  );
  return url;
}

describe('a redirect URI', () => {
  it(
    'that is taken leads to one place, whoever reads it, and to one that its kind of application may name',
    () => {
      let taken = 0;
      holdsForAll(fc.tuple(uris, fc.constantFrom('web', 'native')), ([uri, kind]) => {
        if (swiftly(() => redirectUriFault(uri, kind)) !== undefined) return;
        taken += 1;
        const { protocol, hostname } = expectUnambiguous(uri);
        const isLoopback = loopback.includes(hostname);
        if (protocol === 'http:') expectSame(isLoopback, true);
        else if (protocol === 'https:') expectSame(kind === 'native' && isLoopback, false);
        else expectSame([kind, isForeignScheme(protocol.slice(0, -1))], ['native', false]);
      });
      expect(taken).toBeGreaterThan(0);
    },
    patience(),
  );

  it(
    'matches the pattern of a host exactly when its host is that one, label by label',
    () => {
      const patterns = fc.constantFrom(
        'app.example',
        '*.example',
        '*.app.example',
        'localhost',
        '[::1]',
        '*.evil.test',
      );
      const plain = fc.constantFrom(...hosts).map((host) => `https://${host}/cb`);
      holdsForAll(fc.tuple(fc.oneof(uris, plain), patterns), ([uri, pattern]) => {
        if (redirectUriFault(uri, 'web') !== undefined) return;
        const labels = new URL(uri).hostname.split('.').reverse();
        const wanted = pattern.replace('*.', '').split('.').reverse();
        const isBelow = wanted.every((label, index) => labels[index] === label);
        const isLong = pattern.startsWith('*.') ? labels.length > wanted.length : labels.length === wanted.length;
        expectSame(
          swiftly(() => hostMatches(uri, [pattern])),
          isBelow && isLong,
        );
        expectSame(redirectHost(uri), new URL(uri).hostname);
      });
    },
    patience(),
  );
});

const uses = ['shown', 'called', 'digested', 'framed', 'opened', 'named'] as const satisfies WebUriUse[];

describe('an address of a client', () => {
  it(
    'that is taken has a scheme of its use, and says the same without what it hides',
    () => {
      holdsForAll(fc.tuple(uris, fc.constantFrom(...uses)), ([uri, use]) => {
        if (swiftly(() => webUriFault(uri, use)) !== undefined) return;
        const { protocol } = expectUnambiguous(uri.replace(/#.*$/s, ''));
        if (use === 'called' || use === 'digested') expectSame(protocol, 'https:');
        if (use === 'shown' || use === 'framed') expectSame(/^https?:$/.test(protocol), true);
        if (use === 'opened') expectSame(isForeignScheme(protocol.slice(0, -1)), false);
      });
    },
    patience(),
  );
});
