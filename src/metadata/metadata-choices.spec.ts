import { describe, expect, it } from '@jest/globals';
import {
  builtIn,
  clientKeys,
  registered,
  unbounded,
  violationsOf,
  webClient,
} from '../../test/support/metadata-language.js';
import { metadataMembers } from './client-metadata.js';
import { metadataChoices, resolveChoices } from './metadata-choices.js';

describe('lists to choose from (OpenID Connect RP Metadata Choices 1.0)', () => {
  it('name the lists that bound their members', () => {
    for (const { list, member } of metadataChoices) {
      expect(metadataMembers.find(({ name }) => name === member)?.boundedBy).toBe(list);
    }
  });

  it('become the first value that the server supports, all 19 at once (section 4)', () => {
    const lists = Object.fromEntries(
      metadataChoices.map(({ list }) => [list, ['new', ...(builtIn[list] ?? ['ES256'])]]),
    );
    const chosen = registered(
      {
        ...webClient,
        ...clientKeys,
        ...lists,
        backchannel_authentication_request_signing_alg_values_supported: ['ES256'],
      },
      builtIn,
    );
    expect(Object.keys(chosen).filter((name) => name in lists)).toEqual([]);
    expect(chosen).toMatchObject({
      subject_type: 'public',
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'RS256',
      userinfo_encrypted_response_alg: 'RSA-OAEP',
      userinfo_encrypted_response_enc: 'A128CBC-HS256',
      backchannel_authentication_request_signing_alg: 'ES256',
    });
    expect(chosen).not.toHaveProperty('token_endpoint_auth_signing_alg');
  });

  it('give way to a single value that is in the list and supported (section 2)', () => {
    const document = { subject_types_supported: ['public', 'pairwise'], subject_type: 'pairwise' };
    expect(resolveChoices(document, builtIn)).toEqual({ subject_type: 'pairwise' });
  });

  it('replace a single value that the server does not support (section 4)', () => {
    const document = { subject_types_supported: ['new', 'pairwise'], subject_type: 'new' };
    expect(resolveChoices(document, builtIn)).toEqual({ subject_type: 'pairwise' });
    expect(resolveChoices(document, unbounded)).toEqual({ subject_type: 'new' });
  });

  it('choose an algorithm for assertions that fits the method', () => {
    const algorithms = { token_endpoint_auth_signing_alg_values_supported: ['HS256', 'ES256'] };
    const methods = { token_endpoint_auth_methods_supported: ['private_key_jwt'] };
    expect(resolveChoices({ ...algorithms, ...methods }, builtIn)).toEqual({
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
    });
    expect(resolveChoices(algorithms, builtIn)).toEqual({});
  });

  it('choose an algorithm for content only beside one for keys', () => {
    expect(resolveChoices({ id_token_encryption_enc_values_supported: ['A128GCM'] }, builtIn)).toEqual({});
  });

  const rule = 'OpenID Connect RP Metadata Choices 1.0 section 2';

  it.each([{}, 'RS256', [], [5], [''], Array.from({ length: 101 }, (_, index) => `x${index}`)])(
    'are refused when malformed: %j',
    (list) => {
      expect(violationsOf({ ...webClient, id_token_signing_alg_values_supported: list })).toEqual([
        {
          member: 'id_token_signing_alg_values_supported',
          rule,
          message: 'id_token_signing_alg_values_supported must be a list of 1 to 100 strings',
        },
      ]);
    },
  );

  it('are refused when the server supports nothing in them (section 4)', () => {
    expect(violationsOf({ ...webClient, subject_types_supported: ['new'] })).toEqual([
      {
        member: 'subject_types_supported',
        rule,
        message: 'subject_types_supported must have one of: public, pairwise',
      },
    ]);
  });

  it('are refused without the single value beside them (section 2)', () => {
    expect(violationsOf({ ...webClient, subject_types_supported: ['public'], subject_type: 'pairwise' })).toEqual([
      { member: 'subject_type', rule, message: 'subject_type must be one of the values in subject_types_supported' },
    ]);
  });
});
