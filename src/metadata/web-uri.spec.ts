import { describe, expect, it } from '@jest/globals';
import { webUriFault, type WebUriUse } from './web-uri.js';

const accepted: Readonly<Record<WebUriUse, readonly string[]>> = {
  shown: ['https://app.example/#about', 'http://app.example'],
  called: ['https://app.example/keys?x=1', 'https://localhost/keys'],
  digested: ['https://app.example/request#digest', 'https://app.example/request'],
  framed: ['https://app.example/out', 'http://localhost:3000/out'],
  opened: ['openid-credential-offer://', 'https://wallet.example/offers'],
  named: ['urn:example:app', 'spiffe://trust.example/app', 'https://app.example/#x'],
};

const refused: Readonly<Record<WebUriUse, readonly (readonly [string, string])[]>> = {
  shown: [
    ['javascript:alert(1)', 'must use https or http'],
    ['com.example.app:/about', 'must use https or http'],
  ],
  called: [
    ['http://app.example/keys', 'must use https'],
    ['https://app.example/keys#', 'must not contain a fragment'],
  ],
  digested: [['http://app.example/request#digest', 'must use https']],
  framed: [
    ['http://app.example/out', 'must use https, or http on a loopback host'],
    ['https://app.example/out#x', 'must not contain a fragment'],
  ],
  opened: [
    ['javascript:alert(1)', 'must use https or a scheme of the wallet'],
    ['http://wallet.example/', 'must use https or a scheme of the wallet'],
  ],
  named: [['app', 'must be an absolute URI with a scheme']],
};

const uses = Object.keys(accepted) as WebUriUse[];

describe.each(uses)('an address that is %s (RFC 7591 section 5)', (use) => {
  it.each(accepted[use])('may be %s', (uri) => {
    expect(webUriFault(uri, use)).toBeUndefined();
  });

  it.each(refused[use])('is not %s: %s', (uri, fault) => {
    expect(webUriFault(uri, use)).toBe(fault);
  });

  it.each([
    ['https://user@app.example/', 'must not contain user information'],
    ['https://127.1/', 'must have a host in its usual spelling'],
    ['https://app.example/a/../b', 'must not contain dot segments'],
    [' https://app.example/', 'must hold only ASCII characters, without blanks and control characters'],
    [5, 'must be a string'],
  ])('is never %s: %s', (uri, fault) => {
    expect(webUriFault(uri, use)).toBe(fault);
  });
});
