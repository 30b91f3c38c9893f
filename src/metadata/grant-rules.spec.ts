import { describe, expect, it } from '@jest/globals';
import {
  builtIn,
  member,
  refusalOf,
  serviceClient,
  unbounded,
  webClient,
} from '../../test/support/metadata-language.js';
import { grantRules } from './grant-rules.js';

const device = 'urn:ietf:params:oauth:grant-type:device_code';
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const assertion = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ciba = 'urn:openid:params:grant-type:ciba';

describe('grants, response types and redirect URIs', () => {
  member('redirect_uris', ({ accepts, refuses }) => {
    accepts([], serviceClient);
    accepts([], { grant_types: [device] });
    refuses([], 'must not be empty for the authorization_code grant');
    refuses(undefined, 'must not be empty for the authorization_code grant');
    accepts(['com.example.app:/cb', 'http://localhost/cb']);
    refuses(['com.example.app:/cb', 'https://app.example/cb'], 'redirect_uris[0]');
    accepts(['com.example.app:/cb', 'https://app.example/cb'], { application_type: 'native' });
    refuses('https://app.example/cb', 'must be a list of strings');
  });

  it('refuses redirect URIs with their own code (RFC 7591 section 3.2.2)', () => {
    for (const redirect_uris of [[], ['nope'], 'nope', ['http://app.example/cb'], undefined]) {
      expect(refusalOf({ redirect_uris })).toMatchObject({ failure: 'invalid_redirect_uri' });
    }
    expect(refusalOf({ ...webClient, post_logout_redirect_uris: ['nope'] })).toMatchObject({
      failure: 'invalid_client_metadata',
      description: 'post_logout_redirect_uris[0] must be an absolute URI with a scheme',
    });
  });

  member('grant_types', ({ accepts, refuses }) => {
    accepts([], { response_types: [] });
    for (const server of [builtIn, unbounded]) {
      refuses(['implicit'], 'must not be implicit', { response_types: ['token'] }, server);
      refuses(['password'], 'must not be password', { response_types: [] }, server);
    }
    accepts(['authorization_code', 'refresh_token']);
    accepts([device, 'refresh_token']);
    refuses(['refresh_token'], 'beside refresh_token');
    refuses(['client_credentials', 'refresh_token'], 'beside refresh_token');
    for (const grant of ['client_credentials', exchange, assertion, ciba]) {
      refuses([grant], 'where token_endpoint_auth_method is none', { token_endpoint_auth_method: 'none' }, unbounded);
    }
    accepts([device], { token_endpoint_auth_method: 'none' });
    accepts([exchange, assertion], {}, unbounded);
  });

  member('response_types', ({ accepts, refuses }) => {
    accepts(['code']);
    accepts([], serviceClient);
    refuses(['code'], 'must not contain code without the authorization_code grant', serviceClient);
    refuses([], 'must contain code for the authorization_code grant');
    for (const type of ['token', 'id_token', 'id_token token', 'code id_token', 'token code']) {
      refuses([type], 'without the implicit grant', {}, unbounded);
    }
  });
});

it('grant rules name their clauses, and are left out where a member that they read is wrong by itself', () => {
  expect(grantRules.map(({ clause, reads }) => [clause, reads.join(' ')])).toEqual([
    ['RFC 7591 section 2', 'redirect_uris grant_types'],
    ['RFC 7591 section 2.1', 'response_types grant_types'],
    ['RFC 7591 section 2.1', 'response_types grant_types'],
    ['RFC 6749 section 1.5', 'grant_types'],
    ['RFC 6749 section 4.4', 'grant_types token_endpoint_auth_method'],
  ]);
});
