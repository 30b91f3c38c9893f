import { describe, expect, it } from '@jest/globals';
import { builtInServerMetadata } from './server-support.js';

const document = builtInServerMetadata('https://as.example', ['openid']);

describe('what the built-in server publishes', () => {
  it('has no empty lists and no empty members (RFC 8414 section 3.2)', () => {
    for (const metadata of [document, builtInServerMetadata('https://as.example', [])]) {
      for (const value of Object.values(metadata)) expect([undefined, null, '', [].length]).not.toContainEqual(value);
      for (const value of Object.values(metadata)) if (Array.isArray(value)) expect(value.length).toBeGreaterThan(0);
    }
    expect(builtInServerMetadata('https://as.example', [])).not.toHaveProperty('scopes_supported');
  });

  it('has every address under its issuer (RFC 8414 section 2)', () => {
    const addresses = Object.entries(document).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name));
    expect(addresses).toHaveLength(10);
    for (const [, address] of addresses) expect(address).toMatch(/^https:\/\/as\.example\/(?:oauth\/[a-z]+|register)$/);
  });

  it('offers neither implicit nor password nor unsigned tokens (RFC 9700 sections 2.1.2 and 2.4)', () => {
    const offered = Object.entries(document).flatMap(([name, value]) =>
      /_supported$/.test(name) ? [value].flat() : [],
    );
    expect(offered).not.toContain('implicit');
    expect(offered).not.toContain('password');
    const algorithms = Object.entries(document).filter(([name]) => name.includes('_alg_values_'));
    for (const [, values] of algorithms) expect(values).not.toContain('none');
  });

  it('lets nobody in without authentication at introspection (RFC 7662 section 2.1)', () => {
    expect(document.token_endpoint_auth_methods_supported).toContain('none');
    expect(document.introspection_endpoint_auth_methods_supported).not.toContain('none');
  });
});
