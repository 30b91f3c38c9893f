import { describe, expect, it } from '@jest/globals';
import { member, unbounded, violationsOf } from '../../test/support/metadata-language.js';
import { openIdRules } from './openid-rules.js';

const ciba = 'urn:openid:params:grant-type:ciba';

describe('members of OpenID Connect', () => {
  const twoHosts = { redirect_uris: ['https://a.example/', 'https://b.example/'], subject_type: 'pairwise' };
  member('sector_identifier_uri', ({ accepts, refuses }) => {
    accepts('https://a.example/sector', twoHosts);
    refuses(undefined, 'pairwise', twoHosts);
    refuses(undefined, 'pairwise', { redirect_uris: ['com.example.app:/cb'], subject_type: 'pairwise' });
  });
  it('takes ports and case apart from the host of a sector (OpenID Connect Core 1.0 section 8.1)', () => {
    const redirect_uris = ['https://app.example:1/', 'https://APP.example:2/'];
    expect(violationsOf({ redirect_uris, subject_type: 'pairwise' })).toEqual([]);
  });

  member('frontchannel_logout_uri', ({ accepts, refuses }) => {
    accepts('https://APP.example:443/out?x=1');
    for (const uri of ['https://other.example/', 'https://app.example:8443/']) refuses(uri, 'scheme, host and port');
    accepts('http://localhost:1/out', { redirect_uris: ['http://localhost:1/cb'] });
    refuses('http://app.example/out', 'must use https');
  });

  const cibaClient = { grant_types: [ciba] };
  const endpoint = { backchannel_client_notification_endpoint: 'https://app.example/n' };
  member('backchannel_token_delivery_mode', ({ accepts, refuses }) => {
    accepts('poll', cibaClient, unbounded);
    accepts('ping', { ...cibaClient, ...endpoint }, unbounded);
    refuses(undefined, 'must be given', cibaClient, unbounded);
    refuses('pull', 'poll, ping, push', cibaClient, unbounded);
    refuses('poll', 'without the', {}, unbounded);
    refuses('ping', 'without the', endpoint, unbounded);
  });
  member('backchannel_client_notification_endpoint', ({ refuses }) => {
    for (const mode of ['ping', 'push']) {
      refuses(undefined, 'must be given', { ...cibaClient, backchannel_token_delivery_mode: mode }, unbounded);
    }
  });
});

it('openid rules name their clauses, and are left out where a member that they read is wrong by itself', () => {
  expect(openIdRules.map(({ clause, reads }) => [clause, reads.join(' ')])).toEqual([
    [
      'OpenID Connect Core 1.0 section 8.1',
      'sector_identifier_uri subject_type redirect_uris grant_types backchannel_token_delivery_mode backchannel_client_notification_endpoint jwks_uri',
    ],
    ['OpenID Connect CIBA Core 1.0 section 4', 'jwks_uri subject_type grant_types backchannel_token_delivery_mode'],
    ['OpenID Connect Front-Channel Logout 1.0 section 2', 'frontchannel_logout_uri redirect_uris'],
    ['OpenID Connect CIBA Core 1.0 section 4', 'backchannel_token_delivery_mode grant_types'],
    ['OpenID Connect CIBA Core 1.0 section 4', 'backchannel_token_delivery_mode grant_types'],
    [
      'OpenID Connect CIBA Core 1.0 section 4',
      'backchannel_client_notification_endpoint backchannel_token_delivery_mode',
    ],
  ]);
});
