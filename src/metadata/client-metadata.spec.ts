import { describe, expect, it } from '@jest/globals';
import { clientKeys, member, registered, violationsOf, webClient } from '../../test/support/metadata-language.js';
import { metadataMembers } from './client-metadata.js';

describe('each member by itself', () => {
  const samples: Readonly<Record<string, unknown>> = {
    ...{ redirect_uris: ['https://app.example/cb', 'https://app.example/other?x=1'] },
    ...{ token_endpoint_auth_method: 'client_secret_post', grant_types: ['authorization_code', 'refresh_token'] },
    ...{
      response_types: ['code'],
      client_name: ' \u0394\u03bf\u03ba\u03b9\u03bc\u03ae \ud83d\ude80 ',
      scope: 'openid profile',
    },
    ...{
      client_uri: 'https://app.example/#about',
      logo_uri: 'https://app.example/logo.png',
      contacts: ['a@app.example'],
    },
    ...{
      tos_uri: 'http://app.example/tos',
      policy_uri: 'https://app.example/policy',
      jwks_uri: 'https://app.example/keys',
    },
    ...{
      jwks: { ...clientKeys.jwks, extra: 1 },
      software_id: 'suite',
      software_version: '1.10',
      software_statement: 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA',
      application_type: 'web',
    },
    ...{ sector_identifier_uri: 'https://app.example/sector', subject_type: 'pairwise', default_max_age: 0 },
    ...{ id_token_signed_response_alg: 'PS256', id_token_encrypted_response_alg: 'A128KW' },
    ...{ id_token_encrypted_response_enc: 'A256GCM', userinfo_signed_response_alg: 'ES256' },
    ...{ userinfo_encrypted_response_alg: 'dir', userinfo_encrypted_response_enc: 'A128GCM' },
    ...{ request_object_signing_alg: 'HS256', request_object_encryption_alg: 'RSA-OAEP' },
    ...{ request_object_encryption_enc: 'A128GCM', token_endpoint_auth_signing_alg: 'HS512', require_auth_time: true },
    ...{ default_acr_values: ['urn:example:gold'], initiate_login_uri: 'https://app.example/login' },
    ...{ request_uris: ['https://app.example/request#digest'], post_logout_redirect_uris: ['https://app.example/bye'] },
    ...{ frontchannel_logout_uri: 'https://app.example/out', frontchannel_logout_session_required: true },
    ...{ backchannel_logout_uri: 'https://app.example/out?x=1', backchannel_logout_session_required: true },
    ...{ backchannel_token_delivery_mode: 'push', backchannel_client_notification_endpoint: 'https://app.example/n' },
    ...{ backchannel_authentication_request_signing_alg: 'ES256', backchannel_user_code_parameter: true },
    ...{ tls_client_auth_subject_dn: 'CN=app, O=Example\\, Inc', tls_client_auth_san_dns: 'app.example' },
    ...{
      tls_client_auth_san_uri: 'urn:example:app',
      tls_client_auth_san_ip: '::1',
      tls_client_auth_san_email: 'a@b.example',
    },
    ...{ tls_client_certificate_bound_access_tokens: true, use_mtls_endpoint_aliases: true },
    ...{
      require_signed_request_object: true,
      require_pushed_authorization_requests: true,
      dpop_bound_access_tokens: true,
    },
    ...{
      authorization_details_types: ['payment'],
      response_modes: ['jwt'],
      claims_redirect_uris: ['https://app.example/c'],
    },
    ...{ authorization_signed_response_alg: 'ES256', authorization_encrypted_response_alg: 'dir' },
    ...{ authorization_encrypted_response_enc: 'A128GCM', introspection_signed_response_alg: 'PS256' },
    ...{ introspection_encrypted_response_alg: 'dir', introspection_encrypted_response_enc: 'A128GCM' },
    ...{ nfv_token_signed_response_alg: 'ES256', nfv_token_encrypted_response_alg: 'dir' },
    ...{ nfv_token_encrypted_response_enc: 'A128GCM', subject_syntax_types_supported: ['did:key'] },
    ...{ client_registration_types: ['explicit'], signed_jwks_uri: 'https://app.example/keys.jwt' },
    ...{ organization_name: 'Example', description: 'An app', keywords: ['app'], digest_algorithm: 'sha-256' },
    ...{ information_uri: 'https://app.example/info', organization_uri: 'https://app.example/org' },
    ...{
      encrypted_response_enc_values_supported: ['A128GCM'],
      vp_formats_supported: { 'dc+sd-jwt': { alg: ['ES256'] } },
    },
    ...{ credential_offer_endpoint: 'openid-credential-offer://', command_endpoint: 'https://app.example/commands' },
  };
  const beside: Readonly<Record<string, object>> = {
    token_endpoint_auth_signing_alg: { token_endpoint_auth_method: 'client_secret_jwt' },
    id_token_encrypted_response_enc: { id_token_encrypted_response_alg: 'dir' },
    userinfo_encrypted_response_enc: { userinfo_encrypted_response_alg: 'dir' },
    request_object_encryption_enc: { request_object_encryption_alg: 'dir' },
    authorization_encrypted_response_enc: { authorization_encrypted_response_alg: 'dir' },
    introspection_encrypted_response_enc: { introspection_encrypted_response_alg: 'dir' },
    nfv_token_encrypted_response_enc: { nfv_token_encrypted_response_alg: 'dir' },
    backchannel_token_delivery_mode: { backchannel_client_notification_endpoint: 'https://app.example/n' },
    backchannel_authentication_request_signing_alg: clientKeys,
    ...Object.fromEntries(
      ['subject_dn', 'san_dns', 'san_uri', 'san_ip', 'san_email'].map((subject) => [
        `tls_client_auth_${subject}`,
        { token_endpoint_auth_method: 'tls_client_auth' },
      ]),
    ),
  };

  it('has a sample here, all 78 of the table (RFC 7591 section 4.1)', () => {
    expect(Object.keys(samples).sort()).toEqual(metadataMembers.map(({ name }) => name).sort());
    expect(metadataMembers).toHaveLength(78);
  });

  it.each(Object.entries(samples))('%s is registered exactly as sent (RFC 7591 section 3.2.1)', (name, value) => {
    expect(registered({ ...webClient, ...beside[name], [name]: value })).toHaveProperty([name], value);
  });

  const otherTypes = [5, 'x', true, {}, [], [5], [['x']], [null], [{}]];
  const kindOf = (value: unknown) => (Array.isArray(value) ? `list of ${typeof value[0]}` : typeof value);
  it.each(Object.entries(samples))('%s of a wrong JSON type is refused (RFC 7591 section 2)', (name, value) => {
    const plainWord = !Array.isArray(value) && typeof value === 'string' ? ['x'] : [];
    for (const wrong of otherTypes.filter(
      (other) => kindOf(other) !== kindOf(value) && !plainWord.includes(other as string),
    )) {
      if (Array.isArray(wrong) && wrong.length === 0 && Array.isArray(value)) continue;
      const found = violationsOf({ ...webClient, ...beside[name], [name]: wrong });
      expect({ wrong, members: found.map((one) => one.member) }).toEqual({
        wrong,
        members: expect.arrayContaining([name]),
      });
    }
  });

  const texts = metadataMembers.filter(({ name }) => typeof samples[name] === 'string');
  it.each(texts)('$name is neither empty nor holds control characters', ({ name }) => {
    for (const wrong of ['', 'a\u0000', 'a\nb', 'a\u007f', 'a\u0085', '\ud800', 'a'.repeat(5000)]) {
      expect(violationsOf({ ...webClient, [name]: wrong }).map((one) => one.member)).toContain(name);
    }
  });

  const lists = metadataMembers.filter(({ name }) => Array.isArray(samples[name]));
  it.each(lists)('$name has at most 100 entries, whatever is in them', ({ name }) => {
    for (const entry of [5, 'x']) {
      const list = Array.from({ length: 10_000 }, (_, index) => (entry === 5 ? index : `x${index}`));
      const found = violationsOf({ ...webClient, [name]: list }).filter((one) => one.member === name);
      expect(found.map((one) => one.message)).toEqual([`${name} must not have more than 100 entries`]);
    }
  });

  it('names the first bad entries of a list and no more', () => {
    const found = violationsOf({ ...webClient, contacts: Array.from({ length: 50 }, () => 5) });
    expect(found).toHaveLength(5);
    expect(found[4]).toEqual({
      member: 'contacts',
      rule: 'RFC 7591 section 2',
      message: 'contacts[4] must be a string',
    });
  });

  member('client_name', ({ accepts, refuses }) => {
    accepts('a'.repeat(256));
    accepts('\ud83d\ude80'.repeat(256));
    refuses('a'.repeat(257), 'longer than 256');
    refuses('evil\u202etxt', 'direction');
    refuses('evil\u2066txt', 'direction');
    accepts('\u05d0\u200f <b>bold</b>');
  });

  member('scope', ({ accepts, refuses }) => {
    accepts('a');
    accepts('b a a');
    accepts('urn:x~!#[]');
    refuses('a  b', 'single blanks');
    refuses(' a', 'single blanks');
    refuses('a ', 'single blanks');
    refuses('a"b', 'scope tokens');
    refuses('a\\b', 'scope tokens');
    refuses('\u00e4', 'scope tokens');
    refuses(['a'], 'must be a string');
  });

  for (const name of ['client_uri', 'logo_uri', 'tos_uri', 'policy_uri', 'information_uri', 'organization_uri']) {
    member(name, ({ accepts, refuses }) => {
      accepts('http://app.example');
      for (const uri of ['javascript:alert(1)', 'JavaScript:alert(1)', 'data:text/html,x', 'file:///x', 'ftp://a/']) {
        refuses(uri, 'must use https or http');
      }
      refuses('about', 'absolute');
      refuses('https://u@app.example', 'user information');
    });
  }

  for (const name of [
    'jwks_uri',
    'sector_identifier_uri',
    'initiate_login_uri',
    'backchannel_logout_uri',
    'signed_jwks_uri',
  ]) {
    member(name, ({ refuses }) => {
      refuses('http://app.example/x', 'must use https');
      refuses('http://localhost/x', 'must use https');
      refuses('https://app.example/x#', 'fragment');
      refuses('x', 'absolute');
    });
  }

  member('request_uris', ({ refuses }) => {
    refuses(['http://app.example/x'], 'request_uris[0] must use https');
  });

  member('default_max_age', ({ accepts, refuses }) => {
    accepts(2_147_483_647);
    for (const wrong of [-1, 1.5, '60', 2_147_483_648, 1e300]) refuses(wrong, 'whole number from 0 to 2147483647');
  });

  member('application_type', ({ refuses }) => {
    refuses('desktop', 'must be one of: web, native');
  });

  member('keywords', ({ refuses }) => refuses([], 'must not be empty'));
  member('encrypted_response_enc_values_supported', ({ refuses }) => refuses([], 'must not be empty'));

  member('vp_formats_supported', ({ refuses }) => {
    refuses({ a: { b: ['\u0000'] } }, 'control characters');
    refuses({ 'a\u0000': 1 }, 'control characters');
    refuses(JSON.parse(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`), 'nested deeper');
  });

  const mutualTls = { token_endpoint_auth_method: 'tls_client_auth' };
  member('tls_client_auth_subject_dn', ({ accepts, refuses }) => {
    accepts('CN=a', mutualTls);
    accepts('1.3.6.1.4.1.1466.0=#04024869,O=x+OU=\\c3\\a4', mutualTls);
    for (const wrong of ['a', 'CN', '=a', 'CN=a,', 'CN=a;b', 'CN=a"b', 'CN=a\\', 'CN=#0'])
      refuses(wrong, 'RFC 4514', mutualTls);
  });
  member('tls_client_auth_san_dns', ({ refuses }) => {
    for (const wrong of ['a..b', '-a', 'a b', '*.a', 'a.']) refuses(wrong, 'DNS name', mutualTls);
  });
  member('tls_client_auth_san_uri', ({ refuses }) => refuses('nope', 'absolute', mutualTls));
  member('tls_client_auth_san_ip', ({ accepts, refuses }) => {
    accepts('192.0.2.1', mutualTls);
    accepts('2001:db8::1', mutualTls);
    for (const wrong of ['1.2.3', '127.1', '[::1]', 'fe80::1%eth0']) refuses(wrong, 'IPv4 or IPv6', mutualTls);
  });
  member('tls_client_auth_san_email', ({ refuses }) => {
    for (const wrong of ['a', 'a@', '@b', 'a@b@c']) refuses(wrong, 'e-mail', mutualTls);
  });
});
