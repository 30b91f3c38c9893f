import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applicationTypeFor, isPrivateUseUri, redirectHost, redirectUriFault } from './redirect-uri.js';

const faults = (uri: unknown) => [redirectUriFault(uri, 'web'), redirectUriFault(uri, 'native')];

const printable = (uri: unknown) =>
  (JSON.stringify(uri) ?? 'undefined')
    .slice(0, 80)
    .replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);

/** Refused for every kind of application, by the reason that both are told. */
const neverAccepted: Readonly<Record<string, readonly unknown[]>> = {
  'must be a string': [undefined, null, 5, true, {}, [], ['https://app.example/cb']],
  'must not be empty': [''],
  'must not be longer than 2048 characters': [`https://app.example/${'a'.repeat(2029)}`],
  'without blanks and control characters': [
    ' https://app.example/cb',
    'https://app.example/cb ',
    'https://app.example/c b',
    '\thttps://app.example/cb',
    'java\tscript:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'https://app.example/\u0000',
    'https://app.example/\u007f',
    'https://app.example/\u0085',
    'https://app.example\r\n/cb',
    'https://\u00e4pp.example/cb',
    'https://app.example/\u00e4',
    'https://app.\u4f8b\u3048/cb',
    'https://app\u3002example/cb',
    'https://app\u00ad.example/cb',
    'https://\uff41pp.example/cb',
    'https://app.example/\u202ecb',
    'https://app.example/\ud800',
  ],
  'that RFC 3986 allows': [
    'https:\\\\app.example\\cb',
    'https://app.example\\@evil.example/cb',
    'https://app.example/a\\b',
    'https://app.example/"',
    'https://app.example/<script>',
    'https://app.example/a>b',
    'https://app.example/^',
    'https://app.example/`',
    'https://app.example/{id}',
    'https://app.example/a|b',
    'https://app.example/[a]',
    'https://app.example/?a[]=1',
  ],
  'two hexadecimal digits': [
    'https://app.example/%',
    'https://app.example/%1',
    'https://app.example/%zz',
    'https://app.example/?a=%u0041',
  ],
  'encoded control characters': [
    'https://app.example/%00',
    'https://app.example/%0a',
    'https://app.example/%0D%0ALocation:x',
    'https://app.example/%1F',
    'https://app.example/?a=%7f',
  ],
  'must not contain a fragment': [
    'https://app.example/cb#',
    'https://app.example/cb#x',
    'https://app.example#',
    'com.example.app:/cb#x',
    'http://127.0.0.1/cb#',
    'https://app.example/?a=b#c',
  ],
  'absolute URI with a scheme': [
    'nope',
    '/cb',
    '//app.example/cb',
    'app.example/cb',
    '?a=b',
    '1https://app.example',
    '://app.example',
    ':cb',
    '-a:b',
    'a_b:/cb',
  ],
  'user information': [
    'https://user@app.example/cb',
    'https://user:password@app.example/cb',
    'https://@app.example/cb',
    'https://a@b@app.example/cb',
    'https://app.example:443@evil.example/cb',
    'http://localhost@evil.example/cb',
    'com.example.app://user@host/cb',
  ],
  wildcard: [
    'https://*.app.example/cb',
    'https://*/cb',
    'https://app.example/*',
    'https://app.example/a*b',
    'https://app.example:*/cb',
    'com.example.app:/*',
    'com.example.app://*/cb',
  ],
  'must have a host after two slashes': [
    'https:',
    'https:/',
    'https://',
    'https:///app.example/cb',
    'https:app.example/cb',
    'https:/app.example/cb',
    'http:localhost',
    'https://?a',
    'HTTPS:cb',
  ],
  'valid port': [
    'https://app.example:/cb',
    'https://app.example:0/cb',
    'https://app.example:00443/cb',
    'https://app.example:65536/cb',
    'https://app.example:99999999/cb',
    'https://app.example:8o/cb',
    'https://app.example:-1/cb',
    'https://app.example:80:80/cb',
    'http://localhost:/cb',
    'https://::1/cb',
  ],
  'must have a valid host': [
    'https://app.example./cb',
    'https://localhost./cb',
    'https://.app.example/cb',
    'https://app..example/cb',
    'https://-app.example/cb',
    'https://app-.example/cb',
    'https://app%2eexample/cb',
    'https://app.example%2fevil/cb',
    'https://%61pp.example/cb',
    'https://app.example%20.evil/cb',
    'https://a,b/cb',
    'https://a;b/cb',
    "https://a'b/cb",
    'https://a=b/cb',
    'https://app!example/cb',
    `https://${'a'.repeat(64)}.example/cb`,
    `https://${'a.'.repeat(127)}aa/cb`,
    'https://~1/cb',
    'https://[::1/cb',
    'https://[::1]x/cb',
  ],
  'usual spelling': [
    'http://127.1/cb',
    'http://127.0.1/cb',
    'http://0x7f.1/cb',
    'http://0x7f000001/cb',
    'http://2130706433/cb',
    'http://017700000001/cb',
    'http://127.0.0.01/cb',
    'http://127.0.0.256/cb',
    'http://1.2.3.4.5/cb',
    'https://[::0001]/cb',
    'https://[0:0:0:0:0:0:0:1]/cb',
    'http://[::127.0.0.1]/cb',
    'https://[::1%25eth0]/cb',
    'https://[]/cb',
    'https://[::g]/cb',
    'https://[::1.example]/cb',
    'https://app.0x1/cb',
    'https://app.1/cb',
    'https://[127.0.0.1]/cb',
    'https://[v1.fe80]/cb',
    'https://xn--a/cb',
  ],
  'dot segments': [
    'https://app.example/..',
    'https://app.example/.',
    'https://app.example/a/../b',
    'https://app.example/a/./b',
    'https://app.example/a/%2e%2e/b',
    'https://app.example/a/%2E./b',
    'https://app.example/a/.%2e',
    'https://app.example/%2e/b',
    'https://app.example/a/..%2fb',
    'https://app.example/a%2f..%2fb',
    'https://app.example/a/..%5cb',
    'com.example.app:/../cb',
    'com.example.app:..',
  ],
};

const deniedSchemes = [
  ...['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', 'blob:https://app.example/1'],
  ...['about:blank', 'filesystem:https://app.example/t', 'view-source:https://app.example/', 'mailto:a'],
  ...['tel:1', 'sms:1', 'ftp://app.example/', 'ws://app.example/', 'wss://app.example/', 'chrome://settings'],
  ...['jar:https://app.example/', 'intent://scan/', 'search-ms:query', 'ms-msdt:/id', 'res://x', 'shell:startup'],
];

describe('a redirect URI', () => {
  for (const [reason, uris] of Object.entries(neverAccepted)) {
    it.each(uris.map((uri) => ({ uri, spelled: printable(uri) })))(`is refused as $spelled: ${reason}`, ({ uri }) => {
      expect(faults(uri)).toEqual([expect.stringContaining(reason), expect.stringContaining(reason)]);
    });
  }

  it.each(deniedSchemes.flatMap((uri) => [uri, uri.toUpperCase(), uri.replace(/^./, (c) => c.toUpperCase())]))(
    'is never %s, whose scheme no app can claim (RFC 8252 section 7.1)',
    (uri) => {
      expect(faults(uri)).not.toContain(undefined);
    },
  );

  it.each([
    'https://app.example',
    'https://app.example/',
    'https://app.example/cb',
    'HTTPS://APP.EXAMPLE:443/CB',
    'https://app.example:8443/cb?x=1&y=%20',
    'https://app.example/cb?next=*',
    'https://app.example/a/.well-known/cb',
    'https://app.example/a...b/..c',
    'https://app.example/%41%2541',
    'https://xn--pp-xka.example/cb',
    'https://my_app.example/cb',
    'https://192.0.2.1/cb',
    'https://[2001:db8::1]:8443/cb',
    'https://intranet/cb',
  ])('may be %s for any application (RFC 8252 section 7.2)', (uri) => {
    expect(faults(uri)).toEqual([undefined, undefined]);
  });

  it.each([
    'http://localhost',
    'http://localhost:3000/cb',
    'http://127.0.0.1:1/cb',
    'http://[::1]/cb',
    'HTTP://LocalHost/',
  ])('may be %s, on the machine of the user (RFC 8252 section 7.3)', (uri) => {
    expect(faults(uri)).toEqual([undefined, undefined]);
  });

  it.each([
    'http://app.example/cb',
    'http://localhost.evil.example/cb',
    'http://evil-localhost/cb',
    'http://127.0.0.2/cb',
    'http://127.0.0.1.evil.example/cb',
    'http://[::ffff:7f00:1]/cb',
    'http://0.0.0.0/cb',
    'http://[::]/cb',
    'http://192.168.0.1/cb',
  ])('is not %s, since http is for loopback hosts (RFC 9700 section 2.6)', (uri) => {
    expect(faults(uri)).toEqual([expect.stringContaining('loopback'), expect.stringContaining('loopback')]);
  });

  it.each(['https://localhost/cb', 'https://127.0.0.1:8443/cb', 'https://[::1]/cb', 'https://LOCALHOST'])(
    'may be %s for web applications only, since no app can claim it (RFC 8252 section 7.2)',
    (uri) => {
      expect(faults(uri)).toEqual([undefined, 'must use http on a loopback host for a native application']);
    },
  );

  it.each([
    ...['com.example.app:/cb', 'com.example.app:cb', 'com.example.app://cb', 'com.example.app://host:1/cb?x=1'],
    ...['cursor://anysphere.cursor-retrieval/oauth/callback', 'vscode://x.y/did-authenticate', 'myapp://', 'app:?x'],
    ...['urn:ietf:wg:oauth:2.0:oob', 'COM.Example.App:/CB', 'httpx://app.example/cb'],
  ])('may be %s for native applications only (RFC 8252 section 7.1)', (uri) => {
    expect(faults(uri)).toEqual([expect.stringContaining('web application'), undefined]);
  });

  it('goes on after a private-use scheme (RFC 8252 section 7.1)', () => {
    expect(redirectUriFault('com.example.app:', 'native')).toBe('must go on after the scheme');
  });

  const awkward = fc.string({
    unit: fc.constantFrom(...'https:/@.%[]?#*\\:ax10-_~ \t&=,;\u00e4', '//', '..', 'localhost', 'app.example', '%2e'),
  });
  const prefixed = fc.tuple(fc.constantFrom('https://', 'http://', 'https:', 'com.app:/', ''), awkward);

  it('that is accepted leads every parser to the host that is spelled (RFC 9700 section 4.1)', () => {
    fc.assert(
      fc.property(
        prefixed.map(([prefix, rest]) => prefix + rest),
        (uri) => {
          if (!faults(uri).includes(undefined) || isPrivateUseUri(uri)) return;
          const textual = /^https?:\/\/([^/?]*?)(?::\d+)?(?:[/?]|$)/i.exec(uri)?.[1]?.toLowerCase();
          expect(new URL(uri).hostname).toBe(textual);
          expect(redirectHost(uri)).toBe(textual);
          expect(new URL(uri).username + new URL(uri).password + new URL(uri).hash).toBe('');
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('the host of a redirect URI', () => {
  it.each([
    ['https://App.Example:8443/cb', 'app.example'],
    ['http://[::1]:3000/cb', '[::1]'],
    ['com.example.app://host/cb', undefined],
    ['nope', undefined],
  ])('of %s is %s', (uri, host) => {
    expect(redirectHost(uri)).toBe(host);
  });
});

describe('the kind of an application that did not say (OpenID Connect Registration 1.0 section 2)', () => {
  it.each([
    [['http://localhost/cb', 'com.example.app:/cb'], 'native'],
    [['http://127.0.0.1:1/cb'], 'native'],
    [['https://app.example/cb'], 'web'],
    [['https://app.example/cb', 'com.example.app:/cb'], 'web'],
    [['http://app.example/cb'], 'web'],
    [['javascript:alert(1)'], 'web'],
    [[], 'web'],
    [undefined, 'web'],
    ['com.example.app:/cb', 'web'],
    [['com.example.app:/cb', 5], 'web'],
  ])('with redirect_uris %j is %s', (uris, type) => {
    expect(applicationTypeFor(uris)).toBe(type);
  });
});
