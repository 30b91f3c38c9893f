/** Characters that a password has at least, where nothing else proves who somebody is (NIST SP 800-63B-4 section 3.1.1.2). */
export const shortestPassword = 15;

/** Enough for every phrase and every password manager. */
export const longestPassword = 256;

/** What everybody tries first, alone or several times over. */
const common = [
  'password',
  'passwort',
  'passphrase',
  'clientele',
  'administrator',
  'correcthorsebatterystaple',
  'letmein',
  'iloveyou',
  'welcome',
  'changeme',
  'secret',
  'admin',
  'user',
  'test',
];

/** Along these nobody has to think. */
const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiopasdfghjklzxcvbnm', 'qwertzuiopasdfghjklyxcvbnm'];

/**
 * What is wrong with a password that somebody chooses, if anything (NIST SP 800-63B-4 section 3.1.1.2): its length and what
 * would be tried first, and nothing about kinds of characters.
 */
export function passwordFault(password: unknown, own: readonly string[] = []): string | undefined {
  if (typeof password !== 'string') return 'must be a string';
  const { length } = [...normalizedPassword(password)];
  if (length < shortestPassword) return `must have at least ${shortestPassword} characters, such as four or five words`;
  if (length > longestPassword) return `must have at most ${longestPassword} characters`;
  if (new Set(password.toLowerCase()).size < 5) return 'must have at least 5 different characters';
  if (left(password.toLowerCase(), own).length < 8)
    return 'must have 8 characters beyond common words, runs of letters and digits, and the username';
  return undefined;
}

/** A password as it is hashed, however a keyboard composed its characters (NIST SP 800-63B-4 section 3.1.1.2). */
export const normalizedPassword = (password: string): string => password.normalize('NFC');

/** What is left of a password when nothing counts that would be tried first. */
function left(password: string, own: readonly string[]): string {
  const names = own.map((text) => text.toLowerCase()).filter((text) => text.length >= 4);
  const known = [...names.sort((one, other) => other.length - one.length), ...common, ...runs];
  return known.reduce((rest, word) => rest.replaceAll(word, ''), password).replace(/(.)\1{2,}/gu, '');
}

/** Each stretch of six and of four along the rows, both ways, the longer ones first. */
const runs = [6, 4].flatMap((size) =>
  rows.flatMap((row) => {
    const stretches = Array.from({ length: row.length - size + 1 }, (_, at) => row.slice(at, at + size));
    return [...stretches, ...stretches.map((stretch) => [...stretch].reverse().join(''))];
  }),
);
