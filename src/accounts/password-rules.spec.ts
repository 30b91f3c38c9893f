import { describe, expect, it } from '@jest/globals';
import { passwordFault } from './password-rules.js';

describe('a password (NIST SP 800-63B-4 section 3.1.1.2)', () => {
  it.each([
    'seven green lamps at noon',
    'nine blue kites in the rain',
    'x7!Kq-2zTbw#9Lr@',
    '暗い森の中で七つの緑のランプが光る',
    'correct horse battery staple and ada',
    'a'.repeat(20) + ' mqzkw pfj',
  ])('may be %s', (password) => {
    expect(passwordFault(password, ['ada', 'ada@users.example'])).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [5, 'must be a string'],
    ['', 'must have at least 15 characters'],
    ['fourteen chars', 'must have at least 15 characters'],
    ['🔒'.repeat(8), 'must have at least 15 characters'],
    ['x7!Kq-2zTbw#9Lr@'.repeat(17), 'must have at most 256 characters'],
    ['abababababababab', 'must have at least 5 different characters'],
    ['passwordpassword', 'must have 8 characters beyond'],
    ['Password12345678', 'must have 8 characters beyond'],
    ['qwertyuiopasdfgh', 'must have 8 characters beyond'],
    ['zyxwvutsrqponmlkji', 'must have 8 characters beyond'],
    ['1234567890123456', 'must have 8 characters beyond'],
    ['lovelace lovelace 1', 'must have 8 characters beyond'],
    ['Lovelace@users.example1', 'must have 8 characters beyond'],
  ])('may not be %j', (password, fault) => {
    expect(passwordFault(password, ['lovelace', 'lovelace@users.example'])).toContain(fault);
  });
});
