import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { CompactSign } from 'jose';

/** A key pair as issuers sign with. */
export const signingKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** The public key of a pair as it stands in a JWK Set. */
export const publicJwk = ({ publicKey }: { publicKey: KeyObject }, kid: string) => ({
  ...publicKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
});

/** A text signed by a key, whatever the text says. */
export const signText = (text: string, by: KeyObject, header: object): Promise<string> =>
  new CompactSign(Buffer.from(text)).setProtectedHeader({ alg: 'ES256', kid: 'a', typ: 'at+jwt', ...header }).sign(by);

/** A part of a JWT as it is, well-formed or not. */
export const part = (content: unknown): string =>
  Buffer.from(typeof content === 'string' || content instanceof Buffer ? content : JSON.stringify(content)).toString(
    'base64url',
  );

/** The same JWT with another last letter, of which the bits that count are the same. */
export function respelled(jwt: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return `${jwt.slice(0, -1)}${letters[letters.indexOf(jwt.at(-1)!) + 1]!}`;
}

export const seconds = (): number => Math.floor(Date.now() / 1000);
