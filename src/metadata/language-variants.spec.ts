import { describe, expect, it } from '@jest/globals';
import { registered, violationsOf, webClient } from '../../test/support/metadata-language.js';

describe('variants by language (RFC 7591 section 2.2)', () => {
  it('are kept exactly as spelled, beside the member or alone', () => {
    const document = { ...webClient, 'client_name#ja-Jpan-JP': '\u30af', 'client_uri#FR': 'https://app.example/fr' };
    expect(registered(document)).toMatchObject(document);
  });

  it('are judged by the rules of their member, under their own names', () => {
    expect(
      violationsOf({ ...webClient, 'policy_uri#fr': 'javascript:x', 'client_name#de': 5, client_name: 'x' }),
    ).toEqual([
      { member: 'client_name#de', rule: 'RFC 7591 section 2', message: 'client_name#de must be a string' },
      { member: 'policy_uri#fr', rule: 'RFC 7591 section 2', message: 'policy_uri#fr must use https or http' },
    ]);
  });

  it.each(['', '!!', 'en_US', 'a', 'de-419-DE', 'fr#de', '__proto__', `en-x-${'a'.repeat(8)}${'-aaaaaaaa'.repeat(9)}`])(
    'with the malformed tag "%s" are refused without repeating it',
    (tag) => {
      expect(violationsOf({ ...webClient, [`client_name#${tag}`]: 'x' })).toEqual([
        {
          member: 'client_name',
          rule: 'RFC 7591 section 2.2',
          message: 'client_name must have well-formed language tags after the number sign',
        },
      ]);
    },
  );

  it('differ in more than the case of their tags', () => {
    expect(violationsOf({ ...webClient, 'client_name#en': 'x', 'client_name#EN': 'y' })).toMatchObject([
      { member: 'client_name', message: 'client_name must not have two variants of one language' },
    ]);
  });

  it('are at most 16 a member', () => {
    const names = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`client_name#en-x-${index}`, 'x']));
    expect(registered({ ...webClient, ...names(16) })).toMatchObject(names(16));
    expect(violationsOf({ ...webClient, ...names(500) })).toMatchObject([
      { message: 'client_name must not have more than 16 language variants' },
    ]);
  });
});
