import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Keyring } from './keyring.js';

const keyringOf = (...keys: Buffer[]) => new Keyring({ SECRET_KEY: keys } as never);
const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const before = keyringOf(oldKey);
const during = keyringOf(newKey, oldKey);
const after = keyringOf(newKey);

describe('digests', () => {
  it('are the same for the same credential under the same key, and tell nothing of either', () => {
    const digest = before.digest('credential');
    expect(digest).toBe(keyringOf(oldKey).digest('credential'));
    expect(digest).toMatch(/^[0-9a-f]{12}\.[\w-]{43}$/);
    expect(after.digest('credential')).not.toBe(digest);
  });

  it('match their credential and no other', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(before.matches(one, before.digest(one))).toBe(true);
        expect(before.matches(other, before.digest(one))).toBe(one === other);
      }),
    );
  });

  it('made under an older key still match while it is in the list, and not after', () => {
    const digest = before.digest('credential');
    expect(during.matches('credential', digest)).toBe(true);
    expect(during.isCurrent(digest)).toBe(false);
    expect(during.digests('credential')).toEqual([after.digest('credential'), digest]);
    expect(after.matches('credential', digest)).toBe(false);
  });

  it.each(['', '.', 'x', 'no-dot', '000000000000.AAAA'])('never match what is no digest: %j', (stored) => {
    expect(before.matches('credential', stored)).toBe(false);
  });
});

describe('seals', () => {
  it('open under their key and in their place', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (plain, context) => {
        expect(before.open(before.seal(plain, context), context)).toBe(plain);
      }),
    );
  });

  it('differ each time', () => {
    expect(before.seal('secret', 'place')).not.toBe(before.seal('secret', 'place'));
  });

  it('made with a share open with that share and no other, also under an older key', () => {
    const sealed = before.seal('secret', 'place', 'share');
    expect(during.open(sealed, 'place', 'share')).toBe('secret');
    expect(after.open(sealed, 'place', 'share')).toBeUndefined();
    expect(() => before.open(sealed, 'place')).toThrow();
    expect(() => before.open(sealed, 'place', 'Share')).toThrow();
    expect(() => before.open(before.seal('secret', 'place'), 'place', 'share')).toThrow();
  });

  it('do not open in another place, under another key, or changed', () => {
    const sealed = before.seal('secret', 'place');
    expect(during.open(sealed, 'place')).toBe('secret');
    expect(() => before.open(sealed, 'elsewhere')).toThrow();
    expect(after.open(sealed, 'place')).toBeUndefined();
    expect([before.knows(sealed), after.knows(sealed)]).toEqual([true, false]);
    const other = sealed.at(-3) === 'A' ? 'B' : 'A';
    expect(() => before.open(sealed.slice(0, -3) + other + sealed.slice(-2), 'place')).toThrow();
  });
});

describe('keys', () => {
  it('are known by their ids: one in use, the others only to verify', () => {
    expect([during.currentId, during.oldIds]).toEqual([after.currentId, [before.currentId]]);
    expect([before.has(before.currentId), before.has(after.currentId), during.has(before.currentId)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('are in use for what was made under the first, and no other', () => {
    expect(during.isCurrent(after.digest('x'))).toBe(true);
    expect(during.isCurrent(before.digest('x'))).toBe(false);
  });

  it('read what was stored years ago', () => {
    const keyring = keyringOf(Buffer.alloc(32, 7));
    const digest = 'dabe48aaeed2.5foKxMSXcTI_5rrXESycdlZ9UpQNREakLeSR_fA4-Bk';
    expect(keyring.digest('credential')).toBe(digest);
    expect(keyring.open('dabe48aaeed2.CQkJCQkJCQkJCQkJd6ZRquN98D6xRSPSBGjeOaYGnk4Y40Y', 'place')).toBe('sécret');
    expect(keyring.open('dabe48aaeed2.CQkJCQkJCQkJCQkJLAYKiNlI3EUIPTPpM8BY6XPtR8e_NaM', 'place', 'share')).toBe(
      'sécret',
    );
  });
});

describe('the eldest key', () => {
  const [oldDigest, newDigest] = [before.digest('x'), after.digest('x')];

  it('is the last in the list that something was made under', () => {
    expect(during.eldestKeyId([newDigest])).toBe(after.currentId);
    expect(during.eldestKeyId([newDigest, oldDigest])).toBe(before.currentId);
    expect(during.eldestKeyId([oldDigest, newDigest])).toBe(before.currentId);
  });

  it('is the one in use where nothing was made', () => {
    expect(during.eldestKeyId([])).toBe(after.currentId);
  });

  it('is the one that is not in the list, if there is one', () => {
    expect(after.eldestKeyId([newDigest, oldDigest])).toBe(before.currentId);
  });
});
