import { randomBytes, scryptSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Refusal } from '../errors.js';
import type { ClientMetadata } from '../metadata/client-metadata.js';
import { ClientSecrets, type SecretRules } from './client-secrets.js';
import { ImportedHashes } from './imported-hashes.js';
import { Keyring } from './keyring.js';
import { WrongGuesses } from './wrong-guesses.js';

let now = 1_800_000_000;
const keyring = new Keyring({ SECRET_KEY: [randomBytes(32)] } as never);
const guesses = new WrongGuesses({ now: () => now });
const secrets = new ClientSecrets(keyring, { now: () => now }, new ImportedHashes(guesses), guesses);

const lasting: SecretRules = { ttl: 0, recoverable: false, overlap: 0 };
const renewing: SecretRules = { ttl: 1000, recoverable: false, overlap: 100 };
const metadata = (token_endpoint_auth_method: string): ClientMetadata => ({ token_endpoint_auth_method });
const [basic, jwt, none] = [metadata('client_secret_basic'), metadata('client_secret_jwt'), metadata('none')];

const clientWith = (...issued: Parameters<ClientSecrets['issue']> extends [string, ...infer Rest] ? Rest : never) => {
  const { secrets: kept, shown } = secrets.issue('client', ...issued);
  return { client: { clientId: 'client', secrets: kept }, shown };
};

describe('a new secret', () => {
  it('is 64 characters that survive form encoding, and only its digest is kept (RFC 6749 section 10.10)', () => {
    const { client, shown } = clientWith(basic, lasting);
    expect(shown).toMatch(/^[\w-]{64}$/);
    expect(client.secrets).toEqual([
      { id: expect.any(String), digest: keyring.digest(shown!), created_at: now, expires_at: 0 },
    ]);
  });

  it('is sealed too where something needs it in the clear (OpenID Connect Core section 9)', () => {
    const { client, shown } = clientWith(jwt, lasting);
    expect(client.secrets[0]!.sealed).toBeDefined();
    expect(JSON.stringify(client)).not.toContain(shown);
    expect(secrets.reveal(client)).toBe(shown);
    expect([...secrets.revealAll(client).values()]).toEqual([shown]);
  });

  it('is sealed where the template keeps secrets recoverable', () => {
    const { client, shown } = clientWith(basic, { ...lasting, recoverable: true });
    expect(secrets.reveal(client)).toBe(shown);
  });

  it('is not made for a client that does not authenticate with one (RFC 7591 section 2)', () => {
    expect(secrets.issue('client', none, lasting)).toEqual({ secrets: [] });
    expect(secrets.issue('client', metadata('private_key_jwt'), lasting)).toEqual({ secrets: [] });
  });

  it('expires when the template says so (RFC 7591 section 3.2.1)', () => {
    expect(clientWith(basic, renewing).client.secrets[0]!.expires_at).toBe(now + 1000);
  });
});

describe('finding a secret', () => {
  it('finds the one that was presented, until it expires', () => {
    const { client, shown } = clientWith(basic, renewing);
    expect(secrets.find(client, shown!)).toBe(client.secrets[0]);
    expect(secrets.find(client, `${shown}x`)).toBeUndefined();
    now += 1000;
    expect(secrets.find(client, shown!)).toBeUndefined();
  });

  it('finds nothing for a client without secrets, and for nobody', () => {
    expect(secrets.find({ clientId: 'client', secrets: [] }, '')).toBeUndefined();
    expect(secrets.find(undefined, 'x')).toBeUndefined();
  });
});

describe('after a replacement', () => {
  it('a secret that serves is kept as it is', () => {
    const { client } = clientWith(basic, lasting);
    expect(secrets.reissue(client, metadata('client_secret_post'), lasting)).toEqual({ secrets: client.secrets });
  });

  it('a secret that was presented is shown again', () => {
    const { client, shown } = clientWith(basic, lasting);
    expect(secrets.reissue(client, basic, lasting, shown)).toEqual({ secrets: client.secrets, shown });
  });

  it('a secret that nothing needs is dropped', () => {
    expect(secrets.reissue(clientWith(basic, lasting).client, none, lasting)).toEqual({ secrets: [] });
  });

  it('a client that needs one now gets one', () => {
    const { shown, secrets: kept } = secrets.reissue({ clientId: 'client', secrets: [] }, basic, lasting);
    expect(kept).toHaveLength(1);
    expect(secrets.find({ clientId: 'client', secrets: kept }, shown!)).toBeDefined();
  });

  it('a secret that has to be known in the clear now is sealed when it is presented, and else replaced', () => {
    const { client, shown } = clientWith(basic, lasting);
    const sealed = secrets.reissue(client, jwt, lasting, shown);
    expect(sealed.shown).toBe(shown);
    expect(secrets.reveal({ ...client, secrets: sealed.secrets })).toBe(shown);

    const replaced = secrets.reissue(client, jwt, lasting);
    expect(replaced.secrets).toHaveLength(1);
    expect(replaced.shown).not.toBe(shown);
    expect(secrets.find({ ...client, secrets: replaced.secrets }, shown!)).toBeUndefined();
  });

  it('a secret that need not be known in the clear any more loses its seal', () => {
    const { client, shown } = clientWith(jwt, lasting);
    const { secrets: kept } = secrets.reissue(client, basic, lasting);
    expect(kept[0]).not.toHaveProperty('sealed');
    expect(secrets.find({ ...client, secrets: kept }, shown!)).toBeDefined();
  });

  it('within the overlap before its end a new one comes beside it', () => {
    const { client, shown } = clientWith(basic, renewing);
    now += 850;
    expect(secrets.reissue(client, basic, renewing).secrets).toEqual(client.secrets);
    now += 50;
    const renewed = secrets.reissue(client, basic, renewing);
    expect(renewed.secrets).toHaveLength(2);
    expect(renewed.shown).not.toBe(shown);
    expect(secrets.find({ ...client, secrets: renewed.secrets }, shown!)).toBeDefined();
    now += 100;
    expect(secrets.find({ ...client, secrets: renewed.secrets }, shown!)).toBeUndefined();
    expect(secrets.find({ ...client, secrets: renewed.secrets }, renewed.shown!)).toBeDefined();
  });
});

describe('a rotation', () => {
  it('puts a new secret beside the older ones, which live for the overlap at most', () => {
    const { client, shown } = clientWith(basic, lasting);
    const rotated = secrets.rotate(client, basic, lasting, 50);
    const rotatedClient = { clientId: 'client', secrets: rotated.secrets };
    expect(rotated.secrets).toEqual([
      { ...client.secrets[0], expires_at: now + 50 },
      { id: expect.any(String), digest: keyring.digest(rotated.shown!), created_at: now, expires_at: 0 },
    ]);
    expect([secrets.find(rotatedClient, shown!), secrets.find(rotatedClient, rotated.shown!)]).toEqual(rotated.secrets);
    now += 50;
    expect([secrets.find(rotatedClient, shown!), secrets.find(rotatedClient, rotated.shown!)]).toEqual([
      undefined,
      rotated.secrets[1],
    ]);
  });

  it('lengthens the life of no secret, and keeps none that is over', () => {
    const { client } = clientWith(basic, renewing);
    expect(secrets.rotate(client, basic, lasting, 2000).secrets[0]).toEqual(client.secrets[0]);
    expect(secrets.rotate(client, basic, lasting, 1000).secrets[0]).toEqual(client.secrets[0]);
    expect(secrets.rotate(client, basic, lasting, 999).secrets[0]!.expires_at).toBe(now + 999);
    expect(secrets.rotate(client, basic, lasting, 0).secrets).toHaveLength(1);
    now += 1000;
    expect(secrets.rotate(client, basic, lasting, 50).secrets).toHaveLength(1);
  });
});

describe('a secret that was made elsewhere', () => {
  const [short, long] = ['a'.repeat(21), 'b'.repeat(22)];
  const importing = (plain: string) => ({
    clientId: newClientId(),
    secrets: secrets.import('client', basic, lasting, plain).secrets,
  });
  let clients = 0;
  const newClientId = () => `client-${clients++}`;
  const salt = randomBytes(16);
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  const hashOf = (plain: string) =>
    `$scrypt$ln=4,r=8,p=1$${text(salt)}$${text(scryptSync(plain, salt, 32, { N: 16 }))}`;
  const hashed = (plain: string) => ({
    clientId: newClientId(),
    secrets: secrets.importHash(renewing, hashOf(plain)).secrets,
  });
  const guess = async (client: Parameters<ClientSecrets['verify']>[0], times: number) => {
    for (let turn = 0; turn < times; turn++) expect(await secrets.verify(client, 'wrong')).toBeUndefined();
  };

  it('in the clear is kept as a digest, and marked where it is short enough to be guessed', () => {
    const digestOf = (plain: string) => ({
      id: expect.any(String),
      digest: keyring.digest(plain),
      created_at: now,
      expires_at: 0,
    });
    expect(secrets.import('client', basic, lasting, long)).toEqual({ secrets: [digestOf(long)], shown: long });
    expect(secrets.import('client', basic, lasting, short)).toEqual({
      secrets: [{ ...digestOf(short), guessable: true }],
      shown: short,
    });
  });

  it('as a hash has no digest until it was right, and no hash from then on', async () => {
    const client = hashed(long);
    expect(client.secrets).toEqual([
      { id: expect.any(String), hash: hashOf(long), created_at: now, expires_at: now + 1000 },
    ]);
    expect(secrets.find(client, long)).toBeUndefined();
    expect(secrets.renewed(client, long)).toBe(client.secrets);
    expect(await secrets.verify(client, 'wrong')).toBeUndefined();
    const { hash, ...rest } = client.secrets[0]!;
    const known = { ...rest, digest: keyring.digest(long) };
    expect(await secrets.verify(client, long)).toEqual({ secret: known, secrets: [known] });
  });

  it('as a hash is marked once it was right, where it is short', async () => {
    const { secret } = (await secrets.verify(hashed(short), short))!;
    expect(secret).toHaveProperty('guessable', true);
  });

  it('as a hash leaves the secrets beside it as they are, and is kept over a replacement', async () => {
    const { client } = clientWith(basic, lasting);
    const both = { clientId: newClientId(), secrets: [...hashed(long).secrets, ...client.secrets] };
    const { secret, secrets: kept } = (await secrets.verify(both, long))!;
    expect(kept).toEqual([secret, client.secrets[0]]);
    expect(secrets.reissue(both, basic, lasting).secrets).toEqual(both.secrets);
  });

  it('as a hash is over when it has expired', async () => {
    const client = hashed(long);
    now += 1000;
    expect(await secrets.verify(client, long)).toBeUndefined();
  });

  it('that can be guessed is compared no more after ten wrong ones in a minute, be it right', async () => {
    const client = importing(short);
    await guess(client, 10);
    await expect(secrets.verify(client, 'wrong')).rejects.toThrow(Refusal);
    await expect(secrets.verify(client, short)).rejects.toThrow('too many secrets');
    now += 60;
    expect(await secrets.verify(client, short)).toEqual({ secret: client.secrets[0], secrets: client.secrets });
  });

  it('that nobody guesses is compared however often', async () => {
    const client = importing(long);
    await guess(client, 12);
    expect(await secrets.verify(client, long)).toEqual({ secret: client.secrets[0], secrets: client.secrets });
  });

  it('that nobody guesses lets its owner in while others guess at the one beside it', async () => {
    const client = { clientId: newClientId(), secrets: [...importing(short).secrets, ...importing(long).secrets] };
    await guess(client, 10);
    await expect(secrets.verify(client, short)).rejects.toThrow(Refusal);
    expect((await secrets.verify(client, long))?.secret).toBe(client.secrets[1]);
  });

  it('as a hash counts a wrong secret once, also beside one that can be guessed', async () => {
    const client = { clientId: newClientId(), secrets: [...hashed(long).secrets, ...importing(short).secrets] };
    await guess(client, 10);
    await expect(secrets.verify(client, 'wrong')).rejects.toThrow(Refusal);
  });

  it('that is presented for no client is none', async () => {
    expect(await secrets.verify(undefined, 'wrong')).toBeUndefined();
  });
});

describe('when the current key is another one', () => {
  const [old, current] = [randomBytes(32), randomBytes(32)];
  const clock = { now: () => now };
  const under = (...keys: Buffer[]) => {
    const ring = new Keyring({ SECRET_KEY: keys } as never);
    return { ring, secrets: new ClientSecrets(ring, clock, new ImportedHashes(guesses), guesses) };
  };
  const [before, during, after] = [under(old), under(current, old), under(current)];
  const made = (method: ClientMetadata) => {
    const { secrets: kept, shown } = before.secrets.issue('client', method, lasting);
    return { client: { clientId: 'client', secrets: kept }, shown: shown! };
  };

  it('a secret is kept under it when it is presented, and stays as it is otherwise', async () => {
    const { client, shown } = made(basic);
    const renewed = { ...client.secrets[0], digest: after.ring.digest(shown) };
    expect(during.secrets.renewed(client, shown)).toEqual([renewed]);
    expect(during.secrets.renewed(client, 'wrong')).toBe(client.secrets);
    expect(during.secrets.renewed(client)).toBe(client.secrets);
    expect(await during.secrets.verify(client, shown)).toEqual({ secret: client.secrets[0], secrets: [renewed] });
  });

  it('a secret that is sealed tells itself, and its seal is made anew too', () => {
    const { client, shown } = made(jwt);
    const renewed = during.secrets.renewed(client);
    expect(renewed).toEqual([{ ...client.secrets[0], digest: after.ring.digest(shown), sealed: expect.any(String) }]);
    expect(after.secrets.reveal({ ...client, secrets: renewed })).toBe(shown);
    expect(during.secrets.renewed({ ...client, secrets: renewed })).toBe(renewed);
  });

  it('a secret whose seal alone is old is sealed anew', () => {
    const { client, shown } = made(jwt);
    const half = { ...client, secrets: [{ ...client.secrets[0]!, digest: after.ring.digest(shown) }] };
    expect(after.secrets.reveal({ ...client, secrets: during.secrets.renewed(half) })).toBe(shown);
  });

  it('those that cannot be renewed stay beside those that are', () => {
    const [one, other] = [made(basic), made(jwt)];
    const client = { clientId: 'client', secrets: [...one.client.secrets, ...other.client.secrets] };
    const [kept, renewed] = during.secrets.renewed(client);
    expect(kept).toBe(one.client.secrets[0]);
    expect(renewed!.digest).toBe(after.ring.digest(other.shown));
  });

  it('a secret in the clear whose seal does not open any more is sealed when it is presented', () => {
    const { client, shown } = made(jwt);
    const stored = { ...client.secrets[0]!, digest: after.ring.digest(shown) };
    const sealed = after.secrets.reissue({ clientId: 'client', secrets: [stored] }, jwt, lasting, shown);
    expect(sealed.secrets).toHaveLength(1);
    expect(after.secrets.reveal({ clientId: 'client', secrets: sealed.secrets })).toBe(shown);
  });
});

describe('secrets in the clear', () => {
  it('are told by their ids while they live, those without a seal not at all', () => {
    const one = clientWith(jwt, renewing);
    const other = clientWith(jwt, lasting);
    const plain = clientWith(basic, lasting);
    const client = {
      clientId: 'client',
      secrets: [one, plain, other].flatMap(({ client: { secrets: kept } }) => kept),
    };
    const [first, , third] = client.secrets;
    expect(secrets.revealAll(client)).toEqual(
      new Map([
        [first!.id, one.shown],
        [third!.id, other.shown],
      ]),
    );
    expect(secrets.reveal(client)).toBe(other.shown);
    now += 1000;
    expect(secrets.revealAll(client)).toEqual(new Map([[third!.id, other.shown]]));
  });

  it('are nothing where there are no secrets', () => {
    expect(secrets.reveal({ clientId: 'client', secrets: [] })).toBeUndefined();
    expect(secrets.revealAll({ clientId: 'client', secrets: [] })).toEqual(new Map());
  });

  it('open for their own client and secret only', () => {
    const { client } = clientWith(jwt, lasting);
    expect(() => secrets.reveal({ ...client, clientId: 'other' })).toThrow();
    expect(() => secrets.reveal({ ...client, secrets: [{ ...client.secrets[0]!, id: 'other' }] })).toThrow();
  });

  it('keep their seal over a replacement', () => {
    const { client, shown } = clientWith(jwt, lasting);
    expect(secrets.reissue(client, jwt, lasting)).toEqual({ secrets: client.secrets, shown });
  });
});

describe('when the key of a secret has left the list', () => {
  const others = new ClientSecrets(
    new Keyring({ SECRET_KEY: [randomBytes(32)] } as never),
    { now: () => now },
    new ImportedHashes(guesses),
    guesses,
  );

  it('the secret is found and revealed no more, and nothing fails', () => {
    const { client, shown } = clientWith(jwt, lasting);
    expect(others.find(client, shown!)).toBeUndefined();
    expect(others.reveal(client)).toBeUndefined();
    expect(others.revealAll(client)).toEqual(new Map());
    expect(others.renewed(client, shown)).toBe(client.secrets);
  });

  it.each([
    ['in the clear', jwt],
    ['as a digest', basic],
  ])('a replacement issues a new one, kept %s', (_how, method) => {
    const { client } = clientWith(method, lasting);
    const { secrets: kept, shown } = others.reissue(client, method, lasting);
    expect(kept).toHaveLength(1);
    expect(others.find({ ...client, secrets: kept }, shown!)).toBe(kept[0]);
  });
});
