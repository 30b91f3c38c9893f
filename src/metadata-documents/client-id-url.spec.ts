import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientIdUrlFault, isAddress } from './client-id-url.js';

describe('a client id that is an address', () => {
  it.each([
    'https://app.example/client.json',
    'https://app.example/',
    'https://app.example:8443/oauth/client',
    'https://app.example/client?version=2',
    'https://app.example/a//b/',
    'https://app.example/.well-known/client',
    'https://xn--bcher-kva.example/client',
    'https://app.example/%7Ea/b%2Fc',
    'https://[2001:db8::1]/client',
    `https://app.example/${'a'.repeat(235)}`,
  ])('may be %s', (clientId) => {
    expect(clientIdUrlFault(clientId)).toBeUndefined();
  });

  it.each([
    ['has no path', 'https://app.example'],
    ['has a query and no path', 'https://app.example?a'],
    ['is not encrypted', 'http://app.example/client'],
    ['is of another letter case', 'HTTPS://app.example/client'],
    ['has a host in capitals', 'https://App.example/client'],
    ['has the port that goes without saying', 'https://app.example:443/client'],
    ['has no port behind the colon', 'https://app.example:/client'],
    ['has a fragment', 'https://app.example/client#a'],
    ['has an empty fragment', 'https://app.example/client#'],
    ['has a user', 'https://user@app.example/client'],
    ['has a password', 'https://user:secret@app.example/client'],
    ['has an empty user', 'https://@app.example/client'],
    ['has a dot segment', 'https://app.example/a/./client'],
    ['has two dots', 'https://app.example/a/../client'],
    ['ends with two dots', 'https://app.example/a/..'],
    ['has encoded dots', 'https://app.example/a/%2e%2E/client'],
    ['has a dot that is half encoded', 'https://app.example/a/.%2e/client'],
    ['has a backslash', 'https://app.example\\client'],
    ['has three slashes', 'https:///app.example/client'],
    ['has one slash', 'https:/app.example/client'],
    ['has a blank', 'https://app.example/a client'],
    ['begins with a blank', ' https://app.example/client'],
    ['has a line break', 'https://app.example/cli\nent'],
    ['has a tab in its scheme', 'ht\ttps://app.example/client'],
    ['has letters beyond ASCII', 'https://bücher.example/client'],
    ['has full-width digits', 'https://１２７.0.0.1/client'],
    ['has its address in another base', 'https://0x7f.1/client'],
    ['has a quote', 'https://app.example/"client'],
    ['has no host', 'https:///client'],
    ['is too long', `https://app.example/${'a'.repeat(236)}`],
  ])('is refused when it %s', (_what, clientId) => {
    expect(clientIdUrlFault(clientId)).toEqual(expect.any(String));
  });

  it('is the only one of its document, whatever is written (RFC 3986 section 6)', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (address) => {
        if (clientIdUrlFault(address) === undefined) expect(new URL(address).href).toBe(address);
      }),
    );
  });

  it('is told from other ids', () => {
    expect(['https://a.example/', 'http://a.example/', 'HTTPS:x'].map(isAddress)).toEqual([true, true, true]);
    expect(['httpsclient', 'a-client', '', 'urn:https:a'].map(isAddress)).toEqual([false, false, false, false]);
  });
});
