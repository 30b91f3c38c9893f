import { describe, expect, it } from '@jest/globals';
import { builtIn, registered, unbounded, violationsOf, webClient } from '../../test/support/metadata-language.js';
import { metadataMembers } from './client-metadata.js';

describe('what the server offers (RFC 8414 section 2)', () => {
  const single = metadataMembers.filter(({ name, boundedBy }) => boundedBy && !Array.isArray(builtIn[name]));
  it.each(single.filter(({ boundedBy }) => builtIn[boundedBy!]))('bounds $name', ({ name, boundedBy }) => {
    const isList = ['grant_types', 'response_types', 'response_modes'].includes(name);
    const [violation] = violationsOf({ ...webClient, [name]: isList ? ['urn:unknown'] : 'urn:unknown' });
    expect(violation?.member).toBe(name);
    expect(violation?.message).toContain(builtIn[boundedBy!]![0]);
  });

  it('bounds nothing by a list that it lacks', () => {
    const document = { ...webClient, default_acr_values: ['any'], authorization_details_types: ['any'] };
    expect(registered(document)).toMatchObject(document);
    expect(registered({ ...webClient, subject_type: 'new' }, unbounded)).toMatchObject({ subject_type: 'new' });
  });

  it('takes response types as sets of words (OpenID Connect Registration 1.0 section 2)', () => {
    const server = { ...builtIn, response_types_supported: ['code', 'code device'] };
    expect(violationsOf({ ...webClient, response_types: ['device code'] }, server)).toEqual([]);
    expect(violationsOf({ ...webClient, response_types: ['device'] }, server)).toMatchObject([
      { message: 'response_types must hold only values out of: code, code device' },
    ]);
  });

  it.each(metadataMembers.filter(({ enforcedBy }) => enforcedBy))(
    'must be able to enforce $name',
    ({ name, enforcedBy }) => {
      expect(registered({ ...webClient, [name]: true })).toHaveProperty(name, true);
      const server = { ...builtIn, [enforcedBy!]: undefined };
      expect(violationsOf({ ...webClient, [name]: true }, server)).toMatchObject([
        { member: name, message: `${name} must not be true, since this server cannot enforce it` },
      ]);
      expect(registered({ ...webClient, [name]: false }, server)).toHaveProperty(name, false);
    },
  );
});
