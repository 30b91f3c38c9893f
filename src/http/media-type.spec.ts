import { describe, expect, it } from '@jest/globals';
import { demandMediaType } from './media-type.js';

const demand =
  (contentType: string[], contentEncoding?: string, mediaTypes = ['application/json']) =>
  () =>
    demandMediaType(
      {
        headers: { ...(contentEncoding !== undefined && { 'content-encoding': contentEncoding }) },
        headersDistinct: { 'content-type': contentType },
      },
      mediaTypes,
    );

describe('the media type of a body (RFC 9110 section 8.3)', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json ; a=b; charset=Utf-8;',
  ])('may be %j', (contentType) => {
    expect(demand([contentType])).not.toThrow();
  });

  it.each([
    '',
    'json',
    'text/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json2',
    'application/json-patch+json',
    'application/ld+json',
    'application/json/x',
    'application/json, text/plain',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; charset=latin1',
    'application/json charset=utf-8',
    'application/json; charset',
    'application/json; charset="utf-8',
    ' application/json',
    'application/json\u00a0',
  ])('may not be %j (RFC 9110 section 15.5.16)', (contentType) => {
    expect(demand([contentType])).toThrow('the Content-Type must be application/json, in UTF-8');
  });

  it('is stated once', () => {
    expect(demand([])).toThrow('the Content-Type');
    expect(demand(['application/json', 'application/json'])).toThrow('the Content-Type');
  });

  it('may be another one where a route takes it', () => {
    expect(demand(['application/merge-patch+json'], undefined, ['application/merge-patch+json'])).not.toThrow();
  });

  it.each(['gzip', 'br', 'identity, gzip', ''])(
    'comes without the content coding %j (RFC 9110 section 8.4)',
    (coding) => {
      expect(demand(['application/json'], coding)).toThrow('without a Content-Encoding');
    },
  );

  it('may state that there is no content coding', () => {
    expect(demand(['application/json'], 'Identity')).not.toThrow();
  });
});
